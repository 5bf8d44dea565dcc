// Picture files in, and the crops and conversions that fit them to a model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

/// One picture, uint8 [H, W, C], C = 1 or 3.
struct Image {
  int height = 0;
  int width = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels;
};

/// Reads PNG, JPEG or BMP as 8-bit grey (C = 1) or RGB (C = 3); transparency is laid on white. At most 16384 pixels a
/// side. Errors name the file: as read_file, not a picture, damaged, too large.
Result<Image> read_image(const std::filesystem::path& path);

/// Whether the name ends as a picture's that read_image() knows (.png .jpg .jpeg .bmp, any case).
bool is_image_name(const std::filesystem::path& path);

/// Grey to RGB repeats the value; RGB to grey is luma by Rec. 601. `channels` 1 or 3.
Image with_channels(const Image& image, int channels);

/// The largest centred part with the shape height : width, resized to height x width by area average (bilinear when it
/// grows).
Image fit_image(const Image& image, int height, int width);

}  // namespace avae
