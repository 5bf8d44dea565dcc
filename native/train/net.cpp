#include "native/train/net.hpp"

#include <cmath>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include "native/train/class_prior.hpp"
#include "native/train/inward_clamp.hpp"

namespace avae {
namespace {

at::Tensor activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return at::relu(x);
    case Activation::kLeakyRelu:
      return at::leaky_relu(x, kLeakySlope);
    case Activation::kSigmoid:
      return at::sigmoid(x);
    case Activation::kClamp01:
      return inward_clamp(x);
  }
  return x;
}

/// [N, C, H, W] -> [N, H*W*C]; vectors pass.
at::Tensor flatten_nhwc(const at::Tensor& x) { return x.dim() == 2 ? x : x.permute({0, 2, 3, 1}).flatten(1); }

at::Tensor filter(const at::Tensor& ohwi) { return ohwi.permute({0, 3, 1, 2}); }

/// Nearest 2x and a 3x3 convolution by ohwi [O, 3, 3, I] are a transposed convolution of stride 2 by [I, O, 4, 4]: each
/// of its taps is the sum of those that meet the same pixel. 2.25 times fewer operations, both ways.
at::Tensor folded_filter(const at::Tensor& ohwi) {
  const at::Tensor w = ohwi.permute({3, 0, 1, 2});  // [I, O, 3, 3]
  const auto fold = [](const at::Tensor& taps, std::int64_t along) {
    const at::Tensor first = taps.narrow(along, 0, 1), middle = taps.narrow(along, 1, 1),
                     last = taps.narrow(along, 2, 1);
    return at::cat({last, middle + last, first + middle, first}, along);
  };
  return fold(fold(w, 2), 3);
}

bool is_buffer(const std::string& name) { return name.starts_with("prior."); }

std::vector<std::int64_t> dims(const TensorInfo& info) { return {info.shape.begin(), info.shape.end()}; }

/// Standard deviation of a fresh weight: He for what a ReLU follows, 1/sqrt(fan in) otherwise, 0 where a residual ends.
double initial_scale(const Layer& layer, std::int64_t fan_in) {
  if (layer.name.ends_with(".conv2")) return 0;
  const double gain = layer.activation == Activation::kRelu        ? std::sqrt(2.0)
                      : layer.activation == Activation::kLeakyRelu ? std::sqrt(2.0 / (1.0 + kLeakySlope * kLeakySlope))
                                                                   : 1.0;
  return gain / std::sqrt(static_cast<double>(fan_in));
}

}  // namespace

Net::Net(const ModelSpec& spec, Role role, at::Device device, std::uint64_t seed, bool trainable)
    : spec_(spec), role_(role), layers_(avae::layers(spec, role)), table_(tensor_table(spec, role)) {
  std::int64_t total = 0;
  for (const TensorInfo& info : table_)
    if (!is_buffer(info.name)) total += info.elements();
  at::Tensor host = at::zeros({total});
  auto generator = at::detail::createCPUGenerator(seed);
  std::int64_t offset = 0;
  for (const TensorInfo& info : table_) {
    if (is_buffer(info.name)) continue;
    for (const Layer& layer : layers_) {
      if (info.name != layer.name + ".weight") continue;
      at::Tensor view = host.narrow(0, offset, info.elements());
      view.normal_(0, 1, generator).mul_(initial_scale(layer, info.elements() / info.shape[0]));
    }
    offset += info.elements();
  }
  flat_ = host.to(device);
  offset = 0;
  for (const TensorInfo& info : table_) {
    if (is_buffer(info.name)) {
      const at::Tensor eye = at::eye(spec.code(), at::TensorOptions(device)).unsqueeze(0);
      buffers_[info.name] = info.name == "prior.scale" ? pack_triangles(eye).expand(dims(info)).contiguous()
                                                       : at::zeros(dims(info), at::TensorOptions(device));
      continue;
    }
    at::Tensor leaf = flat_.narrow(0, offset, info.elements()).view(dims(info)).detach();
    if (trainable) leaf.requires_grad_(true);
    parameters_.push_back(leaf);
    by_name_[info.name] = leaf;
    offset += info.elements();
  }
}

at::Tensor Net::prior_code(const at::Tensor& latent, const at::Tensor& mix) const {
  if (after_prior() == 0) return latent;
  const std::int64_t n = latent.size(0), size = spec_.code();
  at::Tensor weights = mix.defined() ? mix : at::ones({n, 1}, latent.options());  // [N, G], once every switch is in
  for (std::int64_t i = size; i < latent.size(1); ++i) {
    const at::Tensor on = ((latent.narrow(1, i, 1) + 1) * 0.5).clamp(0, 1);
    weights = (weights.unsqueeze(2) * at::cat({1 - on, on}, 1).unsqueeze(1)).flatten(1);
  }
  const at::Tensor scale = unpack_triangles(at::matmul(weights, buffers_.at("prior.scale")), size);
  return at::matmul(weights, buffers_.at("prior.mean")) +
         at::bmm(scale, latent.narrow(1, 0, size).unsqueeze(2)).squeeze(2);
}

std::size_t Net::after_prior() const { return layers_.front().kind == LayerKind::kClassAffine ? 1 : 0; }

at::Tensor Net::layer_output(const Layer& layer, const at::Tensor& x, const at::Tensor& y,
                             const at::Tensor& mix) const {
  const auto tensor = [&](const char* suffix) -> const at::Tensor& { return by_name_.at(layer.name + suffix); };
  switch (layer.kind) {
    case LayerKind::kClassAffine:
      return prior_code(x, mix);
    case LayerKind::kClassConcat:
      return at::cat({flatten_nhwc(x), mix}, 1);
    case LayerKind::kDense: {
      const at::Tensor out = at::linear(flatten_nhwc(x), tensor(".weight"), tensor(".bias"));
      if (&layer == &layers_.back() && layer.out.height == 1 && layer.out.width == 1) return out;
      return out.view({x.size(0), layer.out.height, layer.out.width, layer.out.channels}).permute({0, 3, 1, 2});
    }
    case LayerKind::kConv3x3:
      return at::conv2d(x, filter(tensor(".weight")), tensor(".bias"), 1, 1);
    case LayerKind::kConv3x3Stride2:
      return at::conv2d(x, filter(tensor(".weight")), tensor(".bias"), 2, 1);
    case LayerKind::kUpsampleConv3x3:
      return at::conv_transpose2d(x, folded_filter(tensor(".weight")), tensor(".bias"), 2, 1);
    case LayerKind::kAdd:
      return x + y;
  }
  return x;
}

at::Tensor Net::forward(const at::Tensor& input, const at::Tensor& mix, Taps* taps, std::size_t first_layer) const {
  std::vector<at::Tensor> values(layers_.size() + 1);
  values[first_layer] = input.dim() == 4 ? input.contiguous(at::MemoryFormat::ChannelsLast) : input;
  if (taps) taps->assign(layers_.size(), {});
  for (std::size_t i = first_layer; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const at::Tensor second = layer.input2 >= 0 ? values[static_cast<std::size_t>(layer.input2)] : at::Tensor();
    const at::Tensor out = layer_output(layer, values[static_cast<std::size_t>(layer.input)], second, mix);
    values[i + 1] = activate(out, layer.activation);
    if (taps) (*taps)[i] = values[i + 1].dim() == 4 ? values[i + 1].permute({0, 2, 3, 1}) : values[i + 1];
  }
  return values.back();
}

at::Tensor Net::flatten(const std::vector<at::Tensor>& gradients) {
  std::vector<at::Tensor> flat;
  flat.reserve(gradients.size());
  for (const at::Tensor& gradient : gradients) flat.push_back(gradient.reshape({-1}));
  return at::cat(flat);
}

RoleWeights Net::to_weights() const {
  RoleWeights weights{.spec = spec_, .role = role_, .tensors = {}, .metadata = {}};
  for (const TensorInfo& info : table_) {
    const at::Tensor source = is_buffer(info.name) ? buffers_.at(info.name) : by_name_.at(info.name);
    const at::Tensor host = source.detach().to(at::kCPU, at::kFloat).contiguous();
    const float* data = host.const_data_ptr<float>();
    weights.tensors[info.name].assign(data, data + info.elements());
  }
  return weights;
}

Result<void> Net::load(const RoleWeights& weights) {
  if (weights.role != role_ || !(weights.spec == spec_))
    return fail("the file holds another model or role", "load a file made for the same spec");
  const at::NoGradGuard no_grad;
  for (const TensorInfo& info : table_) {
    const std::vector<float>& values = weights.tensors.at(info.name);
    at::Tensor target = is_buffer(info.name) ? buffers_.at(info.name) : by_name_.at(info.name);
    const auto options = at::TensorOptions(at::kFloat);
    target.copy_(at::from_blob(const_cast<float*>(values.data()), dims(info), options));
  }
  return {};
}

at::Tensor projection_logit(const at::Tensor& out, const at::Tensor& mix) {
  const at::Tensor base = out.select(1, 0);
  return mix.defined() ? base + (out.narrow(1, 1, out.size(1) - 1) * mix).sum(1) : base;
}

}  // namespace avae
