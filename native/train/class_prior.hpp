// The prior that sampling uses: one full-covariance Gaussian per class, fitted to the posterior while training.
#pragma once

#include <ATen/ATen.h>

namespace avae {

/// Keeps decayed moments of q(z | x) per class and turns them into mean and scale (Cholesky factor), so that
/// z = mean_k + scale_k u with u ~ N(0, I) follows the aggregate posterior of class k. With K = 0 there is one row.
class ClassPrior {
 public:
  ClassPrior() = default;
  /// rows K' = max(K, 1); starts as N(0, I).
  ClassPrior(int classes, int latent, at::Device device);

  /// Adds a batch: mean [N, Z], log_variance [N, Z], mix [N, K] (undefined when K = 0).
  void observe(const at::Tensor& mean, const at::Tensor& log_variance, const at::Tensor& mix);

  /// Writes the current fit into mean [K', Z] and scale [K', Z, Z] (lower triangular). Classes hardly seen stay near
  /// N(0, I).
  void fit(at::Tensor& mean, at::Tensor& scale) const;

  at::Tensor count;   ///< [K']
  at::Tensor first;   ///< [K', Z]     sum of z
  at::Tensor second;  ///< [K', Z * Z] sum of z zᵀ
};

}  // namespace avae
