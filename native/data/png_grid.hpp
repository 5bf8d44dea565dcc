// Pictures laid out in rows, as one PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "native/data/image.hpp"
#include "shared/model/result.hpp"

namespace avae {

struct GridLayout {
  int columns = 0;  ///< 0: the nearest to a square
  int scale = 1;    ///< every pixel becomes scale x scale, 1..64
  int gap = 2;      ///< pixels between pictures, 0..64
};

/// The most values of one PNG: beyond it hardly any program opens it, and the encoder counts in int.
inline constexpr std::int64_t kMaxPngValues = std::int64_t{1} << 28;

/// The bytes of a PNG file. Errors: out of memory, beyond kMaxPngValues.
Result<std::vector<std::uint8_t>> encode_png(const Image& image);

/// Whether a grid of so many pictures is within kMaxPngValues, for those who have long work before it.
Result<void> check_grid(std::int64_t count, int height, int width, int channels, const GridLayout& layout);

/// pixels [N, H, W, C] in rows from the top left on a dark ground (#0F1115, or its grey).
Image make_grid(std::span<const std::uint8_t> pixels, int height, int width, int channels, const GridLayout& layout);

/// check_grid, make_grid, encode_png, write_file_atomically. Errors: as those, and a layout out of range.
Result<void> write_grid_png(const std::filesystem::path& path, std::span<const std::uint8_t> pixels, int height,
                            int width, int channels, const GridLayout& layout = {});

}  // namespace avae
