#include "native/train/losses.hpp"

namespace avae {
namespace {
/// Keras clips probabilities here before the logarithm; so do we, for the listing's sake and for finite gradients.
constexpr double kProbabilityFloor = 1e-7;
}  // namespace

at::Tensor gaussian_nll(const at::Tensor& mse, const at::Tensor& variance) {
  return mse / (2 * variance) + 0.5 * variance.log();
}

at::Tensor kl_to_standard(const at::Tensor& mean, const at::Tensor& log_variance) {
  return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean();
}

at::Tensor relativistic_loss(const at::Tensor& higher, const at::Tensor& lower) {
  return at::softplus(lower - higher).mean();
}

at::Tensor textbook_value(const at::Tensor& real, const at::Tensor& fake) {
  const at::Tensor on_fake = -at::softplus(fake).mean();
  return real.defined() ? -at::softplus(-real).mean() + on_fake : on_fake;
}

at::Tensor feature_scales(const std::vector<Layer>& layers, const Net::Taps& real) {
  std::vector<at::Tensor> scales;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].activation != Activation::kNone)
      scales.push_back(real[i].detach().to(at::kFloat).square().mean() + 1e-8);
  return at::stack(scales);
}

at::Tensor feature_loss(const std::vector<Layer>& layers, const Net::Taps& real, const Net::Taps& fake,
                        const at::Tensor& scales) {
  std::vector<at::Tensor> errors;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].activation != Activation::kNone)
      errors.push_back(at::mse_loss(fake[i].to(at::kFloat), real[i].detach().to(at::kFloat)));
  return (at::stack(errors) / scales).mean();
}

SeedLoss seed_vae_loss(const at::Tensor& x, const at::Tensor& reconstruction, const at::Tensor& mean,
                       const at::Tensor& log_variance, const at::Tensor& beta) {
  const at::Tensor p = reconstruction.clamp(kProbabilityFloor, 1 - kProbabilityFloor);
  const at::Tensor bce = -(x * p.log() + (1 - x) * (1 - p).log()).mean();
  const at::Tensor kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).mean();
  const double share = static_cast<double>(mean.size(1)) / static_cast<double>(x.numel() / x.size(0));
  return {bce, kl, bce + beta * share * kl};
}

}  // namespace avae
