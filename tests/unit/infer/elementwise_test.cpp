#include "shared/infer/elementwise.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <random>

#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"
#include "tests/parity/tolerance.hpp"

using namespace avae;
using namespace avae::test;

namespace {
const std::vector<Activation> kActivations = {Activation::kNone, Activation::kRelu, Activation::kLeakyRelu,
                                              Activation::kSigmoid, Activation::kClamp01};
}

TEST_CASE("elementwise: every activation agrees with its definition") {
  std::mt19937 random(1);
  for (const Activation activation : kActivations) {
    std::vector<float> values = random_values(random, 103, -4.0f, 4.0f);
    values[0] = 0.0f;
    values[1] = -100.0f;
    values[2] = 100.0f;
    Doubles expected;
    for (const float value : values) expected.push_back(naive_activation(activation, static_cast<double>(value)));
    activate(activation, values);
    REQUIRE(relative_error(values, expected) < kLayerTolerance);
  }
}

TEST_CASE("elementwise: add sums two values and applies the activation, also in place") {
  std::mt19937 random(2);
  for (const Activation activation : kActivations) {
    const std::vector<float> a = random_values(random, 61, -2.0f, 2.0f);
    std::vector<float> b = random_values(random, 61, -2.0f, 2.0f);
    Doubles expected;
    for (std::size_t i = 0; i < a.size(); ++i) {
      expected.push_back(naive_activation(activation, static_cast<double>(a[i]) + static_cast<double>(b[i])));
    }
    add(activation, a, b, b);
    REQUIRE(relative_error(b, expected) < kLayerTolerance);
  }
}

TEST_CASE("elementwise: class concat appends each sample's mix to its features") {
  const std::vector<float> features = {1, 2, 3, 4, 5, 6};
  const std::vector<float> mix = {10, 20, 30, 40};
  std::vector<float> out(10);
  class_concat(features, mix, 3, 2, out);
  REQUIRE(out == std::vector<float>{1, 2, 3, 10, 20, 4, 5, 6, 30, 40});
}

TEST_CASE("elementwise: class affine agrees with its definition for one class, a mix and no classes") {
  std::mt19937 random(3);
  for (const int size : {1, 5, 32}) {
    for (const int classes : {0, 3}) {
      const int rows = std::max(classes, 1);
      const auto mean = random_values(random, rows * size, -1.0f, 1.0f);
      const auto scale = random_values(random, rows * size * size, -1.0f, 1.0f);
      const auto u = random_values(random, size, -2.0f, 2.0f);
      for (const std::vector<float>& weights : {std::vector<float>{0, 1, 0}, {0.25f, 0, 0.75f}, {0, 0, 0}}) {
        const std::vector<float> mix = classes == 0 ? std::vector<float>{} : weights;
        std::vector<float> z(size);
        ClassAffine(mean, scale, size).apply(u, mix, z);
        const Doubles expected =
            naive_class_affine(Doubles(u.begin(), u.end()), Doubles(mix.begin(), mix.end()), mean, scale);
        REQUIRE(relative_error(z, expected) < kLayerTolerance);
      }
    }
  }
}

TEST_CASE("elementwise: class affine is undone by solve, triangular or not") {
  ModelSpec spec = example_specs()[1];
  spec.latent = 24;
  RoleWeights weights = random_weights(spec, Role::kDecoder, 4);
  for (const bool triangular : {true, false}) {
    auto& scale = weights.tensors.at("prior.scale");
    if (!triangular) std::swap_ranges(scale.begin(), scale.begin() + 24, scale.begin() + 24 * 23);
    const ClassAffine affine(weights.tensors.at("prior.mean"), scale, spec.latent);
    const Inputs inputs = random_inputs(spec, Role::kDecoder, 4, 5);
    for (int n = 0; n < 4; ++n) {
      const std::span<const float> u(inputs.input.data() + n * 24, 24);
      const std::span<const float> mix(inputs.mix.data() + n * 10, 10);
      std::vector<float> z(24);
      std::vector<float> back(24);
      affine.apply(u, mix, z);
      REQUIRE(affine.solve(z, mix, back));
      REQUIRE(relative_error(back, u) < kWhitenTolerance);
    }
  }
}

TEST_CASE("elementwise: solve refuses a prior without inverse") {
  const std::vector<float> mean = {0, 0};
  const std::vector<float> scale = {1, 2, 2, 4};
  std::vector<float> u(2);
  const auto solved = ClassAffine(mean, scale, 2).solve(mean, {}, u);
  REQUIRE_FALSE(solved);
  REQUIRE(solved.error().message == "the prior of this class mix has no inverse");
}
