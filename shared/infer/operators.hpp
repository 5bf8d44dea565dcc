// The layers that are sums of products: weights packed once, then any batch.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "shared/infer/buffers.hpp"
#include "shared/model/layers.hpp"
#include "shared/model/result.hpp"

namespace avae {

/// True for kDense, kConv3x3, kConv3x3Stride2 and kUpsampleConv3x3.
bool has_weights(LayerKind kind);

/// One dense layer or convolution with its activation. Single-threaded. Every output sums its products in one order,
/// whatever the batch.
class Operator {
 public:
  virtual ~Operator() = default;

  /// Prepares for `batch` samples. The packed weights stay. Error: out of memory.
  virtual Result<void> reshape(std::size_t batch) = 0;

  /// input [batch, in] with room to read past its end (see Buffer) -> output [batch, out]; they do not overlap.
  virtual Result<void> run(const float* input, float* output) = 0;
};

/// The quickest operator for `layer`. weight and bias as listed at LayerKind; copied. Errors: XNNPACK cannot start, out
/// of memory, an upsampling layer whose channels are no multiples of four.
Result<std::unique_ptr<Operator>> create_operator(const Layer& layer, std::span<const float> weight,
                                                  std::span<const float> bias);

}  // namespace avae
