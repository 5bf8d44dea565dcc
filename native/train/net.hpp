// A role's layers as differentiable LibTorch code, with all its weights in one flat buffer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "shared/model/layers.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

/// Walks layers(spec, role). Weights keep the file's layout (O, H, W, I): permuting such a tensor gives LibTorch's
/// channels-last weight without a copy, and exporting it is a plain copy.
class Net {
 public:
  /// Fresh weights: He initialisation, zero for the last convolution of each residual block; the same for the same seed
  /// on every device. With `trainable` the weights require gradients.
  Net(const ModelSpec& spec, Role role, at::Device device, std::uint64_t seed, bool trainable);

  /// Every layer's output in NHWC order, vectors as [N, F]; indices as in layers().
  using Taps = std::vector<at::Tensor>;

  /// input: u or z [N, Z], or pixels [N, C, H, W]; mix [N, K] (undefined when K = 0). Returns [N, C, H, W] or [N, F].
  /// `first_layer` skips layers in front: decoding z starts at after_prior().
  at::Tensor forward(const at::Tensor& input, const at::Tensor& mix, Taps* taps = nullptr,
                     std::size_t first_layer = 0) const;

  /// Latents [N, Z] -> z [N, D] by the decoder's prior (layers.hpp, kClassAffine); a copy without one.
  at::Tensor prior_code(const at::Tensor& latent, const at::Tensor& mix) const;

  /// Index of the first layer behind the prior: 1 when the decoder has one, else 0.
  std::size_t after_prior() const;

  const std::vector<Layer>& layers() const { return layers_; }
  const std::vector<at::Tensor>& parameters() const { return parameters_; }  ///< leaves, views of weights()
  const at::Tensor& weights() const { return flat_; }                        ///< [P], every trained weight
  std::map<std::string, at::Tensor>& buffers() {
    return buffers_;
  }  ///< prior.mean [G, D], prior.scale [G, D (D + 1) / 2]
  const std::map<std::string, at::Tensor>& buffers() const { return buffers_; }

  /// Gradients of parameters(), in their order, as one [P] tensor.
  static at::Tensor flatten(const std::vector<at::Tensor>& gradients);

  /// The weights of a model file, and the other way round. load() refuses another spec or role.
  RoleWeights to_weights() const;
  Result<void> load(const RoleWeights& weights);

 private:
  at::Tensor layer_output(const Layer& layer, const at::Tensor& x, const at::Tensor& y, const at::Tensor& mix) const;

  ModelSpec spec_;
  Role role_;
  std::vector<Layer> layers_;
  std::vector<TensorInfo> table_;
  at::Tensor flat_;
  std::vector<at::Tensor> parameters_;
  std::map<std::string, at::Tensor> by_name_;
  std::map<std::string, at::Tensor> buffers_;
};

/// The logit of a projection discriminator (Miyato and Koyama 2018): out_0 + sum_k mix_k out_(1+k). out [N, 1 + K] ->
/// [N].
at::Tensor projection_logit(const at::Tensor& out, const at::Tensor& mix);

}  // namespace avae
