// Nearest-neighbour 2x followed by a 3x3 convolution, rewritten as one transposed convolution.
#pragma once

#include <span>
#include <vector>

namespace avae {

/// weight [O, 3, 3, I] of kUpsampleConv3x3 -> kernel [O, 4, 4, I] of a transposed convolution with stride 2 and padding
/// 1 that computes the same function with 4 instead of 9 products per output and input channel. Along one axis, with
/// up[j] = in[j / 2]:
///   out[2m]     = w0 in[m-1] + (w1 + w2) in[m]
///   out[2m + 1] = (w0 + w1) in[m] + w2 in[m+1]
/// and a transposed convolution reads out[y] = sum over k of d[k] in[(y + 1 - k) / 2], so d = (w2, w1 + w2, w0 + w1,
/// w0). The zeros beyond the border agree too. Taps are summed in double and rounded once.
std::vector<float> upsample_kernel(std::span<const float> weight, int outputs, int inputs);

}  // namespace avae
