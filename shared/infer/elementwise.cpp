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

ClassAffine::ClassAffine(std::span<const float> mean, std::span<const float> scale, int latent_size)
    : latent_size_(latent_size), mean_(mean.begin(), mean.end()), columns_(scale.size()) {
  // Columns contiguous: the inner loop of apply() then runs along z, and vectorises without reordering any sum.
  const std::size_t size = latent_size;
  for (std::size_t base = 0; base < scale.size(); base += size * size) {
    for (std::size_t row = 0; row < size; ++row) {
      for (std::size_t column = 0; column < size; ++column) {
        columns_[base + column * size + row] = scale[base + row * size + column];
      }
    }
  }
}

void ClassAffine::apply(std::span<const float> u, std::span<const float> mix, std::span<float> z) const {
  const std::size_t size = latent_size_;
  const std::size_t rows = mean_.size() / size;
  std::fill(z.begin(), z.end(), 0.0f);
  std::vector<float> term(size);
  for (std::size_t k = 0; k < rows; ++k) {
    const float weight = mix.empty() ? 1.0f : mix[k];
    if (weight == 0.0f) continue;
    std::copy_n(mean_.begin() + k * size, size, term.begin());
    for (std::size_t column = 0; column < size; ++column) {
      const float* scale = columns_.data() + (k * size + column) * size;
      for (std::size_t row = 0; row < size; ++row) term[row] += scale[row] * u[column];
    }
    for (std::size_t row = 0; row < size; ++row) z[row] += weight * term[row];
  }
}

Result<void> ClassAffine::solve(std::span<const float> z, std::span<const float> mix, std::span<float> u) const {
  const std::size_t size = latent_size_;
  const std::size_t rows = mean_.size() / size;
  const std::size_t stride = size + 1;
  std::vector<double> system(size * stride, 0.0);  // [Z, Z + 1]: the mixed scale, then z - mean
  for (std::size_t row = 0; row < size; ++row) system[row * stride + size] = static_cast<double>(z[row]);
  for (std::size_t k = 0; k < rows; ++k) {
    const double weight = mix.empty() ? 1.0 : static_cast<double>(mix[k]);
    if (weight == 0.0) continue;
    for (std::size_t row = 0; row < size; ++row) {
      for (std::size_t column = 0; column < size; ++column) {
        system[row * stride + column] += weight * static_cast<double>(columns_[(k * size + column) * size + row]);
      }
      system[row * stride + size] -= weight * static_cast<double>(mean_[k * size + row]);
    }
  }
  for (std::size_t step = 0; step < size; ++step) {
    std::size_t pivot = step;
    for (std::size_t row = step + 1; row < size; ++row) {
      if (std::abs(system[row * stride + step]) > std::abs(system[pivot * stride + step])) pivot = row;
    }
    if (!(std::abs(system[pivot * stride + step]) > 1e-12)) {
      return fail("the prior of this class mix has no inverse",
                  "train the model again, or give a class mix that is not zero");
    }
    if (pivot != step) {
      std::swap_ranges(system.begin() + step * stride, system.begin() + (step + 1) * stride,
                       system.begin() + pivot * stride);
    }
    for (std::size_t row = step + 1; row < size; ++row) {
      const double factor = system[row * stride + step] / system[step * stride + step];
      if (factor == 0.0) continue;
      for (std::size_t column = step; column < stride; ++column) {
        system[row * stride + column] -= factor * system[step * stride + column];
      }
    }
  }
  for (std::size_t row = size; row-- > 0;) {
    double& value = system[row * stride + size];
    for (std::size_t column = row + 1; column < size; ++column) {
      value -= system[row * stride + column] * system[column * stride + size];
    }
    value /= system[row * stride + row];
    u[row] = static_cast<float>(value);
  }
  return {};
}

}  // namespace avae
