#include "native/data/png_grid.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#include "native/data/files.hpp"

namespace avae {
namespace {

constexpr std::uint8_t kGround[3] = {0x0f, 0x11, 0x15};
constexpr std::uint8_t kGreyGround = 0x11;

void append(void* context, void* data, int size) {
  auto& bytes = *static_cast<std::vector<std::uint8_t>*>(context);
  const auto* first = static_cast<const std::uint8_t*>(data);
  bytes.insert(bytes.end(), first, first + size);
}

}  // namespace

Result<std::vector<std::uint8_t>> encode_png(const Image& image) {
  if (std::int64_t{image.height} * image.width * image.channels > kMaxPngValues)
    return fail("a picture of " + std::to_string(image.width) + " x " + std::to_string(image.height) +
                    " is too large for a PNG",
                "make it smaller");
  std::vector<std::uint8_t> bytes;
  if (!stbi_write_png_to_func(append, &bytes, image.width, image.height, image.channels, image.pixels.data(),
                              image.width * image.channels)) {
    return fail("not enough memory for the PNG", "make the picture smaller");
  }
  return bytes;
}

Result<void> check_grid(std::int64_t count, int height, int width, int channels, const GridLayout& layout) {
  const std::int64_t cell = std::int64_t{height * layout.scale + layout.gap} * (width * layout.scale + layout.gap);
  if (count * cell * channels <= kMaxPngValues) return {};
  return fail("a grid of " + std::to_string(count) + " pictures is too large for one PNG",
              "ask for fewer, or for a smaller scale");
}

Image make_grid(std::span<const std::uint8_t> pixels, int height, int width, int channels, const GridLayout& layout) {
  const auto picture = static_cast<std::size_t>(height) * width * channels;
  const int count = static_cast<int>(pixels.size() / picture);
  const int wanted = layout.columns > 0 ? layout.columns : static_cast<int>(std::ceil(std::sqrt(count)));
  const int columns = std::clamp(wanted, 1, std::max(count, 1));
  const int rows = std::max(1, (count + columns - 1) / columns);
  const int scale = layout.scale;
  const int cell_height = height * scale + layout.gap;
  const int cell_width = width * scale + layout.gap;

  Image grid{rows * cell_height - layout.gap, columns * cell_width - layout.gap, channels, {}};
  grid.pixels.resize(static_cast<std::size_t>(grid.height) * grid.width * channels, kGreyGround);
  if (channels == 3) {
    for (std::size_t i = 0; i < grid.pixels.size(); ++i) grid.pixels[i] = kGround[i % 3];
  }
  for (int n = 0; n < count; ++n) {
    const std::uint8_t* source = pixels.data() + picture * n;
    for (int y = 0; y < height * scale; ++y) {
      const std::size_t row = static_cast<std::size_t>(n / columns) * cell_height + y;
      std::uint8_t* to =
          grid.pixels.data() + (row * grid.width + static_cast<std::size_t>(n % columns) * cell_width) * channels;
      const std::uint8_t* from = source + static_cast<std::size_t>(y / scale) * width * channels;
      for (int x = 0; x < width * scale; ++x) to = std::copy_n(from + (x / scale) * channels, channels, to);
    }
  }
  return grid;
}

Result<void> write_grid_png(const std::filesystem::path& path, std::span<const std::uint8_t> pixels, int height,
                            int width, int channels, const GridLayout& layout) {
  if (layout.scale < 1 || layout.scale > 64)
    return fail("scale " + std::to_string(layout.scale) + " is out of range", "use 1 to 64");
  if (layout.gap < 0 || layout.gap > 64)
    return fail("gap " + std::to_string(layout.gap) + " is out of range", "use 0 to 64");
  const auto picture = static_cast<std::int64_t>(height) * width * channels;
  const auto count = static_cast<std::int64_t>(pixels.size()) / picture;
  if (auto fits = check_grid(count, height, width, channels, layout); !fits) return fits;
  const auto png = encode_png(make_grid(pixels, height, width, channels, layout));
  if (!png) return tl::unexpected(png.error());
  return write_file_atomically(path, *png);
}

}  // namespace avae
