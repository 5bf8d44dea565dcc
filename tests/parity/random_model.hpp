// Models with seeded random weights, made so that values neither die nor saturate on their way through the layers.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "shared/model/layers.hpp"
#include "shared/model/safetensors.hpp"
#include "shared/model/spec.hpp"

namespace avae::test {

inline std::vector<float> random_values(std::mt19937& random, std::size_t count, float low, float high) {
  std::vector<float> values(count);
  for (float& value : values) value = low + (high - low) * static_cast<float>(random() >> 8) / 16777216.0f;
  return values;
}

inline RoleWeights random_weights(const ModelSpec& spec, Role role, std::uint32_t seed) {
  std::mt19937 random(seed);
  RoleWeights weights;
  weights.spec = spec;
  weights.role = role;
  const auto list = layers(spec, role);
  for (const TensorInfo& info : tensor_table(spec, role)) {
    const std::size_t count = static_cast<std::size_t>(info.elements());
    std::vector<float>& values = weights.tensors[info.name];
    if (info.name.ends_with(".bias")) {
      const bool pixels = info.name == "head.bias";
      values = random_values(random, count, pixels ? 0.4f : -0.2f, pixels ? 0.6f : 0.2f);
    } else if (info.name.ends_with(".mean")) {
      values = random_values(random, count, -0.5f, 0.5f);
    } else if (info.name.ends_with(".scale")) {
      // Lower triangles with a positive diagonal, as Cholesky factors are.
      values = random_values(random, count, -0.2f, 0.2f);
      std::size_t entry = 0;
      while (entry < count) {
        for (int row = 0; row < spec.code(); ++row) {
          entry += static_cast<std::size_t>(row) + 1;
          values[entry - 1] += 0.8f;
        }
      }
    } else {
      const float fan_in = static_cast<float>(info.elements() / info.shape[0]);
      const float reach = std::sqrt((info.name == "head.weight" ? 0.3f : 4.0f) / fan_in);
      values = random_values(random, count, -reach, reach);
    }
  }
  return weights;
}

/// One spec per kind of model: the textbook's dense one, a grey conditional one, a coloured one of unequal sides, a
/// deep one, one whose lowest stage is a single pixel.
inline std::vector<ModelSpec> example_specs() {
  ModelSpec dense;
  dense.name = "dense";
  dense.objective = "seed";
  dense.latent = 8;
  dense.stage_widths = {};
  dense.stage_blocks = {};
  dense.discriminator_widths = {};

  ModelSpec grey;
  grey.name = "grey";
  grey.latent = 6;
  grey.switches = 2;
  grey.classes = 10;
  grey.prior = Prior::kClassGaussian;
  grey.stage_widths = {16, 8, 8};
  grey.stage_blocks = {1, 1, 0};
  grey.discriminator_widths = {16, 8, 8};

  ModelSpec colour;
  colour.name = "colour";
  colour.objective = "vae";
  colour.height = 16;
  colour.width = 24;
  colour.channels = 3;
  colour.latent = 5;
  colour.stage_widths = {16, 8};
  colour.stage_blocks = {1, 0};
  colour.discriminator_widths = {8, 16};

  ModelSpec deep;
  deep.name = "deep";
  deep.height = 24;
  deep.width = 8;
  deep.latent = 7;
  deep.classes = 3;
  deep.stage_widths = {24, 16, 16, 8};
  deep.stage_blocks = {2, 0, 1, 1};
  deep.discriminator_widths = {24, 16, 8, 8};

  ModelSpec point;
  point.name = "point";
  point.height = 4;
  point.width = 4;
  point.latent = 6;
  point.classes = 3;
  point.stage_widths = {16, 16, 8};
  point.stage_blocks = {1, 0, 1};
  point.discriminator_widths = {16, 8, 8};
  return {dense, grey, colour, deep, point};
}

/// The example specs that golden files are made of.
inline std::vector<ModelSpec> golden_specs() {
  std::vector<ModelSpec> specs = example_specs();
  specs.resize(3);
  return specs;
}

/// input [N, ...] in the range the role expects, and mix [N, K]: one class, two classes mixed, and so on.
struct Inputs {
  std::vector<float> input;
  std::vector<float> mix;
};

inline Inputs random_inputs(const ModelSpec& spec, Role role, int samples, std::uint32_t seed) {
  std::mt19937 random(seed);
  Inputs inputs;
  const bool decoder = role == Role::kDecoder;
  const std::size_t size = layers(spec, role).front().in.size();
  inputs.input = random_values(random, samples * size, decoder ? -2.0f : 0.0f, decoder ? 2.0f : 1.0f);
  const std::size_t classes = spec.classes;
  inputs.mix.assign(samples * classes, 0.0f);
  for (std::size_t n = 0; classes > 0 && n < static_cast<std::size_t>(samples); ++n) {
    const std::size_t first = random() % classes;
    const std::size_t second = random() % classes;
    const float weight = n % 2 == 0 ? 1.0f : 0.75f;
    inputs.mix[n * classes + first] += weight;
    inputs.mix[n * classes + second] += 1.0f - weight;
  }
  return inputs;
}

}  // namespace avae::test
