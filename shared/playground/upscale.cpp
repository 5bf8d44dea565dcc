#include "shared/playground/upscale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace avae {

namespace {

/// The four source pixels around one target pixel, and their weights.
struct Tap {
  std::array<int, 4> index;
  std::array<float, 4> weight;
};

std::vector<Tap> taps(int size, int factor, bool smooth) {
  std::vector<Tap> out(static_cast<std::size_t>(size * factor));
  for (int i = 0; i < size * factor; ++i) {
    Tap& tap = out[static_cast<std::size_t>(i)];
    if (!smooth) {
      tap = {{i / factor, 0, 0, 0}, {1.0f, 0.0f, 0.0f, 0.0f}};
      continue;
    }
    const float centre = (static_cast<float>(i) + 0.5f) / static_cast<float>(factor) - 0.5f;
    const float floor = std::floor(centre);
    const float t = centre - floor;
    const int first = static_cast<int>(floor) - 1;
    for (int k = 0; k < 4; ++k) tap.index[static_cast<std::size_t>(k)] = std::clamp(first + k, 0, size - 1);
    tap.weight = {t * (-0.5f + t * (1.0f - 0.5f * t)), 1.0f + t * t * (-2.5f + 1.5f * t),
                  t * (0.5f + t * (2.0f - 1.5f * t)), t * t * (-0.5f + 0.5f * t)};
  }
  return out;
}

}  // namespace

std::vector<std::uint8_t> upscale(std::span<const std::uint8_t> pixels, int height, int width, int channels, int factor,
                                  bool smooth, int border) {
  const int wide = width * factor;
  const int high = height * factor;
  const std::vector<Tap> across = taps(width, factor, smooth);
  const std::vector<Tap> down = taps(height, factor, smooth);

  std::vector<float> rows(static_cast<std::size_t>(height * wide * channels));  // [height, wide, channels]
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < wide; ++x) {
      const Tap& tap = across[static_cast<std::size_t>(x)];
      for (int c = 0; c < channels; ++c) {
        float sum = 0.0f;
        for (std::size_t k = 0; k < 4; ++k) {
          sum += tap.weight[k] * pixels[static_cast<std::size_t>((y * width + tap.index[k]) * channels + c)];
        }
        rows[static_cast<std::size_t>((y * wide + x) * channels + c)] = sum;
      }
    }
  }

  const int stride = wide + 2 * border;
  const std::size_t length = static_cast<std::size_t>(wide * channels);
  std::vector<std::uint8_t> rgba(static_cast<std::size_t>(stride * (high + 2 * border) * 4));
  std::vector<std::uint8_t> line(length);
  for (int y = 0; y < high; ++y) {
    const Tap& tap = down[static_cast<std::size_t>(y)];
    const std::array<const float*, 4> from = {
        &rows[static_cast<std::size_t>(tap.index[0]) * length], &rows[static_cast<std::size_t>(tap.index[1]) * length],
        &rows[static_cast<std::size_t>(tap.index[2]) * length], &rows[static_cast<std::size_t>(tap.index[3]) * length]};
    for (std::size_t i = 0; i < length; ++i) {
      const float sum = tap.weight[0] * from[0][i] + tap.weight[1] * from[1][i] + tap.weight[2] * from[2][i] +
                        tap.weight[3] * from[3][i];
      line[i] = static_cast<std::uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f));
    }
    std::uint8_t* out = &rgba[static_cast<std::size_t>((y + border) * stride * 4)];
    for (int x = -border; x < wide + border; ++x, out += 4) {
      const std::uint8_t* value = &line[static_cast<std::size_t>(std::clamp(x, 0, wide - 1) * channels)];
      out[0] = value[0];
      out[1] = value[std::min(1, channels - 1)];
      out[2] = value[std::min(2, channels - 1)];
      out[3] = 255;
    }
  }
  const auto row = [&](int y) { return rgba.begin() + static_cast<std::ptrdiff_t>(y) * stride * 4; };
  for (int y = 0; y < border; ++y) {
    std::copy_n(row(border), stride * 4, row(y));
    std::copy_n(row(border + high - 1), stride * 4, row(border + high + y));
  }
  return rgba;
}

}  // namespace avae
