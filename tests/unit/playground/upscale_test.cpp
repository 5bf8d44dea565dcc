#include "shared/playground/upscale.hpp"

#include <catch2/catch_test_macros.hpp>

namespace avae {
namespace {

TEST_CASE("upscale: exact mode repeats each pixel") {
  const std::vector<std::uint8_t> pixels = {10, 200};
  const std::vector<std::uint8_t> rgba = upscale(pixels, 1, 2, 1, 2, false, 0);
  REQUIRE(rgba.size() == 2 * 4 * 4);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 4; ++x) {
      const std::size_t at = static_cast<std::size_t>((y * 4 + x) * 4);
      CHECK(rgba[at] == pixels[static_cast<std::size_t>(x / 2)]);
      CHECK(rgba[at + 3] == 255);
    }
  }
}

TEST_CASE("upscale: smooth mode leaves flat pictures flat and never leaves the range") {
  const std::vector<std::uint8_t> flat(16, 77);
  for (const std::uint8_t value : upscale(flat, 4, 4, 1, 5, true, 0)) CHECK((value == 77 || value == 255));
  const std::vector<std::uint8_t> edge = {0, 0, 255, 255};
  const std::vector<std::uint8_t> row = upscale(edge, 1, 4, 1, 8, true, 0);
  CHECK(row.front() == 0);
  CHECK(row[row.size() - 4] == 255);
  for (std::size_t x = 1; x < 32; ++x) CHECK(row[x * 4] >= row[(x - 1) * 4]);
  CHECK(row[15 * 4] > 0);
  CHECK(row[15 * 4] < row[16 * 4]);
}

TEST_CASE("upscale: smooth mode by one is the picture itself") {
  const std::vector<std::uint8_t> pixels = {1, 2, 3, 40, 50, 60, 7, 8, 9, 200, 210, 220};
  const std::vector<std::uint8_t> rgba = upscale(pixels, 2, 2, 3, 1, true, 0);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t c = 0; c < 3; ++c) CHECK(rgba[i * 4 + c] == pixels[i * 3 + c]);
  }
}

TEST_CASE("upscale: the border repeats the edge") {
  const std::vector<std::uint8_t> pixels = {5, 9};
  const std::vector<std::uint8_t> rgba = upscale(pixels, 1, 2, 1, 1, false, 1);
  REQUIRE(rgba.size() == 3 * 4 * 4);
  CHECK(rgba[0] == 5);
  CHECK(rgba[rgba.size() - 4] == 9);
}

}  // namespace
}  // namespace avae
