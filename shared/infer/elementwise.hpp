// The layers that are plain loops. Every sum has one fixed order, so the bits depend on neither batch nor machine
// (where the compiler may not fuse multiply and add, as in WebAssembly).
#pragma once

#include <span>
#include <vector>

#include "shared/model/layers.hpp"
#include "shared/model/result.hpp"

namespace avae {

/// Applies an activation in place. kNone leaves the values as they are.
void activate(Activation activation, std::span<float> values);

/// out = activation(a + b), element by element; equal sizes. `out` may be `a` or `b`.
void add(Activation activation, std::span<const float> a, std::span<const float> b, std::span<float> out);

/// features [N, F], mix [N, K] -> out [N, F + K].
void class_concat(std::span<const float> features, std::span<const float> mix, int feature_count, int classes,
                  std::span<float> out);

/// The decoder's prior: z = sum_k mix_k (mean_k + scale_k u), and back.
class ClassAffine {
 public:
  ClassAffine() = default;
  /// mean [K', Z], scale [K', Z, Z] with rows for z and columns for u; K' = max(K, 1).
  ClassAffine(std::span<const float> mean, std::span<const float> scale, int latent_size);

  /// u [Z], mix [K] (empty: weight 1 for the only row) -> z [Z]. Order: k ascending, skipping zero weights; in each row
  /// mean first, then the columns ascending.
  void apply(std::span<const float> u, std::span<const float> mix, std::span<float> z) const;

  /// Solves z = mean + scale u for u, with the mixed mean and scale. Elimination with row pivots in double.
  /// Error: the mixed scale is singular.
  Result<void> solve(std::span<const float> z, std::span<const float> mix, std::span<float> u) const;

 private:
  int latent_size_ = 0;
  std::vector<float> mean_;     // [K', Z]
  std::vector<float> columns_;  // [K', Z (columns of scale, for u), Z (rows, for z)]
};

}  // namespace avae
