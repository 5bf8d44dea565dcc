#include <catch2/catch_test_macros.hpp>

#include "native/data/png_grid.hpp"
#include "program.hpp"

using namespace avae;
using namespace avae::test;

namespace {

void put_picture(const fs::path& path, int height, int width, int channels) {
  Image image{height, width, channels, {}};
  for (int i = 0; i < height * width * channels; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 7));
  put(path, encode_png(image).value());
}

}  // namespace

TEST_CASE("reconstruct: pictures of any shape and colour lie beside their reconstructions") {
  const TempFolder folder;
  put_model(folder / "m", tiny_spec());
  put_picture(folder / "a.png", 8, 12, 1);
  put_picture(folder / "b.png", 40, 30, 3);
  const Outcome outcome =
      avae_program({"reconstruct", "--model", (folder / "m").string(), "--out", (folder / "o.png").string(),
                    (folder / "a.png").string(), (folder / "b.png").string()});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("a.png: mean squared error") != std::string::npos);
  const auto grid = read_image(folder / "o.png");
  REQUIRE(grid);
  CHECK(grid->width == 2 * 12 + 2);
  CHECK(grid->height == 2 * 8 + 2);
  // The first picture is as it was given.
  const auto given = read_image(folder / "a.png");
  for (std::size_t i = 0; i < 12; ++i) CHECK(grid->pixels[i] == given->pixels[i]);
}

TEST_CASE("reconstruct: without a class the closest one is taken") {
  const TempFolder folder;
  put_model(folder / "m", tiny_spec());
  put_picture(folder / "a.png", 8, 12, 1);
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"reconstruct", (folder / "a.png").string(),
                                          "--model",     (folder / "m").string(),
                                          "--out",       (folder / "o.png").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = avae_program(arguments);
    REQUIRE(outcome.code == 0);
    return std::stod(outcome.out.substr(outcome.out.find("error ") + 6));
  };
  const double left = run({"--class", "left"}), right = run({"--class", "right"});
  CHECK(left != right);
  CHECK(run({}) == std::min(left, right));
}

TEST_CASE("reconstruct: what cannot be done exits 1 with one line") {
  const TempFolder folder;
  put_model(folder / "m", tiny_spec());
  put_role(folder / "gan", tiny_spec(), Role::kDecoder);
  put_role(folder / "mixed", tiny_spec(), Role::kDecoder);
  ModelSpec other = tiny_spec();
  other.latent = 5;
  put_role(folder / "mixed", other, Role::kEncoder);
  put_picture(folder / "a.png", 8, 12, 1);
  put(folder / "bad.png", "hello");
  const auto with = [&](const char* model, const char* image) {
    return avae_program({"reconstruct", (folder / image).string(), "--model", (folder / model).string(), "--out",
                         (folder / "o.png").string()});
  };
  const struct {
    Outcome outcome;
    const char* message;
  } table[] = {
      {with("gan", "a.png"), "has no encoder"},
      {with("mixed", "a.png"), "is of another model"},
      {with("m", "missing.png"), "it is not there"},
      {with("m", "bad.png"), "is not a PNG, JPEG or BMP picture"},
  };
  for (const auto& bad : table) {
    INFO(bad.outcome.err);
    CHECK(bad.outcome.code == 1);
    CHECK(bad.outcome.err.find(bad.message) != std::string::npos);
    CHECK(is_one_line(bad.outcome.err));
  }
  CHECK(!fs::exists(folder / "o.png"));
}
