#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "shared/model/hash.hpp"

using namespace avae;
using namespace avae::test;

TEST_CASE("avae: bad usage exits 2 with one line that points to the help") {
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } table[] = {
      {{}, "avae: A subcommand is required: see avae --help\n"},
      {{"draw"}, "avae: unknown word draw: see avae --help\n"},
      {{"sample"}, "avae: --model is required: see avae sample --help\n"},
      {{"sample", "--model", "a"}, "avae: --out is required: see avae sample --help\n"},
      {{"sample", "--model", "a", "--out", "b", "--n", "0"}, "avae: --n: Value 0 not in range"},
      {{"sample", "--model", "a", "--out", "b", "--n", "many"}, "avae: "},
      {{"sample", "--model", "a", "--out", "b", "--format", "gif"}, "avae: --format: gif not in {"},
      {{"sample", "--model", "a", "--out", "b", "--seed", "-1"}, "avae: "},
      {{"sample", "--model", "a", "--out", "b", "--truncation", "101"}, "avae: --truncation: Value 101 not in range"},
      {{"sample", "--model", "a", "--out", "b", "--shape", "x"},
       "avae: unknown word --shape: see avae sample --help\n"},
      {{"data"}, "avae: A subcommand is required: see avae data --help\n"},
      {{"data", "preview", "fashion-mnist"}, "avae: --out is required: see avae data preview --help\n"},
      {{"data", "info", "fashion-mnist", "--size", "3"}, "avae: --size: Value 3 not in range"},
      {{"info"}, "avae: file is required: see avae info --help\n"},
#ifdef AVAE_WITH_INFER
      {{"open"}, "avae: "},
      {{"publish", "--model", "a"}, "avae: --out is required"},
      {{"reconstruct", "--model", "a", "--out", "b"}, "avae: images is required"},
#else
      {{"publish", "--model", "a"}, "avae: this build has no publish: configure it with AVAE_BUILD_INFER=ON\n"},
#endif
  };
  for (const auto& bad : table) {
    const Outcome outcome = avae_program(bad.arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with(bad.message));
    CHECK(is_one_line(outcome.err));
  }
}

TEST_CASE("avae: an option with an empty value is bad usage") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"sample", "--model", "m", "--out", ""},
                                                    {"data", "preview", "fashion-mnist", "--out", ""}}) {
    const Outcome outcome = avae_program(arguments);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.starts_with("avae: --out: is given an empty value: see avae "));
    CHECK(is_one_line(outcome.err));
  }
}

TEST_CASE(
    "avae: what could not be printed is a failure, and what a file says does not reach the terminal as commands") {
  const TempFolder folder;
  RoleWeights weights{.spec = tiny_spec(), .role = Role::kDecoder, .tensors = {}, .metadata = {{"note", "a\x1b[2Jb"}}};
  for (const TensorInfo& info : tensor_table(weights.spec, weights.role))
    weights.tensors[info.name].assign(static_cast<std::size_t>(info.elements()), 0.5f);
  const auto bytes = write_model(weights, DType::kF16);
  REQUIRE(bytes);
  put(folder / "decoder.safetensors", *bytes);
  const std::string file = (folder / "decoder.safetensors").string();
  const Outcome outcome = avae_program({"info", file});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("note  a?[2Jb") != std::string::npos);
  const std::string full =
      shell_quoted(AVAE_PROGRAM) + " info " + shell_quoted(file) + " >/dev/full 2>" + (folder / "err").string();
  CHECK(WEXITSTATUS(std::system(full.c_str())) == 1);
  CHECK(text_of(folder / "err").starts_with("avae: what was to be printed could not be written"));
}

TEST_CASE("avae: help and version exit 0") {
  const Outcome help = avae_program({"--help"});
  CHECK(help.code == 0);
  for (const char* name : {"train", "eval", "sample", "reconstruct", "publish", "open", "info", "data", "play"}) {
    CHECK(help.out.find("\n  " + std::string(name) + " ") != std::string::npos);
  }
  CHECK(avae_program({"sample", "--help"}).code == 0);
  CHECK(avae_program({"--version"}).out.starts_with("avae "));
}

#ifdef AVAE_WITH_PLAYGROUND
TEST_CASE("play: the program beside avae takes its arguments and answers as avae does") {
  const Outcome help = avae_program({"play", "--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("--screenshot") != std::string::npos);
  const Outcome bare = avae_program({"play"});
  CHECK(bare.code == 2);
  CHECK(bare.err == "avae: --model is required: see avae play --help\n");
  const Outcome missing = avae_program({"play", "--model", "no such folder"});
  CHECK(missing.code == 1);
  CHECK(missing.err.starts_with("avae: no model at no such folder: "));
}
#endif

TEST_CASE("info: tells role, sizes, id and tensors, in words and as JSON") {
  const TempFolder folder;
  const Bytes decoder = put_model(folder / "run/model", tiny_spec());
  const Outcome outcome = avae_program({"info", (folder / "run").string(), "--json", (folder / "info.json").string()});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const std::string id = hex(model_id(decoder));
  CHECK(outcome.out.find("id in links    " + id) != std::string::npos);
  CHECK(outcome.out.find("classes        2: left, right") != std::string::npos);
  const auto json = nlohmann::json::parse(text_of(folder / "info.json"), nullptr, false);
  REQUIRE(json.is_array());
  REQUIRE(json.size() == 3);
  CHECK(json[0]["role"] == "decoder");
  CHECK(json[0]["id"] == id);
  CHECK(json[0]["bytes"] == decoder.size());
  CHECK(json[0]["multiply_adds"] == multiply_adds(layers(tiny_spec(), Role::kDecoder)));
  CHECK(json[1]["role"] == "encoder");
  CHECK(json[2]["spec"]["name"] == "tiny-avae");
}

TEST_CASE("info: refuses what is no model with exit 1") {
  const TempFolder folder;
  put(folder / "text", "hello");
  put(folder / "run/metrics.jsonl", "");
  fs::create_directory(folder / "empty");
  Bytes cut = put_role(folder / "cut", tiny_spec(), Role::kDecoder);
  cut.pop_back();
  put(folder / "cut/decoder.safetensors", cut);
  const struct {
    const char* path;
    const char* message;
  } table[] = {
      {"missing", "it is not there"},         {"text", "text: "},
      {"empty", "no decoder.safetensors in"}, {"run", "has no model yet"},
      {"cut", "decoder.safetensors: "},
  };
  for (const auto& bad : table) {
    const Outcome outcome = avae_program({"info", (folder / bad.path).string()});
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find(bad.message) != std::string::npos);
    CHECK(is_one_line(outcome.err));
  }
}
