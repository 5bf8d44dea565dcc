#include "shared/infer/operators.hpp"

#include <xnnpack.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "shared/infer/elementwise.hpp"
#include "shared/infer/upsample.hpp"

namespace avae {

namespace {

Result<void> check(xnn_status status, const Layer& layer) {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory) {
    return fail("out of memory in layer " + layer.name, "use a smaller batch or model");
  }
  return fail("XNNPACK refused layer " + layer.name + " (status " + std::to_string(static_cast<int>(status)) + ")",
              "report this with the model file");
}

Result<void> start_xnnpack() {
  static const xnn_status status = xnn_initialize(nullptr);
  if (status == xnn_status_success) return {};
  return fail("XNNPACK does not support this processor", "use a machine with SIMD instructions");
}

// XNNPACK may read past the end of weights while packing, as it does with inputs.
Result<Buffer> padded(std::span<const float> values) {
  Buffer buffer;
  if (!buffer.reserve(values.size())) return fail("out of memory while packing weights", "use a smaller model");
  std::copy(values.begin(), values.end(), buffer.data());
  return buffer;
}

// [O, 3, 3, I] turned by 180 degrees.
std::vector<float> turned(std::span<const float> weight, int outputs, int inputs) {
  std::vector<float> kernel(weight.size());
  for (std::size_t o = 0; o < static_cast<std::size_t>(outputs); ++o) {
    for (std::size_t tap = 0; tap < 9; ++tap) {
      std::copy_n(weight.begin() + (o * 9 + tap) * inputs, inputs, kernel.begin() + (o * 9 + 8 - tap) * inputs);
    }
  }
  return kernel;
}

struct Range {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
};

Range fused_range(Activation activation) {
  if (activation == Activation::kRelu) return {.min = 0.0f};
  if (activation == Activation::kClamp01) return {.min = 0.0f, .max = 1.0f};
  return {};
}

bool is_fused(Activation activation) {
  return activation == Activation::kNone || activation == Activation::kRelu || activation == Activation::kClamp01;
}

}  // namespace

bool runs_on_xnnpack(LayerKind kind) {
  return kind == LayerKind::kDense || kind == LayerKind::kConv3x3 || kind == LayerKind::kConv3x3Stride2 ||
         kind == LayerKind::kUpsampleConv3x3;
}

void LinearOperator::Delete::operator()(xnn_operator* op) const { xnn_delete_operator(op); }

Result<LinearOperator> LinearOperator::create(const Layer& layer, std::span<const float> weight,
                                              std::span<const float> bias) {
  if (auto started = start_xnnpack(); !started) return tl::unexpected(started.error());

  const int inputs = layer.in.channels;
  const int outputs = layer.out.channels;
  // A convolution with few outputs runs as the transposed convolution with the turned kernel, the same function:
  // XNNPACK picks its two-output kernel there, and pads to eight outputs in the plain one.
  const bool few_outputs = layer.kind == LayerKind::kConv3x3 && outputs < 4;
  LinearOperator result;
  result.layer_ = layer;
  std::vector<float> rewritten;
  std::span<const float> kernel = weight;
  if (few_outputs) {
    kernel = rewritten = turned(weight, outputs, inputs);
  } else if (layer.kind == LayerKind::kUpsampleConv3x3) {
    kernel = rewritten = upsample_kernel(weight, outputs, inputs);
  }
  auto packed_kernel = padded(kernel);
  if (!packed_kernel) return tl::unexpected(packed_kernel.error());
  auto packed_bias = padded(bias);
  if (!packed_bias) return tl::unexpected(packed_bias.error());

  const float* w = packed_kernel->data();
  const float* b = packed_bias->data();
  const Range range = fused_range(layer.activation);
  xnn_operator_t op = nullptr;
  xnn_status status = xnn_status_invalid_parameter;
  if (layer.kind == LayerKind::kDense) {
    result.kind_ = Kind::kDense;
    status = xnn_create_fully_connected_nc_f32(layer.in.size(), layer.out.size(), layer.in.size(), layer.out.size(), w,
                                               b, range.min, range.max, 0, nullptr, nullptr, &op);
  } else if (few_outputs || layer.kind == LayerKind::kUpsampleConv3x3) {
    result.kind_ = Kind::kDeconvolution;
    const std::uint32_t size = few_outputs ? 3 : 4;
    const std::uint32_t stride = few_outputs ? 1 : 2;
    status = xnn_create_deconvolution2d_nhwc_f32(1, 1, 1, 1, size, size, stride, stride, 1, 1, 1, inputs, outputs,
                                                 inputs, outputs, w, b, range.min, range.max, 0, nullptr, nullptr, &op);
  } else {
    result.kind_ = Kind::kConvolution;
    const std::uint32_t stride = layer.kind == LayerKind::kConv3x3Stride2 ? 2 : 1;
    status = xnn_create_convolution2d_nhwc_f32(1, 1, 1, 1, 3, 3, stride, stride, 1, 1, 1, inputs, outputs, inputs,
                                               outputs, w, b, range.min, range.max, 0, nullptr, nullptr, &op);
  }
  result.op_.reset(op);
  if (auto created = check(status, layer); !created) return tl::unexpected(created.error());
  return result;
}

Result<void> LinearOperator::reshape(std::size_t batch) {
  if (batch == batch_) return {};
  batch_ = 0;
  const std::size_t height = layer_.in.height;
  const std::size_t width = layer_.in.width;
  xnn_status status = xnn_status_success;
  if (kind_ == Kind::kDense) {
    status = xnn_reshape_fully_connected_nc_f32(op_.get(), batch, nullptr);
  } else if (kind_ == Kind::kDeconvolution) {
    status = xnn_reshape_deconvolution2d_nhwc_f32(op_.get(), batch, height, width, 0, 0, nullptr, nullptr, nullptr);
  } else {
    std::size_t workspace_bytes = 0;
    std::size_t workspace_alignment = 0;
    status = xnn_reshape_convolution2d_nhwc_f32(op_.get(), batch, height, width, &workspace_bytes, &workspace_alignment,
                                                nullptr, nullptr, nullptr);
    if (status == xnn_status_success && !workspace_.reserve((workspace_bytes + sizeof(float) - 1) / sizeof(float))) {
      status = xnn_status_out_of_memory;
    }
  }
  auto reshaped = check(status, layer_);
  if (reshaped) batch_ = batch;
  return reshaped;
}

Result<void> LinearOperator::run(const float* input, float* output) {
  xnn_status status = xnn_status_success;
  if (kind_ == Kind::kDense) {
    status = xnn_setup_fully_connected_nc_f32(op_.get(), input, output);
  } else if (kind_ == Kind::kDeconvolution) {
    status = xnn_setup_deconvolution2d_nhwc_f32(op_.get(), input, output);
  } else {
    status = xnn_setup_convolution2d_nhwc_f32(op_.get(), workspace_.data(), input, output);
  }
  if (status == xnn_status_success) status = xnn_run_operator(op_.get(), nullptr);
  if (auto ran = check(status, layer_); !ran) return ran;
  if (!is_fused(layer_.activation)) activate(layer_.activation, {output, batch_ * layer_.out.size()});
  return {};
}

}  // namespace avae
