// The layers that are plain loops. Every sum has one fixed order, so the bits depend on neither batch nor machine
// (where the compiler may not fuse multiply and add, as in WebAssembly).
#pragma once

#include <limits>
#include <span>

#include "shared/model/layers.hpp"

namespace avae {

/// Applies an activation in place. kNone leaves the values as they are.
void activate(Activation activation, std::span<float> values);

/// What an activation does as a range that XNNPACK and the convolutions here clamp their outputs to; the whole line for
/// the activations that are no clamping.
struct OutputRange {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
};
OutputRange output_range(Activation activation);

/// True when output_range() is all there is to do: kNone, kRelu and kClamp01.
bool in_output_range(Activation activation);

/// out = activation(a + b), element by element; equal sizes. `out` may be `a` or `b`.
void add(Activation activation, std::span<const float> a, std::span<const float> b, std::span<float> out);

/// features [N, F], mix [N, K] -> out [N, F + K].
void class_concat(std::span<const float> features, std::span<const float> mix, int feature_count, int classes,
                  std::span<float> out);

}  // namespace avae
