#include <catch2/catch_test_macros.hpp>

#include "native/data/files.hpp"
#include "native/data/image.hpp"
#include "native/data/png_grid.hpp"
#include "temp_folder.hpp"

using namespace avae;
using namespace avae::test;

TEST_CASE("image: a PNG comes back as it was written") {
  const TempFolder folder;
  for (const int channels : {1, 3}) {
    Image image{5, 7, channels, {}};
    for (int i = 0; i < 5 * 7 * channels; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 2));
    REQUIRE(write_file_atomically(folder / "a.png", encode_png(image).value()));
    const auto back = read_image(folder / "a.png");
    REQUIRE(back);
    CHECK(back->height == 5);
    CHECK(back->width == 7);
    CHECK(back->channels == channels);
    CHECK(back->pixels == image.pixels);
  }
}

TEST_CASE("image: transparency is laid on white") {
  const TempFolder folder;
  const Image clear{1, 3, 4, {10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128}};
  REQUIRE(write_file_atomically(folder / "a.png", encode_png(clear).value()));
  CHECK(read_image(folder / "a.png")->pixels == Bytes{10, 20, 30, 255, 255, 255, 127, 127, 127});
}

TEST_CASE("image: shrinking averages areas and cuts the centre") {
  const Image wide{2, 6, 1, {9, 0, 4, 8, 100, 9, 9, 2, 6, 12, 104, 9}};
  // The centre 2 x 2 of 6 columns is columns 2 and 3.
  CHECK(fit_image(wide, 1, 1).pixels == Bytes{8});
  CHECK(fit_image(wide, 2, 2).pixels == Bytes{4, 8, 6, 12});
  const Image three{3, 3, 1, {0, 0, 0, 0, 90, 0, 0, 0, 0}};
  CHECK(fit_image(three, 2, 2).pixels == Bytes{10, 10, 10, 10});
}

TEST_CASE("image: growing interpolates and keeps constants") {
  const Image flat{2, 2, 3, {7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9}};
  const Image grown = fit_image(flat, 5, 5);
  REQUIRE(grown.pixels.size() == 75);
  for (std::size_t i = 0; i < 75; ++i) CHECK(grown.pixels[i] == 7 + i % 3);
  CHECK(fit_image(Image{1, 2, 1, {0, 100}}, 2, 4).pixels == Bytes{0, 25, 75, 100, 0, 25, 75, 100});
  CHECK(fit_image(Image{1, 1, 1, {5}}, 4, 4).pixels == Bytes(16, 5));
}

TEST_CASE("image: grey and colour convert into each other") {
  CHECK(with_channels(Image{1, 1, 3, {255, 0, 0}}, 1).pixels == Bytes{76});
  CHECK(with_channels(Image{1, 1, 3, {200, 200, 200}}, 1).pixels == Bytes{200});
  CHECK(with_channels(Image{1, 2, 1, {1, 2}}, 3).pixels == Bytes{1, 1, 1, 2, 2, 2});
}

TEST_CASE("grid: pictures lie in rows with gaps between them") {
  const Bytes pixels = {1, 2, 3};  // three 1 x 1 pictures
  const Image grid = make_grid(pixels, 1, 1, 1, {.columns = 2, .scale = 2, .gap = 1});
  CHECK(grid.height == 5);
  CHECK(grid.width == 5);
  const std::uint8_t g = 0x11;
  CHECK(grid.pixels == Bytes{1, 1, g, 2, 2, 1, 1, g, 2, 2, g, g, g, g, g, 3, 3, g, g, g, 3, 3, g, g, g});
}

TEST_CASE("grid: nine pictures make a square by themselves") {
  CHECK(check_grid(9, 4, 4, 3, {}));
  CHECK(!check_grid(100, 256, 256, 3, {.scale = 16}));
  const Image grid = make_grid(Bytes(9 * 4 * 4 * 3), 4, 4, 3, {});
  CHECK(grid.height == 16);
  CHECK(grid.width == 16);
}

TEST_CASE("grid: a layout out of range is refused and the old file stays") {
  const TempFolder folder;
  put(folder / "a.png", "old");
  CHECK(!write_grid_png(folder / "a.png", Bytes(1), 1, 1, 1, {.scale = 0}));
  CHECK(!write_grid_png(folder / "a.png", Bytes(1), 1, 1, 1, {.gap = 65}));
  CHECK(text_of(folder / "a.png") == "old");
  REQUIRE(write_grid_png(folder / "a.png", Bytes(1), 1, 1, 1));
  CHECK(text_of(folder / "a.png") != "old");
}
