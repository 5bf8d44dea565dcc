#include "native/train/inward_clamp.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace avae {
namespace {

struct InwardClamp : torch::autograd::Function<InwardClamp> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    return x.clamp(0, 1);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor& g = gradients[0];
    const at::Tensor blocked = (x.lt(0) & g.gt(0)) | (x.gt(1) & g.lt(0));
    return {g.masked_fill(blocked, 0)};
  }
};

}  // namespace

at::Tensor inward_clamp(const at::Tensor& x) { return InwardClamp::apply(x); }

}  // namespace avae
