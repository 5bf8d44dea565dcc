#include "native/playground/opening.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "native/data/png_chunks.hpp"
#include "native/data/png_grid.hpp"
#include "native/playground/desk.hpp"
#include "tests/unit/data/temp_folder.hpp"
#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using namespace test;

/// A playground that reads pictures, and a folder of files for it.
struct Opening {
  TempFolder folder;
  FakeEncoder encoder;
  Stage stage{1440.0f, 900.0f, true, {model(1), model(2, 16, 3)}, &encoder};
  Opening() { stage.settle(); }

  /// A link to something else than is on show.
  std::string another_link() {
    const std::string before = stage->link();
    (void)stage->command("random");
    const std::string link = stage->link();
    (void)stage->command("undo");
    REQUIRE(stage->link() == before);
    return link;
  }
  std::string file(const std::string& name, const Bytes& bytes) {
    put(folder / name, bytes);
    return (folder / name).string();
  }
  /// A PNG of the model's size that carries `link`.
  static Bytes saved(const std::string& link, SaveRequest::Kind kind = SaveRequest::Kind::kPicture) {
    return saved_png({1, kind, "m", link, 2, 8, 8, 1, 40, true, Bytes(128, 90)}).value();
  }
  /// Whether the model was shown a picture since the last call.
  bool reads() {
    stage.frame();
    return !std::exchange(encoder.requests, {}).empty();
  }
};

std::string stranger_link() {
  LinkState state;
  state.model = {9, 9, 9};
  state.sample = {Latent(8, 3), one_class(3, 1)};
  return encode_link(state);
}

TEST_CASE("opening: a saved file of any kind restores what it shows, and that can be undone") {
  for (const auto kind : {SaveRequest::Kind::kPicture, SaveRequest::Kind::kMorph, SaveRequest::Kind::kSheet}) {
    Opening opening;
    Stage& stage = opening.stage;
    const std::string before = stage->link(), link = opening.another_link();
    open_file(opening.file("a.png", Opening::saved(link, kind)), *stage);
    CHECK(stage->link() == link);
    CHECK(stage.host.message.empty());
    CHECK_FALSE(opening.reads());
    (void)stage->command("undo");
    CHECK(stage->link() == before);
  }
}

TEST_CASE("opening: a picture without a link is shown to the model, as it is when it has the model's size") {
  const int side = GENERATE(4, 8);
  Opening opening;
  Stage& stage = opening.stage;
  const Bytes pixels(static_cast<std::size_t>(side * side), 50);
  open_file(opening.file("a.png", encode_png({side, side, 1, pixels}).value()), *stage);
  CHECK(stage.state().view == View::kDraw);
  stage.frame();
  REQUIRE(opening.encoder.requests.size() == 1);
  if (side == 8) CHECK(opening.encoder.requests[0].pixels == pixels);
  CHECK(stage.host.message.empty());
}

TEST_CASE("opening: a link that is forged, damaged or for a model that is not here is told, and the picture read") {
  Opening opening;
  Stage& stage = opening.stage;
  const Keyframe before = stage.state().sample;
  const auto opened = [&](const Bytes& bytes) {
    stage.host.message.clear();
    open_file(opening.file("a.png", bytes), *stage);
    CHECK(stage.state().sample == before);
    CHECK(stage.state().view == View::kDraw);
    return stage.host.message;
  };
  const std::string end = " The picture is read like any other.";
  CHECK(opened(Opening::saved("not a link")) ==
        "This link cannot be opened: character 4 is not base64url: only A-Z, a-z, 0-9, - and _ are allowed." + end);
  CHECK(opened(Opening::saved(stranger_link())) ==
        "This link is for a model that is not open here: start with its folder too, by --model." + end);
  Bytes damaged = Opening::saved(opening.another_link());
  damaged[std::string(damaged.begin(), damaged.end()).find("avae-link") + 14] ^= 1;
  CHECK(opened(damaged) == "The link in this picture is damaged." + end);
  CHECK(opening.reads());
}

TEST_CASE("opening: a file that is no picture, or not there, is told, and nothing changes") {
  Opening opening;
  Stage& stage = opening.stage;
  const std::string link = stage->link();
  open_file(opening.file("a.txt", Bytes{'h', 'i'}), *stage);
  CHECK(stage.host.message.find("a.txt") != std::string::npos);
  stage.host.message.clear();
  open_file((opening.folder / "missing.png").string(), *stage);
  CHECK(stage.host.message.find("it is not there") != std::string::npos);
  const std::string large = opening.file("large.png", Opening::saved(opening.another_link()));
  fs::resize_file(large, (64 << 20) + 1);  // of which the disk holds little
  open_file(large, *stage);
  CHECK(stage.host.message == "This file is larger than 64 MB: choose a smaller picture.");
  CHECK(stage->link() == link);
}

TEST_CASE("opening: a pasted link opens, bare, with its #, or at the end of a URL") {
  for (const char* start : {"", "#", "https://example.org/clothes/#", "  http://localhost:8000/?embed=1#"}) {
    Opening opening;
    const std::string link = opening.another_link();
    open_text(start + link + " \r\n", *opening.stage);
    INFO(start);
    CHECK(opening.stage->link() == link);
    CHECK(opening.stage.host.message.empty());
  }
}

TEST_CASE("opening: a pasted link that cannot be opened is told in a sentence, and nothing changes") {
  Opening opening;
  Stage& stage = opening.stage;
  (void)stage->command("random");
  const std::string link = stage->link();
  const auto told = [&](const std::string& text) {
    stage.host.message.clear();
    CHECK(open_text(text, *stage));
    CHECK(stage->link() == link);
    return stage.host.message;
  };
  CHECK(told("#" + stranger_link()) ==
        "This link is for a model that is not open here: start with its folder too, by --model.");
  CHECK(told(link.substr(0, link.size() / 4 * 4 - 4)) == "This link cannot be opened: truncated or altered (bad CRC).");
  CHECK(told("https://example.org/#") == "This link cannot be opened: empty.");
  for (const char* text : {"", "  \n", "two words", "https://example.org/clothes/", "/no/such/file"})
    CHECK_FALSE(open_text(text, *stage));  // perhaps a picture was copied
  CHECK(stage->link() == link);
  // Of another size than the model that it names.
  LinkState state;
  state.model = model(2).id;
  state.sample = {Latent(8, 3), one_class(3, 1)};
  CHECK(told(encode_link(state)).starts_with("This link cannot be opened: "));
}

TEST_CASE("opening: a file that was copied in a file manager is opened when it is pasted") {
  Opening opening;
  Stage& stage = opening.stage;
  const std::string link = opening.another_link();
  const std::string path = opening.file("a b%.png", Opening::saved(link));
  CHECK(open_text(path + "\n", *stage));
  CHECK(stage->link() == link);
  (void)stage->command("undo");
  const std::string address = (opening.folder / "a%20b%25.png").string();
  CHECK(open_text("file://localhost" + address + "\r\nfile:///another", *stage));
  CHECK(stage->link() == link);
  (void)stage->command("undo");
  CHECK(open_text("file://" + address, *stage));
  CHECK(stage->link() == link);
  CHECK_FALSE(open_text("file://elsewhere/a.png", *stage));
}

}  // namespace
}  // namespace avae
