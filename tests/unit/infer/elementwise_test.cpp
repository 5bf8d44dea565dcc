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
