// Differentiable augmentation of what a discriminator sees (Zhao et al. 2020): a shift and a cutout.
#pragma once

#include <ATen/ATen.h>

namespace avae {

/// x [N, C, H, W]; random [N, 4] in [0, 1). Picture i is shifted by whole pixels, up to an eighth of its size each way
/// (random 0 and 1: down, right; zeros come in), then a window of half its height and width is set to 0 (random 2 and
/// 3: top, left; it may reach over the edges). Gradients flow to the pixels that stay.
at::Tensor augment(const at::Tensor& x, const at::Tensor& random);

}  // namespace avae
