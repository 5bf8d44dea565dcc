// The losses, each as its formula. All return scalars and keep the graph.
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "native/train/net.hpp"

namespace avae {

/// Gaussian negative log-likelihood in nats per pixel, without the constant: mse / (2 variance) + log(variance) / 2.
/// Scalars.
at::Tensor gaussian_nll(const at::Tensor& mse, const at::Tensor& variance);

/// KL(q || N(0, I)) in nats, mean over the batch: -1/2 sum(1 + log_variance - mean² - exp(log_variance)). [N, Z] each.
at::Tensor kl_to_standard(const at::Tensor& mean, const at::Tensor& log_variance);

/// mean softplus(lower - higher) of paired logits [N]: small when `higher` beats `lower` (Jolicoeur-Martineau 2019,
/// Huang et al. 2024).
at::Tensor relativistic_loss(const at::Tensor& higher, const at::Tensor& lower);

/// The textbook's V = E[log D(x)] + E[log(1 - D(G(z)))] from logits [N], D = sigmoid. An undefined `real` drops its
/// term.
at::Tensor textbook_value(const at::Tensor& real, const at::Tensor& fake);

/// Mean squares of the activated layers' features, [L].
at::Tensor feature_scales(const std::vector<Layer>& layers, const Net::Taps& real);

/// Relative squared error between discriminator features of pictures and reconstructions, mean over layers (Larsen et
/// al. 2016). Rows 0..n-1 of `fake` belong to the reconstructions; no gradient flows into `real`. Every activated layer
/// counts, by its entry of scales [L].
at::Tensor feature_loss(const std::vector<Layer>& layers, const Net::Taps& real, const Net::Taps& fake,
                        const at::Tensor& scales);

struct SeedLoss {
  at::Tensor reconstruction;  ///< mean binary cross-entropy over all pixels
  at::Tensor kl;              ///< -1/2 mean(1 + log_variance - mean² - exp(log_variance)) over batch and latent
  at::Tensor loss;            ///< reconstruction + beta (Z / pixels) kl: one ELBO divided by the number of pixels
};
/// The textbook's loss. Its listing adds the two means as they are, which weighs KL by pixels / Z; beta = pixels / Z
/// gives that. beta is a scalar.
SeedLoss seed_vae_loss(const at::Tensor& x, const at::Tensor& reconstruction, const at::Tensor& mean,
                       const at::Tensor& log_variance, const at::Tensor& beta);

}  // namespace avae
