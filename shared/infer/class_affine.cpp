#include "shared/infer/class_affine.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

namespace avae {

namespace {

constexpr double kSmallestPivot = 1e-12;

std::size_t triangle(std::size_t size) { return size * (size + 1) / 2; }

}  // namespace

ClassAffine::ClassAffine(const ModelSpec& spec, std::span<const float> mean, std::span<const float> scale)
    : size_(static_cast<std::size_t>(spec.code())),
      switches_(static_cast<std::size_t>(spec.switches)),
      mean_(mean.begin(), mean.end()) {
  // Columns contiguous: the inner loop of apply() then runs along z, and vectorises without reordering any sum.
  columns_.reserve(scale.size());
  for (std::size_t base = 0; base < scale.size(); base += triangle(size_)) {
    for (std::size_t column = 0; column < size_; ++column) {
      for (std::size_t row = column; row < size_; ++row) columns_.push_back(scale[base + triangle(row) + column]);
    }
  }
}

void ClassAffine::apply(std::span<const float> latent, std::span<const float> mix, std::span<float> z) const {
  const std::size_t choices = std::size_t{1} << switches_;
  const std::span<const float> switches = latent.subspan(size_);
  std::fill(z.begin(), z.end(), 0.0f);
  std::vector<float> term(size_);
  for (std::size_t g = 0; g * size_ < mean_.size(); ++g) {
    float weight = mix.empty() ? 1.0f : mix[g / choices];
    for (std::size_t i = 0; i < switches_; ++i) {
      const float on = std::clamp(0.5f * (1.0f + switches[i]), 0.0f, 1.0f);
      weight *= (g >> (switches_ - 1 - i) & 1) != 0 ? on : 1.0f - on;
    }
    if (weight == 0.0f) continue;
    std::copy_n(mean_.begin() + static_cast<std::ptrdiff_t>(g * size_), size_, term.begin());
    const float* scale = columns_.data() + g * triangle(size_);
    for (std::size_t column = 0; column < size_; ++column) {
      for (std::size_t row = column; row < size_; ++row) term[row] += *scale++ * latent[column];
    }
    for (std::size_t row = 0; row < size_; ++row) z[row] += weight * term[row];
  }
}

Result<void> ClassAffine::solve(std::span<const float> z, std::span<const float> mix, std::span<float> latent) const {
  const std::size_t choices = std::size_t{1} << switches_;
  const std::size_t rows = mean_.size() / size_ / choices;
  double best = -std::numeric_limits<double>::infinity();
  std::optional<std::size_t> chosen;
  for (std::size_t choice = 0; choice < choices; ++choice) {
    std::vector<double> scale(triangle(size_), 0.0), u(z.begin(), z.end());  // columns as in columns_; z - mean
    for (std::size_t k = 0; k < rows; ++k) {
      const double weight = mix.empty() ? 1.0 : static_cast<double>(mix[k]);
      if (weight == 0.0) continue;
      const std::size_t g = k * choices + choice;
      for (std::size_t i = 0; i < scale.size(); ++i)
        scale[i] += weight * static_cast<double>(columns_[g * triangle(size_) + i]);
      for (std::size_t i = 0; i < size_; ++i) u[i] -= weight * static_cast<double>(mean_[g * size_ + i]);
    }
    double likelihood = 0.0;
    const double* entry = scale.data();
    for (std::size_t column = 0; column < size_; ++column) {
      const double pivot = *entry++;
      u[column] = std::abs(pivot) > kSmallestPivot ? u[column] / pivot : std::numeric_limits<double>::infinity();
      for (std::size_t row = column + 1; row < size_; ++row) u[row] -= *entry++ * u[column];
      likelihood -= 0.5 * u[column] * u[column] + std::log(std::abs(pivot));
    }
    if (!(likelihood > best)) continue;  // not a number either
    best = likelihood;
    chosen = choice;
    std::transform(u.begin(), u.end(), latent.begin(), [](double value) { return static_cast<float>(value); });
  }
  if (!chosen) {
    return fail("the prior of this class mix has no inverse",
                "train the model again, or give a class mix that is not zero");
  }
  for (std::size_t i = 0; i < switches_; ++i)
    latent[size_ + i] = (*chosen >> (switches_ - 1 - i) & 1) != 0 ? 1.0f : -1.0f;
  return {};
}

}  // namespace avae
