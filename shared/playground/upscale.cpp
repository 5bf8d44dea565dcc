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
  std::vector<std::uint8_t> rgba(static_cast<std::size_t>(stride * (high + 2 * border) * 4));
  for (int y = -border; y < high + border; ++y) {
    const Tap& tap = down[static_cast<std::size_t>(std::clamp(y, 0, high - 1))];
    for (int x = -border; x < wide + border; ++x) {
      const int column = std::clamp(x, 0, wide - 1);
      std::uint8_t* out = &rgba[static_cast<std::size_t>(((y + border) * stride + x + border) * 4)];
      for (int c = 0; c < 3; ++c) {
        const int from = std::min(c, channels - 1);
        float sum = 0.0f;
        for (std::size_t k = 0; k < 4; ++k) {
          sum += tap.weight[k] * rows[static_cast<std::size_t>((tap.index[k] * wide + column) * channels + from)];
        }
        out[c] = static_cast<std::uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f));
      }
      out[3] = 255;
    }
  }
  return rgba;
}

}  // namespace avae
