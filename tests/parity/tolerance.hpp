// How far results may be apart. Every comparison of the inference core takes its bound from here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace avae::test {

/// fp32 against double or against torch's fp32, per value, relative to the largest magnitude of the layer: both sum
/// some thousand products in another order.
inline constexpr double kLayerTolerance = 2e-5;

/// uint8 pixels of the native core against WebAssembly or torch: rounding may fall on either side of a half.
inline constexpr int kPixelTolerance = 1;

/// A posterior mean, whitened by the prior's inverse in double.
inline constexpr double kWhitenTolerance = 1e-4;

/// The largest |a - b| over `a`, relative to max(1, the largest |b|); infinite when sizes differ or a value is not
/// finite.
template <typename A, typename B>
double relative_error(const A& a, const B& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 1.0;
  double difference = 0.0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double x = static_cast<double>(a[i]);
    const double y = static_cast<double>(b[i]);
    if (!std::isfinite(x) || !std::isfinite(y)) return INFINITY;
    largest = std::max(largest, std::abs(y));
    difference = std::max(difference, std::abs(x - y));
  }
  return difference / largest;
}

}  // namespace avae::test
