// The decoder's prior: from a latent's coordinates to z, and back. Sums have one fixed order, as in elementwise.hpp.
#pragma once

#include <span>
#include <vector>

#include "shared/model/result.hpp"
#include "shared/model/spec.hpp"

namespace avae {

/// kClassAffine of layers.hpp, one sample at a time. Shapes: Z, D = spec.code(), S, K and G = spec.gaussians().
class ClassAffine {
 public:
  ClassAffine() = default;
  /// mean [G, D], scale [G, D (D + 1) / 2], lower triangles row by row.
  ClassAffine(const ModelSpec& spec, std::span<const float> mean, std::span<const float> scale);

  /// latent [Z], mix [K] -> z [D]. Order: Gaussians ascending, skipping zero weights; in each row mean first, then the
  /// columns ascending.
  void apply(std::span<const float> latent, std::span<const float> mix, std::span<float> z) const;

  /// The inverse: latent [Z] with switches at -1 or 1, of the Gaussian under which z is most likely (with several
  /// classes: of their mixed means and scales). Forward substitution in double. Error: no scale has an inverse, as when
  /// the mix is all zero.
  Result<void> solve(std::span<const float> z, std::span<const float> mix, std::span<float> latent) const;

 private:
  std::size_t size_ = 0;        // D
  std::size_t switches_ = 0;    // S
  std::vector<float> mean_;     // [G, D]
  std::vector<float> columns_;  // [G, D (D + 1) / 2]: column by column, each from its diagonal down
};

}  // namespace avae
