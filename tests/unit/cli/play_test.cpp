// The window itself, on a screen without a monitor.
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "native/data/image.hpp"
#include "native/data/png_chunks.hpp"
#include "tests/unit/cli/program.hpp"

using namespace avae;
using namespace avae::test;

namespace {

/// Runs avae play, with a screenshot into `folder`/shot.png: its exit code and what it wrote. `first`: a command that
/// the same screen runs before it.
Outcome play(const TempFolder& folder, const std::vector<std::string>& arguments, const std::string& first = "") {
  std::string command = (first.empty() ? "" : first + "; ") + "XDG_RUNTIME_DIR=" + folder.path().string() + " " +
                        shell_quoted(AVAE_PROGRAM) + " play --screenshot " + (folder / "shot.png").string();
  for (const auto& argument : arguments) command += " " + shell_quoted(argument);
  // xvfb-run's own exit code is not the program's when it cannot clean up.
  command +=
      " >" + (folder / "out").string() + " 2>" + (folder / "err").string() + "; echo $? >" + (folder / "code").string();
  command =
      shell_quoted(AVAE_XVFB_RUN) + " -a sh -c " + shell_quoted(command) + " >" + (folder / "xvfb").string() + " 2>&1";
  INFO(std::system(command.c_str()));
  INFO(text_of(folder / "xvfb"));
  const std::string code = text_of(folder / "code");
  REQUIRE_FALSE(code.empty());
  return {std::stoi(code), text_of(folder / "out"), text_of(folder / "err")};
}

Bytes bytes_of(const fs::path& path) {
  const std::string text = text_of(path);
  return {text.begin(), text.end()};
}

/// Pixels of the screenshot.
Bytes shown(const TempFolder& folder) { return read_image(folder / "shot.png").value().pixels; }

}  // namespace

TEST_CASE("play: draws its window") {
  const TempFolder folder;
  put_model(folder / "model", tiny_spec());
  const Outcome drawn = play(folder, {"--model", (folder / "model").string(), "--width", "640", "--height", "480"});
  INFO(drawn.err);
  REQUIRE(drawn.code == 0);
  const Image image = read_image(folder / "shot.png").value();
  CHECK(image.width == 640);
  CHECK(image.height == 480);
  CHECK(std::set<std::uint8_t>(image.pixels.begin(), image.pixels.end()).size() > 20);
}

TEST_CASE("play: what the share panel saves restores what was on show") {
  const TempFolder folder;
  put_model(folder / "model", tiny_spec());
  const std::vector<std::string> start = {"--model", (folder / "model").string(), "--reduced-motion", "--save-to",
                                          (folder / "saved").string()};
  const auto with = [&start](std::vector<std::string> more) {
    more.insert(more.begin(), start.begin(), start.end());
    return more;
  };
  // Random pictures are random: whatever this one is, the link says.
  Outcome outcome = play(folder, with({"--press", "random", "--press", "share", "--press", "save-picture", "--press",
                                       "save-picture", "--press", "share-close"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto link = link_in(bytes_of(folder / "saved/tiny-avae.png"));
  REQUIRE(link);
  CHECK(link_in(bytes_of(folder / "saved/tiny-avae-2.png")) == link);

  // The picture is the one that avae open draws for that link.
  const Outcome open =
      avae_program({"open", *link, "--model", (folder / "model").string(), "--out", (folder / "opened.png").string()});
  INFO(open.err);
  REQUIRE(open.code == 0);
  const Image saved = read_image(folder / "saved/tiny-avae.png").value(),
              plain = read_image(folder / "opened.png").value();
  const int factor = saved.width / 12, plain_factor = plain.width / 12;
  REQUIRE(saved.width == 12 * factor);
  REQUIRE(saved.height == 8 * factor);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 12; ++x)
      CHECK(saved.pixels[static_cast<std::size_t>(y * factor * saved.width + x * factor)] ==
            plain.pixels[static_cast<std::size_t>(y * plain_factor * plain.width + x * plain_factor)]);

  REQUIRE(play(folder, with({"--link", *link})).code == 0);
  const Bytes by_link = shown(folder);
  REQUIRE(play(folder, with({"--picture", (folder / "saved/tiny-avae.png").string()})).code == 0);
  CHECK(shown(folder) == by_link);
  REQUIRE(play(folder, start).code == 0);
  CHECK(shown(folder) != by_link);
}

TEST_CASE("play: a copied link is pasted, whatever was done meanwhile") {
  const TempFolder folder;
  put_model(folder / "model", tiny_spec());
  std::vector<std::string> arguments = {"--model", (folder / "model").string(), "--save-to",
                                        (folder / "saved").string()};
  for (const char* name : {"random", "share", "save-picture", "copy-link", "share-close", "random", "share",
                           "save-picture", "paste", "share", "save-picture"}) {
    arguments.insert(arguments.end(), {"--press", name});
  }
  const Outcome outcome = play(folder, arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto copied = link_in(bytes_of(folder / "saved/tiny-avae.png"));
  REQUIRE(copied);
  CHECK(link_in(bytes_of(folder / "saved/tiny-avae-2.png")) != copied);
  CHECK(link_in(bytes_of(folder / "saved/tiny-avae-3.png")) == copied);
}

TEST_CASE("play: says what it cannot press, and which options it does not understand") {
  const TempFolder folder;
  put_model(folder / "model", tiny_spec());
  const Outcome pressed = play(folder, {"--model", (folder / "model").string(), "--press", "nothing"});
  CHECK(pressed.code == 1);
  CHECK(is_one_line(pressed.err));
  CHECK(pressed.err.find("nothing called nothing") != std::string::npos);
  const std::string model = (folder / "model").string();
  const Outcome alone = avae_program({"play", "--model", model, "--press", "share"});
  CHECK(alone.code == 2);
  CHECK(is_one_line(alone.err));
  for (const char* site : {"example.org", "ftp://example.org/", "https://example.org/#a"}) {
    const Outcome refused = avae_program({"play", "--model", model, "--site", site});
    CHECK(refused.code == 2);
    CHECK(is_one_line(refused.err));
  }
}

TEST_CASE("play: a picture that was copied is read when it is pasted") {
  const TempFolder folder;
  const ModelSpec spec = tiny_spec();
  put_model(folder / "model", spec);
  // Saved pictures hold a link, and are the easiest to recognise.
  Outcome made = play(
      folder, {"--model", (folder / "model").string(), "--reduced-motion", "--save-to", (folder / "saved").string(),
               "--press", "random", "--press", "share", "--press", "save-picture", "--press", "share-close"});
  INFO(made.err);
  REQUIRE(made.code == 0);
  const Bytes before = shown(folder);
  fs::path saved;
  for (const auto& entry : fs::directory_iterator(folder / "saved")) saved = entry.path();
  REQUIRE_FALSE(saved.empty());
  const std::string copy = "xclip -selection clipboard -target image/png -in " + shell_quoted(saved.string());
  const Outcome pasted =
      play(folder, {"--model", (folder / "model").string(), "--reduced-motion", "--press", "share", "--press", "paste"},
           copy);
  INFO(pasted.err);
  REQUIRE(pasted.code == 0);
  CHECK(shown(folder) == before);
}
