#include <catch2/catch_test_macros.hpp>

#include "native/data/dataset.hpp"
#include "native/data/image.hpp"
#include "program.hpp"

using namespace avae;
using namespace avae::test;

namespace {

std::vector<std::string> sample(const fs::path& model, const fs::path& out, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"sample", "--model", model.string(), "--out", out.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("sample: IDX files hold the samples and their classes in turn") {
  const TempFolder folder;
  put_model(folder / "run/model", tiny_spec());
  const fs::path out = folder / "s.idx";
  REQUIRE(avae_program(sample(folder / "run", out, {"--n", "70", "--format", "idx", "--seed", "9"})).code == 0);
  const auto set = load_dataset(out.string(), Split::kAll);
  REQUIRE(set);
  CHECK(set->size() == 70);
  CHECK(set->height == 8);
  CHECK(set->width == 12);
  CHECK(set->classes == 2);
  CHECK(set->labels[68] == 0);
  CHECK(set->labels[69] == 1);
  // A shorter run with the same seed is the beginning of the longer one; another seed is something else.
  REQUIRE(avae_program(sample(folder / "run", folder / "t.idx", {"--n", "5", "--format", "idx", "--seed", "9"})).code ==
          0);
  REQUIRE(avae_program(sample(folder / "run", folder / "u.idx", {"--n", "5", "--format", "idx", "--seed", "8"})).code ==
          0);
  const auto shorter = load_dataset((folder / "t.idx").string(), Split::kAll);
  CHECK(std::equal(shorter->pixels.begin(), shorter->pixels.end(), set->pixels.begin()));
  CHECK(load_dataset((folder / "u.idx").string(), Split::kAll)->pixels != shorter->pixels);
}

TEST_CASE("sample: a class is named or numbered") {
  const TempFolder folder;
  put_model(folder / "m", tiny_spec());
  for (const char* name : {"right", "1"}) {
    REQUIRE(
        avae_program(sample(folder / "m", folder / "s.idx", {"--n", "3", "--format", "idx", "--class", name})).code ==
        0);
    CHECK(text_of(folder / "s.idx.labels").substr(8) == std::string(3, '\1'));
  }
}

TEST_CASE("sample: a model without classes writes no labels, and takes old ones away") {
  const TempFolder folder;
  ModelSpec spec = tiny_spec();
  spec.classes = 0;
  spec.class_names.clear();
  spec.prior = Prior::kStandard;
  spec.switches = 0;
  put_model(folder / "m", spec);
  put(folder / "s.idx.labels", "old");
  REQUIRE(avae_program(sample(folder / "m", folder / "s.idx", {"--n", "3", "--format", "idx"})).code == 0);
  CHECK(!fs::exists(folder / "s.idx.labels"));
}

TEST_CASE("sample: a PNG has a column per class") {
  const TempFolder folder;
  put_model(folder / "m", tiny_spec());
  REQUIRE(avae_program(sample(folder / "m", folder / "s.png", {"--n", "6", "--scale", "2"})).code == 0);
  const auto image = read_image(folder / "s.png");
  REQUIRE(image);
  CHECK(image->width == 2 * 24 + 2);
  CHECK(image->height == 3 * 16 + 4);
}

TEST_CASE("sample: what cannot be done exits 1 with one line, and keeps what was there") {
  const TempFolder folder;
  put_model(folder / "m", tiny_spec());
  put_role(folder / "e", tiny_spec(), Role::kEncoder);
  fs::rename(folder / "e/encoder.safetensors", folder / "e/decoder.safetensors");
  put(folder / "file", "x");
  ModelSpec plain = tiny_spec();
  plain.classes = 0;
  plain.class_names.clear();
  plain.prior = Prior::kStandard;
  plain.switches = 0;
  put_model(folder / "plain", plain);
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } table[] = {
      {sample(folder / "missing", folder / "a.png"), "no model at"},
      {sample(folder / "file", folder / "a.png"), "is not a model folder"},
      {sample(folder.path(), folder / "a.png"), "no decoder.safetensors in"},
      {sample(folder / "e", folder / "a.png"), "holds the encoder of a model"},
      {sample(folder / "m", folder / "a.png", {"--class", "up"}), "has no class up: use 0 to 1, or left, right"},
      {sample(folder / "m", folder / "a.png", {"--class", "2"}), "has no class 2"},
      {sample(folder / "plain", folder / "a.png", {"--class", "0"}), "has no classes"},
      {sample(folder / "m", folder / "a.png", {"--n", "1000000", "--scale", "64"}), "too large for one PNG"},
      {sample(folder / "m", folder / "file/a.png"), "a part of the path is a file, not a folder"},
      {sample(folder / "m", folder / "none/a.png"), "there is no folder"},
      {sample(folder / "m", "/dev/full"), "the disk is full"},
      {sample(folder / "m", "/dev/full", {"--format", "idx"}), "the disk is full"},
      {sample(folder / "m", "/proc/a.png"), "cannot write /proc/a.png"},
  };
  for (const auto& bad : table) {
    const Outcome outcome = avae_program(bad.arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find(bad.message) != std::string::npos);
    CHECK(is_one_line(outcome.err));
  }
  CHECK(!fs::exists(folder / "a.png"));
  CHECK(text_of(folder / "file") == "x");
}
