#include "native/train/inward_clamp.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace avae {
namespace {

struct InwardClamp : torch::autograd::Function<InwardClamp> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    const at::Tensor clamped = x.clamp(0, 1);
    context->save_for_backward({x - clamped});
    return clamped;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    // A step goes against the gradient: outward where the signs of overshoot and gradient differ.
    const at::Tensor overshoot = context->get_saved_variables()[0];
    const at::Tensor& g = gradients[0];
    return {g.masked_fill((overshoot * g).lt(0), 0)};
  }
};

}  // namespace

at::Tensor inward_clamp(const at::Tensor& x) { return InwardClamp::apply(x); }

}  // namespace avae
