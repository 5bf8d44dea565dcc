// Specs, bytes and weights that the model tests share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/latent/latent.hpp"
#include "shared/model/safetensors.hpp"

namespace avae::test {

inline std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// A safetensors file with this header text and so many zero bytes of data.
inline std::vector<std::uint8_t> file_of(std::string_view header, std::size_t data_bytes) {
  std::vector<std::uint8_t> file;
  for (int shift = 0; shift < 64; shift += 8) file.push_back(static_cast<std::uint8_t>(header.size() >> shift));
  file.insert(file.end(), header.begin(), header.end());
  file.resize(file.size() + data_bytes, 0);
  return file;
}

/// The smallest conditional spec with every kind of layer.
inline ModelSpec small_spec() {
  ModelSpec spec;
  spec.name = "small";
  spec.height = 8;
  spec.width = 8;
  spec.latent = 4;
  spec.switches = 1;
  spec.classes = 2;
  spec.class_names = {"zero", "one"};
  spec.prior = Prior::kClassGaussian;
  spec.stage_widths = {8, 8};
  spec.stage_blocks = {1, 0};
  spec.discriminator_widths = {16, 8};
  return spec;
}

/// What --preset fashion makes of Fashion-MNIST.
inline ModelSpec fashion_spec() {
  ModelSpec spec;
  spec.classes = 10;
  spec.prior = Prior::kClassGaussian;
  spec.switches = 3;
  return spec;
}

/// The textbook's dense networks.
inline ModelSpec seed_spec() {
  ModelSpec spec;
  spec.name = "seed";
  spec.objective = "seed";
  spec.latent = 2;
  spec.stage_widths.clear();
  spec.stage_blocks.clear();
  spec.discriminator_widths.clear();
  return spec;
}

/// Weights that fp16 holds exactly, none of them zero: element i is (2 (i mod 17) - 15) / 32.
inline RoleWeights example_weights(const ModelSpec& spec, Role role) {
  RoleWeights weights{spec, role, {}, {}};
  for (const TensorInfo& info : tensor_table(spec, role)) {
    std::vector<float> values(static_cast<std::size_t>(info.elements()));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(2 * static_cast<int>(i % 17) - 15) / 32.0f;
    weights.tensors[info.name] = std::move(values);
  }
  return weights;
}

/// One random edit: a changed byte, a cut, a repeat, an insertion or an overwritten run.
inline void mutate(std::vector<std::uint8_t>& bytes, RandomBits& random) {
  if (bytes.empty()) return;
  const auto at = random.below(static_cast<std::uint32_t>(bytes.size()));
  const auto where = bytes.begin() + at;
  const auto byte = static_cast<std::uint8_t>(random.next());
  switch (random.below(6)) {
    case 0:
      *where = static_cast<std::uint8_t>(*where ^ (1u << random.below(8)));
      break;
    case 1:
      *where = byte;
      break;
    case 2:
      bytes.resize(at);
      break;
    case 3:
      bytes.insert(where, byte);
      break;
    case 4:
      bytes.erase(where);
      break;
    default: {
      const std::vector<std::uint8_t> run(where, bytes.begin() + std::min<std::size_t>(bytes.size(), at + 16u));
      bytes.insert(bytes.begin() + random.below(static_cast<std::uint32_t>(bytes.size())), run.begin(), run.end());
    }
  }
}

}  // namespace avae::test
