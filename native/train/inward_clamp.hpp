// The decoder's output clamp, with a gradient that lets overshot pixels come back.
#pragma once

#include <ATen/ATen.h>

namespace avae {

/// clamp(x, 0, 1). Its gradient passes wherever a descent step would move the value inward: a plain clamp has none
/// outside the range, so a pixel that overshot could never return.
at::Tensor inward_clamp(const at::Tensor& x);

}  // namespace avae
