#include "native/train/adam.hpp"

#include <ATen/ops/_fused_adam.h>
#include <c10/core/GradMode.h>

namespace avae {

Adam::Adam(const at::Tensor& weights, const AdamOptions& options)
    : mean(at::zeros_like(weights)),
      square(at::zeros_like(weights)),
      steps(at::zeros({}, weights.options())),
      weights_(weights),
      options_(options) {}

void Adam::step(const at::Tensor& gradient, const at::Tensor& learning_rate) {
  const at::NoGradGuard no_grad;
  steps += 1;
  std::vector<at::Tensor> weights{weights_}, gradients{gradient}, means{mean}, squares{square}, counts{steps};
  if (weights_.is_cuda()) {
    const at::Tensor rate = learning_rate.to(at::kFloat);  // the kernel reads it as float
    at::_fused_adam_(weights, gradients, means, squares, {}, counts, rate, options_.beta1, options_.beta2, 0.0,
                     options_.epsilon, false, false);
  } else {
    at::_fused_adam_(weights, gradients, means, squares, {}, counts, learning_rate.item<double>(), options_.beta1,
                     options_.beta2, 0.0, options_.epsilon, false, false);
  }
}

}  // namespace avae
