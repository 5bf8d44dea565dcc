// Adam over one flat buffer, by LibTorch's fused kernel (CPU and CUDA).
#pragma once

#include <ATen/ATen.h>

namespace avae {

struct AdamOptions {
  double beta1 = 0.0;
  double beta2 = 0.99;
  double epsilon = 1e-8;
};

/// Kingma and Ba 2015. State is three tensors, so that a checkpoint is complete and a CUDA graph can hold a step.
class Adam {
 public:
  Adam() = default;
  /// `weights` [P] is updated in place by step(); not owned.
  Adam(const at::Tensor& weights, const AdamOptions& options);

  /// One update. gradient [P]; learning_rate is a scalar tensor on the weights' device.
  void step(const at::Tensor& gradient, const at::Tensor& learning_rate);

  at::Tensor mean, square;  ///< first and second moments [P]
  at::Tensor steps;         ///< scalar, float

 private:
  at::Tensor weights_;
  AdamOptions options_;
};

}  // namespace avae
