// What pixels alone tell: sharpness, distance between paired pictures, and the spoilt copies that frame a table.
#pragma once

#include <cstdint>
#include <span>

#include <ATen/ATen.h>

namespace avae {

// Pictures are uint8 [N, H, W, C], N >= 1, H and W >= 3; values are divided by 255 first. Figures are computed in
// double on the pictures' device, spoilt copies on the CPU.

/// A view of the bytes, which must outlive it.
at::Tensor pictures_view(std::span<const std::uint8_t> pixels, int height, int width, int channels);

/// Mean over pictures of the variance of the 4-neighbour Laplacian over interior pixels (Pech-Pacheco et al. 2000), per
/// channel, then averaged. 0 for flat pictures; meant to be divided by a test set's.
double sharpness(const at::Tensor& pictures);

/// Mean squared difference of two sets of the same shape.
double mse(const at::Tensor& a, const at::Tensor& b);

/// Mean structural similarity of paired pictures, 1 for equal ones (Wang et al. 2004): Gaussian window with σ 1.5,
/// K1 .01, K2 .03, data range 1, windows inside the picture only, channels averaged. The window is 11 x 11, or the
/// largest odd size that fits a smaller picture.
double ssim(const at::Tensor& a, const at::Tensor& b);

/// A copy with 5 % noise: x + .05 N(0, 1), clamped and rounded to uint8. The same every time.
at::Tensor noisy(const at::Tensor& pictures);
/// A copy blurred by a Gaussian with σ 1 px, edges continued.
at::Tensor blurred(const at::Tensor& pictures);

}  // namespace avae
