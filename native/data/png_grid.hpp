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

/// The bytes of a PNG file. Error: out of memory.
Result<std::vector<std::uint8_t>> encode_png(const Image& image);

/// pixels [N, H, W, C] in rows from the top left on a dark ground (#0F1115, or its grey).
Image make_grid(std::span<const std::uint8_t> pixels, int height, int width, int channels, const GridLayout& layout);

/// make_grid, encode_png, write_file_atomically. Errors: as those, and a layout out of range.
Result<void> write_grid_png(const std::filesystem::path& path, std::span<const std::uint8_t> pixels, int height,
                            int width, int channels, const GridLayout& layout = {});

}  // namespace avae
