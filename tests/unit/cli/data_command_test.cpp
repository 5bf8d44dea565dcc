#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "native/data/image.hpp"
#include "program.hpp"

using namespace avae;
using namespace avae::test;

namespace {

void put_set(const fs::path& folder) {
  put(folder / "train-images-idx3-ubyte", idx({6, 4, 4}));
  put(folder / "train-labels-idx1-ubyte", idx({6}));
  put(folder / "t10k-images-idx3-ubyte", idx({3, 4, 4}));
  put(folder / "t10k-labels-idx1-ubyte", idx({3}));
}

}  // namespace

TEST_CASE("data info: counts both splits") {
  const TempFolder folder;
  put_set(folder / "set");
  const Outcome outcome =
      avae_program({"data", "info", (folder / "set").string(), "--json", (folder / "a.json").string()});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("train: 6 pictures of 4 x 4 x 1, 6 classes") != std::string::npos);
  const auto json = nlohmann::json::parse(text_of(folder / "a.json"), nullptr, false);
  CHECK(json["test"]["pictures"] == 3);
  CHECK(json["train"]["class_counts"] == std::vector<int>(6, 1));
}

TEST_CASE("data info: a set without test pictures says so") {
  const TempFolder folder;
  put(folder / "set/train-images-idx3-ubyte", idx({6, 4, 4}));
  put(folder / "set/train-labels-idx1-ubyte", idx({6}));
  const Outcome outcome =
      avae_program({"data", "info", (folder / "set").string(), "--json", (folder / "a.json").string()});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("test: none, ") != std::string::npos);
  CHECK(nlohmann::json::parse(text_of(folder / "a.json"))["test"].is_null());
}

TEST_CASE("data preview: draws a grid") {
  const TempFolder folder;
  put_set(folder / "set");
  const Outcome outcome = avae_program(
      {"data", "preview", (folder / "set").string(), "--n", "4", "--scale", "3", "--out", (folder / "a.png").string()});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto image = read_image(folder / "a.png");
  REQUIRE(image);
  CHECK(image->width == 2 * 12 + 2);
  CHECK(image->height == 2 * 12 + 2);
}

TEST_CASE("data convert: writes IDX that loads again") {
  const TempFolder folder;
  put_set(folder / "set");
  const std::string out = (folder / "all.idx").string();
  REQUIRE(
      avae_program({"data", "convert", (folder / "set").string(), "--split", "all", "--channels", "3", "--out", out})
          .code == 0);
  CHECK(fs::file_size(out) == 4 + 4 * 4 + 9 * 4 * 4 * 3);
  CHECK(fs::file_size(out + ".labels") == 8 + 9);
  put(folder / "unlabelled", idx({6, 4, 4}));
  REQUIRE(avae_program({"data", "convert", (folder / "unlabelled").string(), "--split", "all", "--out", out}).code ==
          0);
  CHECK(!fs::exists(out + ".labels"));  // those of the set before
}

TEST_CASE("data: bad sources and outputs exit 1 and leave nothing behind") {
  const TempFolder folder;
  put_set(folder / "set");
  put(folder / "file", "x");
  const std::string set = (folder / "set").string();
  const std::vector<std::vector<std::string>> table = {
      {"data", "info", (folder / "missing").string()},
      {"data", "info", (folder / "file").string()},
      {"data", "preview", set, "--out", (folder / "file/a.png").string()},
      {"data", "preview", set, "--out", (folder / "missing/a.png").string()},
      {"data", "preview", set, "--out", "/dev/full"},
      {"data", "convert", set, "--out", folder.path().string()},
  };
  for (const auto& arguments : table) {
    const Outcome outcome = avae_program(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(is_one_line(outcome.err));
  }
  CHECK(text_of(folder / "file") == "x");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 2);
}
