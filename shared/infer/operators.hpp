// The layers that XNNPACK computes: weights packed once, then any batch.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "shared/infer/buffers.hpp"
#include "shared/model/layers.hpp"
#include "shared/model/result.hpp"

struct xnn_operator;

namespace avae {

/// True for kDense, kConv3x3, kConv3x3Stride2 and kUpsampleConv3x3.
bool runs_on_xnnpack(LayerKind kind);

/// One dense layer or convolution with its activation. ReLU and clamp are fused into XNNPACK's output range, the others
/// are applied to the output afterwards. Single-threaded.
class LinearOperator {
 public:
  /// weight and bias as listed at LayerKind; copied. Errors: XNNPACK cannot start, out of memory.
  static Result<LinearOperator> create(const Layer& layer, std::span<const float> weight, std::span<const float> bias);

  /// Prepares for `batch` samples. The packed weights stay. Error: out of memory.
  Result<void> reshape(std::size_t batch);

  /// input [batch, in] with room to read past its end (see Buffer) -> output [batch, out]; they do not overlap.
  Result<void> run(const float* input, float* output);

 private:
  enum class Kind { kDense, kConvolution, kDeconvolution };
  struct Delete {
    void operator()(xnn_operator* op) const;
  };

  Kind kind_ = Kind::kDense;
  Layer layer_{};
  std::unique_ptr<xnn_operator, Delete> op_;
  Buffer workspace_;
  std::size_t batch_ = 0;
};

}  // namespace avae
