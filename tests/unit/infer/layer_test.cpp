#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "shared/infer/operators.hpp"
#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"
#include "tests/parity/tolerance.hpp"

using namespace avae;
using namespace avae::test;

namespace {

int below(std::mt19937& random, int bound) { return static_cast<int>(random() % bound); }

// Runs `layer` on seeded random weights in XNNPACK and by definition; the relative error of both batches it tries.
double layer_error(const Layer& layer, std::mt19937& random) {
  const int taps = layer.kind == LayerKind::kDense ? layer.in.size() : 9 * layer.in.channels;
  const int outputs = layer.kind == LayerKind::kDense ? layer.out.size() : layer.out.channels;
  std::map<std::string, std::vector<float>> tensors;
  tensors["x.weight"] = random_values(random, outputs * taps, -0.5f, 0.5f);
  tensors["x.bias"] = random_values(random, outputs, -0.5f, 0.5f);
  auto created = create_operator(layer, tensors["x.weight"], tensors["x.bias"]);
  REQUIRE(created);
  const std::unique_ptr<Operator> op = std::move(*created);

  double error = 0;
  for (const std::size_t batch : {3u, 1u, 5u}) {
    const std::size_t size = layer.in.size();
    Buffer input;
    REQUIRE(input.reserve(batch * size));
    const auto values = random_values(random, batch * size, -1.0f, 1.0f);
    std::copy(values.begin(), values.end(), input.data());
    std::vector<float> output(batch * layer.out.size());
    REQUIRE(op->reshape(batch));
    REQUIRE(op->run(input.data(), output.data()));
    Doubles expected;
    for (std::size_t n = 0; n < batch; ++n) {
      const Doubles one(values.begin() + n * size, values.begin() + (n + 1) * size);
      const Doubles out = naive_layer(layer, tensors, one, {}, {});
      expected.insert(expected.end(), out.begin(), out.end());
    }
    error = std::max(error, relative_error(output, expected));
  }
  return error;
}

Layer make_layer(LayerKind kind, ValueShape in, ValueShape out, Activation activation) {
  return {kind, "x", 0, -1, in, out, activation};
}

const std::vector<Activation> kActivations = {Activation::kNone, Activation::kRelu, Activation::kLeakyRelu,
                                              Activation::kSigmoid, Activation::kClamp01};

}  // namespace

TEST_CASE("layers: dense agrees with naive loops on random shapes and every activation") {
  std::mt19937 random(11);
  for (const Activation activation : kActivations) {
    for (int trial = 0; trial < 6; ++trial) {
      const ValueShape in{1 + below(random, 4), 1 + below(random, 4), 1 + below(random, 20)};
      const ValueShape out{1 + below(random, 3), 1 + below(random, 3), 1 + below(random, 20)};
      CAPTURE(in.height, in.width, in.channels, out.height, out.width, out.channels);
      REQUIRE(layer_error(make_layer(LayerKind::kDense, in, out, activation), random) < kLayerTolerance);
    }
  }
}

TEST_CASE("layers: 3x3 convolution agrees with naive loops on random shapes and every activation") {
  std::mt19937 random(12);
  for (const Activation activation : kActivations) {
    for (const int outputs : {1, 2, 3, 4, 8, 17, 40}) {
      const ValueShape in{1 + below(random, 9), 1 + below(random, 9), 1 + below(random, 20)};
      const ValueShape out{in.height, in.width, outputs};
      CAPTURE(in.height, in.width, in.channels, outputs);
      REQUIRE(layer_error(make_layer(LayerKind::kConv3x3, in, out, activation), random) < kLayerTolerance);
    }
  }
}

TEST_CASE("layers: 3x3 convolution with stride 2 agrees with naive loops on random shapes and every activation") {
  std::mt19937 random(13);
  for (const Activation activation : kActivations) {
    for (const int outputs : {1, 3, 8, 17, 40}) {
      const ValueShape in{2 + 2 * below(random, 5), 2 + 2 * below(random, 5), 1 + below(random, 20)};
      const ValueShape out{in.height / 2, in.width / 2, outputs};
      CAPTURE(in.height, in.width, in.channels, outputs);
      REQUIRE(layer_error(make_layer(LayerKind::kConv3x3Stride2, in, out, activation), random) < kLayerTolerance);
    }
  }
}

TEST_CASE("layers: 3x3 convolution between wide values agrees with naive loops on every size of its last tile") {
  std::mt19937 random(14);
  for (const Activation activation : kActivations) {
    for (int size = 1; size <= 10; ++size) {
      const ValueShape in{size, 1 + below(random, 12), 4 + 4 * below(random, 6)};
      const ValueShape out{in.height, in.width, 4 + 4 * below(random, 8)};
      CAPTURE(in.height, in.width, in.channels, out.channels);
      REQUIRE(layer_error(make_layer(LayerKind::kConv3x3, in, out, activation), random) < kLayerTolerance);
    }
  }
}

TEST_CASE("layers: upsampling convolution agrees with its direct definition on random shapes and every activation") {
  std::mt19937 random(15);
  for (const Activation activation : kActivations) {
    for (const int outputs : {4, 8, 16, 40}) {
      const ValueShape in{1 + below(random, 6), 1 + below(random, 6), 4 + 4 * below(random, 5)};
      const ValueShape out{in.height * 2, in.width * 2, outputs};
      CAPTURE(in.height, in.width, in.channels, outputs);
      REQUIRE(layer_error(make_layer(LayerKind::kUpsampleConv3x3, in, out, activation), random) < kLayerTolerance);
    }
  }
}

TEST_CASE("layers: convolutions worked off in several blocks of tiles agree with naive loops") {
  // Wide enough that a block, 256 KiB, holds a part of one picture only.
  std::mt19937 random(16);
  const ValueShape in{11, 40, 64};
  REQUIRE(layer_error(make_layer(LayerKind::kConv3x3, in, {11, 40, 32}, Activation::kRelu), random) < kLayerTolerance);
  REQUIRE(layer_error(make_layer(LayerKind::kUpsampleConv3x3, in, {22, 80, 32}, Activation::kRelu), random) <
          kLayerTolerance);
}

TEST_CASE("layers: a picture's bits do not depend on the batch, however it is cut into blocks of tiles") {
  std::mt19937 random(17);
  const ValueShape in{11, 40, 64};
  for (const Layer& layer : {make_layer(LayerKind::kConv3x3, in, {11, 40, 32}, Activation::kRelu),
                             make_layer(LayerKind::kUpsampleConv3x3, {7, 9, 64}, {14, 18, 32}, Activation::kNone)}) {
    const auto weight = random_values(random, 32 * 9 * 64, -0.5f, 0.5f);
    const auto bias = random_values(random, 32, -0.5f, 0.5f);
    const auto op = create_operator(layer, weight, bias).value();
    const std::size_t size = layer.in.size(), out = layer.out.size();
    const auto values = random_values(random, 5 * size, -1.0f, 1.0f);
    Buffer input;
    REQUIRE(input.reserve(5 * size));
    std::copy(values.begin(), values.end(), input.data());
    std::vector<float> together(5 * out), alone(out);
    REQUIRE(op->reshape(5));
    REQUIRE(op->run(input.data(), together.data()));
    REQUIRE(op->reshape(1));
    for (std::size_t n = 0; n < 5; ++n) {
      REQUIRE(op->run(input.data() + n * size, alone.data()));
      REQUIRE(std::equal(alone.begin(), alone.end(), together.begin() + n * out));
    }
  }
}
