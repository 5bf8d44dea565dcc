// 3x3 convolutions with fewer products: Winograd's minimal filtering. A tile of the input and the kernel are
// transformed by additions, their products are matrix products over channels (XNNPACK), and additions make a tile of
// the output. Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015.
//
//   kConv3x3          4x4 outputs from 36 products per pair of channels instead of 144: F(4x4, 3x3)
//   kUpsampleConv3x3  2x2 outputs, those of one input pixel, from 9 instead of 36: of the transformed rows
//                     (a - b, 2b, 0, b - c) of F(2x2, 3x3) on a, b, b, c one is zero, and two share their input
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "shared/infer/operators.hpp"

namespace avae {

/// Input and output channels in multiples of four, and for kConv3x3 also: fewer products than the direct convolution
/// has and a kernel of moderate size.
bool winograd_fits(const Layer& layer);

/// Multiply-adds of the matrix products for one sample; tiles reach past odd sizes, and count whole.
std::int64_t winograd_multiply_adds(const Layer& layer);

/// `layer` must fit; weight and bias as listed at LayerKind, copied; XNNPACK must have started. Error: out of memory.
/// Threads as for every Operator.
Result<std::unique_ptr<Operator>> create_winograd(const Layer& layer, std::span<const float> weight,
                                                  std::span<const float> bias);

}  // namespace avae
