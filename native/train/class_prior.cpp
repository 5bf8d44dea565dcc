#include "native/train/class_prior.hpp"

#include <algorithm>

#include <ATen/ops/linalg_cholesky.h>
#include <c10/core/GradMode.h>

namespace avae {
namespace {
/// Memory of about 500 batches: long enough for a full covariance, short enough to follow the encoder.
constexpr double kDecay = 0.998;
/// Pseudo-observations of N(0, I), for classes hardly seen.
constexpr double kPrudence = 1.0;
constexpr double kJitter = 1e-4;
}  // namespace

ClassPrior::ClassPrior(int classes, int latent, at::Device device) {
  const auto options = at::TensorOptions(device);
  const std::int64_t rows = std::max(classes, 1);
  count = at::zeros({rows}, options);
  first = at::zeros({rows, latent}, options);
  second = at::zeros({rows, latent * latent}, options);
}

void ClassPrior::observe(const at::Tensor& mean, const at::Tensor& log_variance, const at::Tensor& mix) {
  const at::NoGradGuard no_grad;
  const at::Tensor weights = mix.defined() ? mix.t() : at::ones({1, mean.size(0)}, mean.options());
  const at::Tensor outer = mean.unsqueeze(2) * mean.unsqueeze(1) + at::diag_embed(log_variance.exp());
  count.mul_(kDecay).add_(weights.sum(1));
  first.mul_(kDecay).add_(at::matmul(weights, mean));
  second.mul_(kDecay).add_(at::matmul(weights, outer.flatten(1)));
}

void ClassPrior::fit(at::Tensor& mean, at::Tensor& scale) const {
  const at::NoGradGuard no_grad;
  const std::int64_t latent = first.size(1);
  const at::Tensor eye = at::eye(latent, first.options());
  const at::Tensor total = (count + kPrudence).view({-1, 1});
  const at::Tensor centre = first / total;
  const at::Tensor moment = second.view({-1, latent, latent}) + kPrudence * eye;
  const at::Tensor covariance = moment / total.unsqueeze(2) - centre.unsqueeze(2) * centre.unsqueeze(1) + kJitter * eye;
  mean.copy_(centre);
  scale.copy_(at::linalg_cholesky(covariance));
}

}  // namespace avae
