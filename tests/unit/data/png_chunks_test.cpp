#include "native/data/png_chunks.hpp"

#include <catch2/catch_test_macros.hpp>

#include "native/data/files.hpp"
#include "native/data/image.hpp"
#include "native/data/png_grid.hpp"
#include "shared/model/hash.hpp"
#include "temp_folder.hpp"

using namespace avae;
using namespace avae::test;

namespace {

// As tests/golden/pictures.mjs has them.
const std::string kLink = "AQEIqrvM3e7_ABEEBAECgP8";
constexpr int kFrame_ms = 40;

Bytes golden(const std::string& name) { return read_file(fs::path(AVAE_GOLDEN_DIR) / "pictures" / name).value(); }

/// A grey picture of 2 x 1 pixels, as this program writes PNG files.
Bytes tiny(std::uint8_t left, std::uint8_t right) { return encode_png({1, 2, 1, {left, right}}).value(); }

std::size_t place_of(const Bytes& bytes, const std::string& text) {
  return std::string(bytes.begin(), bytes.end()).find(text);
}

}  // namespace

TEST_CASE("png: links and animations are the page's, byte for byte") {
  const std::vector<Bytes> frames = {golden("first.png"), golden("second.png")};
  CHECK(with_link(frames[0], kLink).value() == golden("linked.png"));
  CHECK(with_link(animate_png(frames, kFrame_ms, 0).value(), kLink).value() == golden("moving.png"));
}

TEST_CASE("png: what the page saved holds its link") {
  CHECK(link_in(golden("linked.png")) == kLink);
  CHECK(link_in(golden("moving.png")) == kLink);
  CHECK(link_in(golden("first.png")) == std::nullopt);
  CHECK(had_link(golden("linked.png")));
  CHECK_FALSE(had_link(golden("first.png")));
}

TEST_CASE("png: a link goes into a picture of ours, replaces an earlier one, and leaves the picture as it is") {
  const Bytes png = with_link(with_link(tiny(1, 200), "FIRST").value(), "AQEI-link_2").value();
  CHECK(link_in(png) == "AQEI-link_2");
  CHECK(place_of(png, "FIRST") == std::string::npos);
  const TempFolder folder;
  put(folder / "a.png", png);
  CHECK(read_image(folder / "a.png").value().pixels == Bytes{1, 200});
}

TEST_CASE("png: a link is cut at 65536 characters") {
  CHECK(link_in(with_link(tiny(1, 2), std::string(70'000, 'A')).value())->size() == 65536);
}

TEST_CASE("png: what is no PNG, cut off or altered anywhere holds no link") {
  const Bytes png = with_link(tiny(1, 2), "LINK").value();
  CHECK_FALSE(link_in({}));
  CHECK_FALSE(link_in(Bytes{'G', 'I', 'F', '8', '9', 'a', ',', ' ', 'n', 'o', 't'}));
  for (std::size_t size = 0; size < png.size(); ++size) {
    INFO(size);
    CHECK_FALSE(link_in(std::span(png).first(size)));
  }
  for (std::size_t at = 0; at < png.size(); ++at) {
    INFO(at);
    Bytes altered = png;
    altered[at] ^= 1;
    CHECK_FALSE(link_in(altered));
    CHECK_FALSE(with_link(altered, "OTHER"));
  }
  Bytes altered = png;
  altered[place_of(png, "LINK")] ^= 1;
  CHECK(had_link(altered));
}

TEST_CASE("png: a file without a head is refused, also when its checksums are right") {
  Bytes png = tiny(1, 2);
  const std::size_t head = 8, size = 12 + 13;
  png.erase(png.begin() + head, png.begin() + head + size);
  CHECK(with_link(png, "LINK").error().message == "the PNG file has no head");
  CHECK(animate_png(std::vector<Bytes>{png}, 40, 0).error().message == "the PNG file has no head");
}

TEST_CASE("png: an animation counts its frames, plays as often as asked, and is still its first picture") {
  const std::vector<Bytes> frames = {tiny(1, 2), tiny(3, 4), tiny(5, 6)};
  const Bytes once = animate_png(frames, 65535, 1).value(), forever = animate_png(frames, 65535, 0).value();
  const std::size_t control = place_of(once, "acTL") + 4;
  CHECK(Bytes(once.begin() + control, once.begin() + control + 8) == Bytes{0, 0, 0, 3, 0, 0, 0, 1});
  CHECK(Bytes(forever.begin() + control, forever.begin() + control + 8) == Bytes{0, 0, 0, 3, 0, 0, 0, 0});
  const TempFolder folder;
  put(folder / "a.png", once);
  CHECK(read_image(folder / "a.png").value().pixels == Bytes{1, 2});
}

TEST_CASE("png: an animation refuses pictures of another size, or kind, and files that are none") {
  const Bytes wide = encode_png({1, 3, 1, {1, 2, 3}}).value(), colour = encode_png({1, 2, 3, Bytes(6)}).value();
  for (const Bytes& other : {wide, colour}) {
    CHECK(animate_png(std::vector<Bytes>{tiny(1, 2), other}, 40, 0).error().message ==
          "the pictures are not of one size and kind");
  }
  CHECK(animate_png(std::vector<Bytes>{tiny(1, 2), Bytes{1}}, 40, 0).error().message == "it is not a PNG file");
}
