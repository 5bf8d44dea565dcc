#include "shared/infer/operators.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "shared/infer/elementwise.hpp"
#include "shared/infer/winograd.hpp"
#include "shared/infer/xnn.hpp"

namespace avae {

namespace {

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

// A layer as one XNNPACK operator. ReLU and clamp are fused into its output range, the other activations are applied to
// the output afterwards.
class WholeOperator final : public Operator {
 public:
  static Result<std::unique_ptr<Operator>> create(const Layer& layer, std::span<const float> weight,
                                                  std::span<const float> bias);
  Result<void> reshape(std::size_t batch) override;
  Result<void> run(const float* input, float* output) override;

 private:
  enum class Kind { kDense, kConvolution, kDeconvolution };

  Kind kind_ = Kind::kDense;
  Layer layer_{};
  XnnOperator op_;
  Buffer workspace_;
  std::size_t batch_ = 0;
};

Result<std::unique_ptr<Operator>> WholeOperator::create(const Layer& layer, std::span<const float> weight,
                                                        std::span<const float> bias) {
  const int inputs = layer.in.channels;
  const int outputs = layer.out.channels;
  // A convolution with few outputs runs as the transposed convolution with the turned kernel, the same function:
  // XNNPACK picks its two-output kernel there, and pads to eight outputs in the plain one.
  const bool few_outputs = layer.kind == LayerKind::kConv3x3 && outputs < 4;
  auto result = std::make_unique<WholeOperator>();
  result->layer_ = layer;
  std::vector<float> rewritten;
  std::span<const float> kernel = weight;
  if (few_outputs) {
    kernel = rewritten = turned(weight, outputs, inputs);
  }
  auto packed_kernel = padded(kernel);
  if (!packed_kernel) return tl::unexpected(packed_kernel.error());
  auto packed_bias = padded(bias);
  if (!packed_bias) return tl::unexpected(packed_bias.error());

  const float* w = packed_kernel->data();
  const float* b = packed_bias->data();
  const OutputRange range = output_range(layer.activation);
  xnn_operator_t op = nullptr;
  xnn_status status = xnn_status_invalid_parameter;
  if (layer.kind == LayerKind::kDense) {
    result->kind_ = Kind::kDense;
    status = xnn_create_fully_connected_nc_f32(layer.in.size(), layer.out.size(), layer.in.size(), layer.out.size(), w,
                                               b, range.min, range.max, 0, nullptr, nullptr, &op);
  } else if (few_outputs) {
    result->kind_ = Kind::kDeconvolution;
    status = xnn_create_deconvolution2d_nhwc_f32(1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 1, inputs, outputs, inputs, outputs, w,
                                                 b, range.min, range.max, 0, nullptr, nullptr, &op);
  } else {
    result->kind_ = Kind::kConvolution;
    const std::uint32_t stride = layer.kind == LayerKind::kConv3x3Stride2 ? 2 : 1;
    status = xnn_create_convolution2d_nhwc_f32(1, 1, 1, 1, 3, 3, stride, stride, 1, 1, 1, inputs, outputs, inputs,
                                               outputs, w, b, range.min, range.max, 0, nullptr, nullptr, &op);
  }
  result->op_.reset(op);
  if (auto created = check_xnn(status, layer); !created) return tl::unexpected(created.error());
  return std::unique_ptr<Operator>(std::move(result));
}

Result<void> WholeOperator::reshape(std::size_t batch) {
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
  auto reshaped = check_xnn(status, layer_);
  if (reshaped) batch_ = batch;
  return reshaped;
}

Result<void> WholeOperator::run(const float* input, float* output) {
  xnn_status status = xnn_status_success;
  if (kind_ == Kind::kDense) {
    status = xnn_setup_fully_connected_nc_f32(op_.get(), input, output);
  } else if (kind_ == Kind::kDeconvolution) {
    status = xnn_setup_deconvolution2d_nhwc_f32(op_.get(), input, output);
  } else {
    status = xnn_setup_convolution2d_nhwc_f32(op_.get(), workspace_.data(), input, output);
  }
  if (status == xnn_status_success) status = xnn_run_operator(op_.get(), nullptr);
  if (auto ran = check_xnn(status, layer_); !ran) return ran;
  if (!in_output_range(layer_.activation)) activate(layer_.activation, {output, batch_ * layer_.out.size()});
  return {};
}

}  // namespace

bool has_weights(LayerKind kind) {
  return kind == LayerKind::kDense || kind == LayerKind::kConv3x3 || kind == LayerKind::kConv3x3Stride2 ||
         kind == LayerKind::kUpsampleConv3x3;
}

Result<std::unique_ptr<Operator>> create_operator(const Layer& layer, std::span<const float> weight,
                                                  std::span<const float> bias) {
  if (auto started = start_xnnpack(); !started) return tl::unexpected(started.error());
  if (layer.kind == LayerKind::kUpsampleConv3x3 && !winograd_fits(layer)) {
    return fail("layer " + layer.name + " has channels that are no multiple of 4", "use the widths of a valid spec");
  }
  return winograd_fits(layer) ? create_winograd(layer, weight, bias) : WholeOperator::create(layer, weight, bias);
}

}  // namespace avae
