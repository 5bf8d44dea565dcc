#include "shared/infer/elementwise.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace avae {

namespace {

float relu(float x) { return x > 0.0f ? x : 0.0f; }
float leaky_relu(float x) { return x > 0.0f ? x : kLeakySlope * x; }
float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }
float clamp01(float x) { return std::min(std::max(x, 0.0f), 1.0f); }

template <typename Function>
void map(std::span<float> values, Function function) {
  for (float& value : values) value = function(value);
}

template <typename Function>
void add_map(std::span<const float> a, std::span<const float> b, std::span<float> out, Function function) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = function(a[i] + b[i]);
}

}  // namespace

void activate(Activation activation, std::span<float> values) {
  switch (activation) {
    case Activation::kNone:
      return;
    case Activation::kRelu:
      return map(values, relu);
    case Activation::kLeakyRelu:
      return map(values, leaky_relu);
    case Activation::kSigmoid:
      return map(values, sigmoid);
    case Activation::kClamp01:
      return map(values, clamp01);
  }
}

OutputRange output_range(Activation activation) {
  if (activation == Activation::kRelu) return {.min = 0.0f};
  if (activation == Activation::kClamp01) return {.min = 0.0f, .max = 1.0f};
  return {};
}

bool in_output_range(Activation activation) {
  return activation == Activation::kNone || activation == Activation::kRelu || activation == Activation::kClamp01;
}

void add(Activation activation, std::span<const float> a, std::span<const float> b, std::span<float> out) {
  // One pass for what residual blocks use; the rest is not worth its code.
  if (activation == Activation::kRelu) return add_map(a, b, out, relu);
  if (activation == Activation::kLeakyRelu) return add_map(a, b, out, leaky_relu);
  add_map(a, b, out, [](float x) { return x; });
  activate(activation, out);
}

void class_concat(std::span<const float> features, std::span<const float> mix, int feature_count, int classes,
                  std::span<float> out) {
  const std::size_t samples = features.size() / feature_count;
  auto to = out.begin();
  for (std::size_t n = 0; n < samples; ++n) {
    to = std::copy_n(features.begin() + n * feature_count, feature_count, to);
    to = std::copy_n(mix.begin() + n * classes, classes, to);
  }
}

}  // namespace avae
