// The prior that sampling uses: a few full-covariance Gaussians per class, fitted to the posterior while training.
#pragma once

#include <cstdint>

#include <ATen/ATen.h>

#include "shared/model/spec.hpp"

namespace avae {

/// Remembers what the encoder last gave and fits each class's 2^S Gaussians to it by expectation maximisation
/// (Dempster et al. 1977). Sampling draws all of a class's Gaussians alike often, so they get equal weights: the
/// responsibilities are balanced as in Asano et al. (2020). With K = 0 all pictures are of one class.
class ClassPrior {
 public:
  ClassPrior() = default;
  ClassPrior(const ModelSpec& spec, at::Device device);

  /// Remembers a batch: z [N, D] drawn from q(z | x), mix [N, K] one-hot (undefined when K = 0).
  void observe(const at::Tensor& z, const at::Tensor& mix);

  /// Improves mean [G, D] and scale [G, D (D + 1) / 2] (lower triangles) by what is remembered. Until it has seen a
  /// full memory it finds them anew each time: halved along the longest axis, S times, and a few steps from there.
  /// Afterwards `steps` steps from where they are. Classes hardly seen stay near N(0, I).
  void fit(at::Tensor& mean, at::Tensor& scale, int steps = 1);

  static constexpr std::int64_t kMemory = 65536;  ///< M

  at::Tensor memory;   ///< [M, D], the latest z of each row
  at::Tensor labels;   ///< [M], int64; -1: nothing yet
  at::Tensor next;     ///< [1], int64: the row that is written next
  at::Tensor settled;  ///< [1]: 1 once fitted to a full memory

 private:
  std::int64_t classes_ = 1, choices_ = 1;
};

/// [R, D (D + 1) / 2], row by row -> [R, D, D], zero above the diagonal; and back.
at::Tensor unpack_triangles(const at::Tensor& packed, std::int64_t size);
at::Tensor pack_triangles(const at::Tensor& square);

}  // namespace avae
