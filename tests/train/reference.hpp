// The four objectives written the naive way: in double, one graph per loss straight from the formulas, Adam by its
// paper. Slow and obvious; what the trainer does faster must agree with it.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <torch/autograd.h>
#include <torch/types.h>

#include "native/train/avae.hpp"

namespace avae::test {

using torch::Tensor;
using Weights = std::map<std::string, Tensor>;  // leaves in double, file layout

/// A role's weights copied from the trainer's net.
inline Weights weights_of(const Net& net) {
  Weights weights;
  for (const auto& [name, values] : net.to_weights().tensors) {
    const auto n = static_cast<std::int64_t>(values.size());
    weights[name] = torch::tensor(values, torch::kDouble).view({n});
  }
  for (const Layer& layer : net.layers()) {
    for (const TensorInfo& info : tensor_table(net.to_weights().spec, net.to_weights().role)) {
      const std::vector<std::int64_t> shape(info.shape.begin(), info.shape.end());
      if (info.name.starts_with(layer.name + ".")) weights[info.name] = weights[info.name].view(shape).clone();
    }
  }
  for (auto& [name, tensor] : weights)
    if (!name.starts_with("prior.")) tensor.requires_grad_(true);
  return weights;
}

/// A straight-through clamp whose gradient is cut, entry by entry, where it would push further out.
inline Tensor clamp_inward(const Tensor& y) {
  const Tensor value = y.detach();
  if (y.requires_grad()) {
    y.register_hook([value](const Tensor& g) {
      const Tensor outward = (value < 0).logical_and(g > 0).logical_or((value > 1).logical_and(g < 0));
      return torch::where(outward, torch::zeros_like(g), g);
    });
  }
  return y + (value.clamp(0, 1) - value);
}

/// The role's layers, NCHW throughout. Starts behind the prior.
inline std::vector<Tensor> forward(const std::vector<Layer>& list, const Weights& w, const Tensor& input,
                                   const Tensor& mix) {
  std::vector<Tensor> values(list.size() + 1);
  const auto flat = [](const Tensor& x) { return x.dim() == 4 ? x.permute({0, 2, 3, 1}).reshape({x.size(0), -1}) : x; };
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Layer& layer = list[i];
    const bool skipped = layer.kind == LayerKind::kClassAffine;
    const Tensor x = layer.input == 0 ? input : values[static_cast<std::size_t>(layer.input)];
    const auto kernel = [&] { return w.at(layer.name + ".weight").permute({0, 3, 1, 2}).contiguous(); };
    Tensor y;
    if (skipped) y = x;
    if (layer.kind == LayerKind::kClassConcat) y = torch::cat({flat(x), mix}, 1);
    if (layer.kind == LayerKind::kDense) {
      y = torch::matmul(flat(x), w.at(layer.name + ".weight").t()) + w.at(layer.name + ".bias");
      if (layer.out.height > 1 || layer.out.width > 1)
        y = y.reshape({x.size(0), layer.out.height, layer.out.width, layer.out.channels}).permute({0, 3, 1, 2});
    }
    if (layer.kind == LayerKind::kConv3x3) y = torch::conv2d(x, kernel(), w.at(layer.name + ".bias"), 1, 1);
    if (layer.kind == LayerKind::kConv3x3Stride2) y = torch::conv2d(x, kernel(), w.at(layer.name + ".bias"), 2, 1);
    if (layer.kind == LayerKind::kUpsampleConv3x3)
      y = torch::conv2d(x.repeat_interleave(2, 2).repeat_interleave(2, 3), kernel(), w.at(layer.name + ".bias"), 1, 1);
    if (layer.kind == LayerKind::kAdd) y = x + values[static_cast<std::size_t>(layer.input2)];
    if (layer.activation == Activation::kRelu) y = torch::relu(y);
    if (layer.activation == Activation::kLeakyRelu) y = torch::where(y > 0, y, y * kLeakySlope);
    if (layer.activation == Activation::kSigmoid) y = 1 / (1 + torch::exp(-y));
    if (layer.activation == Activation::kClamp01) y = clamp_inward(y);
    values[i + 1] = y;
  }
  values.erase(values.begin());
  return values;
}

/// Adam (Kingma and Ba 2015), algorithm 1.
class ReferenceAdam {
 public:
  explicit ReferenceAdam(AdamOptions options) : options_(options) {}

  void step(Weights& weights, const Tensor& loss, double learning_rate, bool keep_graph) {
    std::vector<Tensor> leaves;
    std::vector<std::string> names;
    for (auto& [name, tensor] : weights) {
      if (!tensor.requires_grad()) continue;
      leaves.push_back(tensor);
      names.push_back(name);
    }
    const auto gradients = torch::autograd::grad({loss}, leaves, {}, keep_graph);
    ++t_;
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      if (!m_.contains(names[i])) {
        m_[names[i]] = torch::zeros_like(leaves[i]);
        v_[names[i]] = torch::zeros_like(leaves[i]);
      }
      Tensor& m = m_[names[i]];
      Tensor& v = v_[names[i]];
      m = options_.beta1 * m + (1 - options_.beta1) * gradients[i];
      v = options_.beta2 * v + (1 - options_.beta2) * gradients[i].square();
      const Tensor m_hat = m / (1 - std::pow(options_.beta1, t_));
      const Tensor v_hat = v / (1 - std::pow(options_.beta2, t_));
      pending_.emplace_back(leaves[i], learning_rate * m_hat / (v_hat.sqrt() + options_.epsilon));
    }
  }

  /// Updates wait here, so that losses of other networks can still use the graph.
  void apply() {
    torch::NoGradGuard no_grad;
    for (auto& [leaf, change] : pending_) leaf.sub_(change);
    pending_.clear();
  }

 private:
  AdamOptions options_;
  int t_ = 0;
  std::map<std::string, Tensor> m_, v_;
  std::vector<std::pair<Tensor, Tensor>> pending_;
};

}  // namespace avae::test
