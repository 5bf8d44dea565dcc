#include "native/eval/pictures.hpp"

#include <algorithm>
#include <functional>

#include <ATen/CPUGeneratorImpl.h>

namespace avae {
namespace {

/// Pictures worked off at a time, of 28 x 28; of larger ones fewer.
constexpr std::int64_t kBlock = 256, kBlockPixels = kBlock * 28 * 28;
constexpr double kNoise = 0.05;
constexpr std::uint64_t kNoiseSeed = 5;

using Use = std::function<void(std::int64_t first, std::int64_t count)>;
/// Blocks of pictures [N, H, W, C].
void for_each_block(const at::Tensor& pictures, const Use& use) {
  const std::int64_t n = pictures.size(0);
  const auto block = std::clamp<std::int64_t>(kBlockPixels / (pictures.numel() / n), 1, kBlock);
  for (std::int64_t first = 0; first < n; first += block) use(first, std::min(block, n - first));
}

/// Some pictures as one plane per channel [N C, 1, H, W] in [0, 1].
at::Tensor planes(const at::Tensor& pictures, std::int64_t first, std::int64_t count) {
  return pictures.narrow(0, first, count).permute({0, 3, 1, 2}).flatten(0, 1).unsqueeze(1).to(at::kDouble) / 255;
}

/// The other way round, to uint8 [N, H, W, C].
at::Tensor to_pictures(const at::Tensor& planes, std::int64_t channels) {
  const at::Tensor nchw = planes.view({-1, channels, planes.size(2), planes.size(3)});
  return nchw.mul(255).add(0.5).clamp(0, 255).to(at::kByte).permute({0, 2, 3, 1});
}

/// Weights [size] of a sampled Gaussian that sum to 1.
at::Tensor gaussian(std::int64_t size, double sigma) {
  const at::Tensor x = at::arange(size, at::kDouble) - static_cast<double>(size - 1) / 2;
  const at::Tensor weights = (x.square() / (-2 * sigma * sigma)).exp();
  return weights / weights.sum();
}

/// Convolves planes [M, 1, H, W] with a window's outer product, where it fits into the picture.
at::Tensor filter(const at::Tensor& planes, const at::Tensor& window) {
  return at::conv2d(at::conv2d(planes, window.view({1, 1, -1, 1})), window.view({1, 1, 1, -1}));
}

/// Mean similarity of each pair of planes [M].
at::Tensor plane_ssim(const at::Tensor& x, const at::Tensor& y) {
  constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
  const std::int64_t side = std::min(x.size(2), x.size(3));
  const at::Tensor window = gaussian(std::min<std::int64_t>(11, side - (side + 1) % 2), 1.5).to(x.device());
  const at::Tensor mean_x = filter(x, window), mean_y = filter(y, window);
  const at::Tensor variance_x = filter(x * x, window) - mean_x.square();
  const at::Tensor variance_y = filter(y * y, window) - mean_y.square();
  const at::Tensor covariance = filter(x * y, window) - mean_x * mean_y;
  const at::Tensor similarity = (2 * mean_x * mean_y + kC1) * (2 * covariance + kC2) /
                                ((mean_x.square() + mean_y.square() + kC1) * (variance_x + variance_y + kC2));
  return similarity.mean({1, 2, 3});
}

}  // namespace

at::Tensor pictures_view(std::span<const std::uint8_t> pixels, int height, int width, int channels) {
  const std::int64_t n = static_cast<std::int64_t>(pixels.size()) / (std::int64_t{height} * width * channels);
  return at::from_blob(const_cast<std::uint8_t*>(pixels.data()), {n, height, width, channels}, at::kByte);
}

double sharpness(const at::Tensor& pictures) {
  const at::Tensor kernel =
      at::tensor({0.0, 1.0, 0.0, 1.0, -4.0, 1.0, 0.0, 1.0, 0.0}, at::kDouble).view({1, 1, 3, 3}).to(pictures.device());
  double sum = 0;
  for_each_block(pictures, [&](std::int64_t first, std::int64_t count) {
    const at::Tensor laplacian = at::conv2d(planes(pictures, first, count), kernel);
    sum += laplacian.flatten(1).var(1, false).sum().item<double>();
  });
  return sum / static_cast<double>(pictures.size(0) * pictures.size(3));
}

double mse(const at::Tensor& a, const at::Tensor& b) {
  double sum = 0;
  for_each_block(a, [&](std::int64_t first, std::int64_t count) {
    sum += (planes(a, first, count) - planes(b, first, count)).square().sum().item<double>();
  });
  return sum / static_cast<double>(a.numel());
}

double ssim(const at::Tensor& a, const at::Tensor& b) {
  double sum = 0;
  for_each_block(a, [&](std::int64_t first, std::int64_t count) {
    sum += plane_ssim(planes(a, first, count), planes(b, first, count)).sum().item<double>();
  });
  return sum / static_cast<double>(a.size(0) * a.size(3));
}

at::Tensor noisy(const at::Tensor& pictures) {
  at::Tensor result = at::empty(pictures.sizes(), at::kByte);
  auto generator = at::detail::createCPUGenerator(kNoiseSeed);
  for_each_block(pictures, [&](std::int64_t first, std::int64_t count) {
    const at::Tensor clean = planes(pictures, first, count);
    const at::Tensor noise = at::empty_like(clean).normal_(0, kNoise, generator);
    result.narrow(0, first, count).copy_(to_pictures(clean + noise, pictures.size(3)));
  });
  return result;
}

at::Tensor blurred(const at::Tensor& pictures) {
  constexpr std::int64_t kReach = 3;  // pixels to each side
  const at::Tensor window = gaussian(2 * kReach + 1, 1.0);
  at::Tensor result = at::empty(pictures.sizes(), at::kByte);
  for_each_block(pictures, [&](std::int64_t first, std::int64_t count) {
    const at::Tensor padded = at::replication_pad2d(planes(pictures, first, count), {kReach, kReach, kReach, kReach});
    result.narrow(0, first, count).copy_(to_pictures(filter(padded, window), pictures.size(3)));
  });
  return result;
}

}  // namespace avae
