// Sharpness, SSIM and the spoilt copies against values worked out by hand and plain loops.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/train/catch.hpp"

#include <ATen/CPUGeneratorImpl.h>

#include "native/eval/pictures.hpp"

namespace avae::test {
namespace {

using at::Tensor;
using Catch::Approx;

Tensor random_pictures(std::vector<std::int64_t> shape, std::uint64_t seed) {
  return at::empty(shape).uniform_(0, 256, at::detail::createCPUGenerator(seed)).to(at::kByte);
}

/// One grey picture [H, W], by the formulas of Wang et al. 2004.
double naive_ssim(const Tensor& x, const Tensor& y, int size) {
  const auto value = [](const Tensor& t, std::int64_t i, std::int64_t j) { return t[i][j].item<double>() / 255; };
  double total = 0;
  int windows = 0;
  for (std::int64_t top = 0; top + size <= x.size(0); ++top) {
    for (std::int64_t left = 0; left + size <= x.size(1); ++left) {
      double weights = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
      for (int i = 0; i < size; ++i) {
        for (int j = 0; j < size; ++j) {
          const double di = i - (size - 1) / 2.0, dj = j - (size - 1) / 2.0;
          const double w = std::exp(-(di * di + dj * dj) / (2 * 1.5 * 1.5));
          const double a = value(x, top + i, left + j), b = value(y, top + i, left + j);
          weights += w, mx += w * a, my += w * b, xx += w * a * a, yy += w * b * b, xy += w * a * b;
        }
      }
      mx /= weights, my /= weights, xx = xx / weights - mx * mx, yy = yy / weights - my * my,
                                    xy = xy / weights - mx * my;
      total += (2 * mx * my + 1e-4) * (2 * xy + 9e-4) / ((mx * mx + my * my + 1e-4) * (xx + yy + 9e-4));
      ++windows;
    }
  }
  return total / windows;
}

}  // namespace

TEST_CASE("sharpness: 0 for a flat picture, and the value worked out by hand for a dot") {
  CHECK(sharpness(torch::full({2, 8, 9, 3}, 200, torch::kByte)) == Approx(0).margin(1e-12));
  // A white pixel in the middle of 5 x 5: the 9 interior Laplacians are -4, four 1s and four 0s, with mean 0.
  Tensor dot = torch::zeros({1, 5, 5, 1}, torch::kByte);
  dot[0][2][2][0] = 255;
  CHECK(sharpness(dot) == Approx((16 + 4) / 9.0));
  // Pictures and channels are averaged: half the pictures are flat, and one channel of three has the dot.
  const Tensor flat = torch::zeros({1, 5, 5, 3}, torch::kByte);
  const Tensor red = at::cat({dot, flat.narrow(3, 0, 2)}, 3);
  CHECK(sharpness(at::cat({red, flat})) == Approx(20.0 / 9 / 3 / 2));
}

TEST_CASE("mse: mean over all values, in units of the full range") {
  const Tensor a = torch::zeros({2, 4, 4, 1}, torch::kByte);
  Tensor b = a.clone();
  b[0].fill_(51);
  CHECK(mse(a, b) == Approx(0.04 / 2));
  CHECK(mse(b, b) == 0);
}

TEST_CASE("ssim: 1 for equal pictures, else what the formulas give") {
  const Tensor x = random_pictures({3, 14, 12, 1}, 1), y = random_pictures({3, 14, 12, 1}, 2);
  CHECK(ssim(x, x) == Approx(1));
  double expected = 0;
  for (int i = 0; i < 3; ++i) expected += naive_ssim(x[i].squeeze(2), y[i].squeeze(2), 11) / 3;
  CHECK(ssim(x, y) == Approx(expected).epsilon(1e-9));
  const Tensor small_x = random_pictures({1, 8, 9, 1}, 3), small_y = random_pictures({1, 8, 9, 1}, 4);
  CHECK(ssim(small_x, small_y) == Approx(naive_ssim(small_x[0].squeeze(2), small_y[0].squeeze(2), 7)).epsilon(1e-9));
  // Three equal channels are one.
  CHECK(ssim(x.repeat({1, 1, 1, 3}), y.repeat({1, 1, 1, 3})) == Approx(expected).epsilon(1e-9));
}

TEST_CASE("pictures: blocks of 256 do not change a result") {
  const Tensor many = random_pictures({300, 8, 8, 3}, 5), other = random_pictures({300, 8, 8, 3}, 6);
  double sharp = 0, error = 0, similar = 0;
  for (int i = 0; i < 300; ++i) {
    const Tensor a = many.narrow(0, i, 1), b = other.narrow(0, i, 1);
    sharp += sharpness(a) / 300, error += mse(a, b) / 300, similar += ssim(a, b) / 300;
  }
  CHECK(sharpness(many) == Approx(sharp));
  CHECK(mse(many, other) == Approx(error));
  CHECK(ssim(many, other) == Approx(similar));
}

TEST_CASE("noisy: 5 % of the range, clamped, the same every time") {
  const Tensor grey = torch::full({300, 8, 8, 3}, 128, torch::kByte);
  const Tensor noise = (noisy(grey).to(at::kDouble) - 128) / 255;
  CHECK(noise.mean().item<double>() == Approx(0).margin(0.002));
  CHECK(noise.std().item<double>() == Approx(0.05).epsilon(0.02));
  CHECK(at::equal(noisy(grey), noisy(grey)));
  CHECK(noisy(torch::full({1, 8, 8, 1}, 255, torch::kByte)).min().item<int>() > 200);
}

TEST_CASE("blurred: a flat picture stays, a dot becomes a Gaussian of σ 1") {
  const Tensor flat = torch::full({2, 9, 9, 3}, 77, torch::kByte);
  CHECK(at::equal(blurred(flat), flat));
  Tensor dot = torch::zeros({1, 9, 9, 2}, torch::kByte);
  dot[0][4][4][1] = 255;
  const Tensor soft = blurred(dot);
  CHECK(soft.select(3, 0).max().item<int>() == 0);
  // 255 / (2π) at the centre, times exp(-1/2) beside it.
  CHECK(soft[0][4][4][1].item<int>() == Approx(40.6).margin(1));
  CHECK(soft[0][4][5][1].item<int>() == Approx(24.6).margin(1));
  CHECK(soft[0][5][4][1].item<int>() == soft[0][4][5][1].item<int>());
}

TEST_CASE("pictures: a view has the shape of the bytes") {
  const std::vector<std::uint8_t> bytes(2 * 3 * 4 * 3, 9);
  CHECK(pictures_view(bytes, 3, 4, 3).sizes() == at::IntArrayRef({2, 3, 4, 3}));
}

}  // namespace avae::test
