#include "native/playground/desk.hpp"

#include <catch2/catch_test_macros.hpp>
#include <semaphore>

#include "native/data/image.hpp"
#include "native/data/png_chunks.hpp"
#include "tests/unit/data/temp_folder.hpp"

namespace avae {
namespace {

using namespace test;

/// `count` colour pictures of 2 x 4 whose values go up.
SaveRequest pictures(int count, SaveRequest::Kind kind) {
  SaveRequest request{7, kind, "tiny-avae", "AQEI-link", count, 2, 4, 3, 40, true, {}};
  for (int i = 0; i < count * 2 * 4 * 3; ++i) request.pixels.push_back(static_cast<std::uint8_t>(i));
  return request;
}

/// A desk, and a way to wait for its answers.
struct Waiting {
  std::counting_semaphore<> answered{0};
  Desk desk;
  explicit Waiting(const fs::path& folder) : desk(folder, [this] { answered.release(); }) {}
  Desk::Answer save(SaveRequest request) {
    desk.save(std::move(request));
    answered.acquire();
    std::vector<Desk::Answer> answers = desk.take();
    REQUIRE(answers.size() == 1);
    return answers[0];
  }
};

Image image_of(const Bytes& png) {
  const TempFolder folder;
  put(folder / "a.png", png);
  return read_image(folder / "a.png").value();
}

TEST_CASE("desk: a saved picture has a square for each pixel, about 448 a side, and holds its link") {
  const SaveRequest request = pictures(1, SaveRequest::Kind::kPicture);
  const Bytes png = saved_png(request).value();
  CHECK(link_in(png) == "AQEI-link");
  const Image image = image_of(png);
  REQUIRE(image.width == 448);
  REQUIRE(image.height == 224);
  REQUIRE(image.channels == 3);
  bool squares = true;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c)
        squares = squares && image.pixels[static_cast<std::size_t>((y * 448 + x) * 3 + c)] ==
                                 request.pixels[static_cast<std::size_t>((y / 112 * 4 + x / 112) * 3 + c)];
  CHECK(squares);
}

TEST_CASE("desk: a QR code has its three corner squares, and none holds a text of kilobytes") {
  const TempFolder folder;
  const Desk desk(folder.path(), [] {});
  const auto code =
      desk.qr_code("https://example.org/clothes/#AQEIHRHTtNjISGMDAwEA_wQg59xG7e0mz-kMKO8bExcS-eLWIDIDA-sF9P");
  REQUIRE(code);
  REQUIRE(code->dark.size() == static_cast<std::size_t>(code->side * code->side));
  CHECK((code->side - 17) % 4 == 0);
  // Around the middle of a corner square: dark, light, dark.
  for (const auto& [x, y] : {std::pair{3, 3}, {code->side - 4, 3}, {3, code->side - 4}}) {
    for (int away = 0; away <= 3; ++away) {
      CAPTURE(x, y, away);
      CHECK(code->dark[static_cast<std::size_t>(y * code->side + x + away)] == (away != 2));
      CHECK(code->dark[static_cast<std::size_t>((y - away) * code->side + x)] == (away != 2));
    }
  }
  CHECK_FALSE(desk.qr_code(std::string(4000, 'x')));
}

TEST_CASE("desk: a saved morph is an animation that plays as often as the morph does") {
  SaveRequest request = pictures(3, SaveRequest::Kind::kMorph);
  const auto plays = [&request] {
    const Bytes png = saved_png(request).value();
    CHECK(link_in(png) == "AQEI-link");
    const std::string text(png.begin(), png.end());
    const std::size_t at = text.find("acTL");
    REQUIRE(at != std::string::npos);
    CHECK(text[at + 7] == 3);  // frames
    return static_cast<int>(text[at + 11]);
  };
  CHECK(plays() == 0);
  request.repeats = false;
  CHECK(plays() == 1);
  const Image image = image_of(saved_png(request).value());
  CHECK(image.width == 224);
  CHECK(image.height == 112);
  CHECK(image.pixels[0] == 0);
  request.frame_ms = 1'000'000;  // more than a frame can have
  CHECK(saved_png(request));
}

TEST_CASE("desk: a sheet has every picture, side by side") {
  const Bytes png = saved_png(pictures(5, SaveRequest::Kind::kSheet)).value();
  CHECK(link_in(png) == "AQEI-link");
  const Image image = image_of(png);
  CHECK(image.width == 3 * 112 + 2 * 2);
  CHECK(image.height == 2 * 56 + 2);
  CHECK(image.pixels[static_cast<std::size_t>(114 * 3)] == 24);                       // the second's first value
  CHECK(image.pixels[static_cast<std::size_t>((58 * image.width + 114) * 3)] == 96);  // the fifth's
}

TEST_CASE("desk: files are called after the model and what they are, in a folder that is made, and replace nothing") {
  const TempFolder folder;
  const fs::path pictures_go = folder / "a/b";
  Waiting waiting(pictures_go);
  CHECK(waiting.desk.folder() == pictures_go.string());
  put(pictures_go / "tiny-avae.png", "mine");
  const Desk::Answer picture = waiting.save(pictures(1, SaveRequest::Kind::kPicture));
  CHECK(picture.ticket == 7);
  CHECK(picture.error.empty());
  CHECK(picture.path == (pictures_go / "tiny-avae-2.png").string());
  CHECK(text_of(pictures_go / "tiny-avae.png") == "mine");
  CHECK(waiting.save(pictures(2, SaveRequest::Kind::kMorph)).path == (pictures_go / "tiny-avae-morph.png").string());
  CHECK(waiting.save(pictures(2, SaveRequest::Kind::kSheet)).path == (pictures_go / "tiny-avae-sheet.png").string());
  CHECK(read_image(picture.path).value().width == 448);
}

TEST_CASE("desk: a file that cannot be written is an answer with a sentence") {
  const TempFolder folder;
  put(folder / "file", "x");
  Waiting waiting(folder / "file");
  const Desk::Answer answer = waiting.save(pictures(1, SaveRequest::Kind::kPicture));
  CHECK(answer.ticket == 7);
  CHECK(answer.path.empty());
  CHECK(answer.error.starts_with("cannot make the folder " + (folder / "file").string()));
}

TEST_CASE("desk: what it was given is written also when the window closes") {
  const TempFolder folder;
  {
    Desk desk(folder.path(), [] {});
    for (int i = 0; i < 5; ++i) desk.save(pictures(1, SaveRequest::Kind::kPicture));
  }
  CHECK(fs::exists(folder / "tiny-avae-5.png"));
}

TEST_CASE("desk: a wish to paste is taken once") {
  const TempFolder folder;
  Desk desk(folder.path(), [] {});
  CHECK_FALSE(desk.take_paste());
  desk.paste();
  CHECK(desk.take_paste());
  CHECK_FALSE(desk.take_paste());
}

}  // namespace
}  // namespace avae
