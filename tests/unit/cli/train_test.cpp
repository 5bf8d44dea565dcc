#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "program.hpp"

using namespace avae;
using namespace avae::test;

TEST_CASE("train: bad usage exits 2, a run that cannot start exits 1, each with one line and no run folder") {
  const TempFolder folder;
  put(folder / "small/train-images-idx3-ubyte", idx({20, 8, 8}));
  put(folder / "odd/train-images-idx3-ubyte", idx({20, 10, 10}));
  put(folder / "file", std::string("in the way"));
  const std::string out = (folder / "run").string(), small = (folder / "small/train-images-idx3-ubyte").string(),
                    odd = (folder / "odd/train-images-idx3-ubyte").string();
  const struct {
    int code;
    std::vector<std::string> arguments;
    const char* message;
  } table[] = {
      {2, {}, "--out is required"},
      {2, {"--out", out, "--objective", "wgan"}, "wgan not in"},
      {2, {"--out", out, "--epochs", "0"}, "--epochs"},
      {2, {"--out", out, "--epochs", "2", "--minutes", "1"}, "excludes"},
      {2, {"--out", out, "--device", "tpu"}, "tpu not in"},
      {2, {"--out", out, "--precision", "int8"}, "int8 not in"},
      {2, {"--out", out, "--no-graph"}, "--no-graph: is for --device cuda"},
      {1, {"--out", out, "--precision", "tf32"}, "a CPU has no tf32"},
      {2, {"--out", out, "--latent", "0"}, "--latent"},
      {2, {"--out", out, "--switches", "5"}, "--switches"},
      {2, {"--out", out, "--switches", "2", "--latent", "2"}, "must be fewer than --latent 2"},
      {2, {"--out", out, "--switches", "1", "--prior", "standard"}, "the standard prior has none"},
      {2, {"--out", out, "--switches", "1", "--objective", "gan"}, "is not for --objective gan but for vae, avae"},
      {2, {"--out", out, "--seed", "one"}, "--seed"},
      {1, {"--out", out, "--data", (folder / "nowhere").string()}, "nowhere"},
      {1, {"--out", out, "--data", small, "--batch", "64"}, "20 pictures, fewer than a batch of 64"},
      {1, {"--out", out, "--data", small, "--batch", "8", "--preset", "huge"}, "no preset is called 'huge'"},
      {1,
       {"--out", out, "--data", odd, "--batch", "8"},
       "pictures of 10 x 10 cannot be halved 2 times, as networks of 3 stages do: make them square by --size 8"},
      {1, {"--out", out, "--data", small, "--batch", "8", "--widths", "16,8"}, "stage_blocks has 3 entries"},
      {1, {"--out", out, "--data", small, "--batch", "8", "--blocks", "1,1,9"}, "an entry of stage_blocks"},
      {1,
       {"--out", out, "--data", small, "--batch", "8", "--discriminator-widths", "96,48,15"},
       "discriminator_widths"},
      {2, {"--out", out, "--widths", "wide"}, "--widths: wide is not a list of whole numbers"},
      {2, {"--out", out, "--widths", "16", "8"}, "unknown word 8"},
      {2, {"--out", out, "--blocks", ",,"}, "--blocks: ,, is not a list"},
      {2, {"--out", out, "--blocks", "1,1,"}, "--blocks: 1,1, is not a list"},
      {2,
       {"--out", out, "--objective", "vae", "--discriminator-widths", "8,8,8"},
       "--discriminator-widths: is not for --objective vae but for gan, avae"},
      {2, {"--out", out, "--save-every", "0"}, "--save-every"},
      {1, {"--out", out, "--data", small, "--batch", "8", "--name", "My Model"}, "name"},
      {2, {"--out", out, "--objective", "vae", "--fakes", "prior"}, "--fakes: is not for --objective vae but for seed"},
      {2, {"--out", out, "--adversarial", "bce", "--gamma", "1"}, "--gamma: the textbook's loss has no R1"},
      {2, {"--out", out, "--objective", "seed", "--fakes", "both"}, "--fakes: both is not for --objective seed"},
      {2, {"--out", out, "--objective", "gan", "--prior", "standard"}, "--prior: is not for --objective gan"},
      {2, {"--out", out, "--objective", "vae", "--augment"}, "--augment: is not for --objective vae"},
      {2,
       {"--out", out, "--objective", "gan", "--vae-steps", "5"},
       "--vae-steps: is not for --objective gan but for avae"},
      {2,
       {"--out", out, "--objective", "vae", "--adversarial", "bce"},
       "--adversarial: is not for --objective vae but for gan, avae"},
      {2,
       {"--out", out, "--objective", "gan", "--beta", "2"},
       "--beta: is not for --objective gan but for seed, vae, avae"},
      {2,
       {"--out", out, "--objective", "seed", "--preset", "tiny"},
       "--preset: is not for --objective seed but for vae, gan, avae"},
      {2, {"--out", "", "--steps", "1"}, "--out: is given an empty value"},
      {2, {"--out", out, "--batch", "1"}, "--batch: an avae needs at least 2"},
      {1, {"--out", (folder / "file/run").string(), "--data", small, "--batch", "8"}, "file"},
  };
  for (const auto& bad : table) {
    std::vector<std::string> arguments{"train"};
    arguments.insert(arguments.end(), bad.arguments.begin(), bad.arguments.end());
    const Outcome outcome = avae_program(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == bad.code);
    CHECK(outcome.err.find(bad.message) != std::string::npos);
    REQUIRE(outcome.err.size() > 2);
    const std::size_t last = outcome.err.rfind('\n', outcome.err.size() - 2) + 1;  // 0 when there is one line
    CHECK(is_one_line(outcome.err.substr(last)));
    CHECK(!fs::exists(folder / "run"));
  }
}

TEST_CASE("train: leaves a model that info reads, refuses to run over it, and goes on with --resume") {
  const TempFolder folder;
  put(folder / "data/train-images-idx3-ubyte", idx({20, 8, 8}));
  const std::string out = (folder / "run").string();
  const std::vector<std::string> first{"train",
                                       "--data",
                                       (folder / "data/train-images-idx3-ubyte").string(),
                                       "--objective",
                                       "vae",
                                       "--preset",
                                       "tiny",
                                       "--latent",
                                       "4",
                                       "--batch",
                                       "8",
                                       "--epochs",
                                       "3",
                                       "--name",
                                       "tiny-vae",
                                       "--widths",
                                       "16,8,16",
                                       "--out",
                                       out};
  REQUIRE(avae_program(first).code == 0);
  const Outcome again = avae_program(first);
  CHECK(again.code == 1);
  CHECK(again.err.find("already holds a run") != std::string::npos);
  std::vector<std::string> resumed = first;
  resumed.push_back("--resume");
  CHECK(avae_program(resumed).code == 0);

  const std::string json = (folder / "info.json").string();
  REQUIRE(avae_program({"info", out + "/model/decoder.safetensors", "--json", json}).code == 0);
  const auto info = nlohmann::json::parse(text_of(json));
  CHECK(info.at(0).at("role") == "decoder");
  CHECK(info.at(0).at("spec").at("name") == "tiny-vae");
  CHECK(info.at(0).at("spec").at("stage_widths") == nlohmann::json{16, 8, 16});
  // The record that travels with the model names no folder of this machine.
  const std::string record = info.at(0).at("metadata").at("avae.train");
  CHECK(nlohmann::json::parse(record).at("command") ==
        "avae train --data train-images-idx3-ubyte --objective vae --preset tiny --widths 16,8,16 --epochs 3 --batch 8 "
        "--latent 4 --name tiny-vae");
}

TEST_CASE("train: a small data set is saved every twenty steps, unless --save-every says how often") {
  const TempFolder folder;
  const std::string data = (folder / "data").string();
  put(folder / "data", idx({20, 4, 4}));
  const auto sheets = [&](const char* name, std::vector<std::string> more) {
    const std::string out = (folder / name).string();
    std::vector<std::string> arguments{"train", "--data",  data, "--objective", "vae", "--preset", "tiny", "--latent",
                                       "4",     "--batch", "8",  "--epochs",    "23",  "--out",    out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    REQUIRE(avae_program(arguments).code == 0);
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / name / "samples"))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  };
  // Two steps each.
  CHECK(sheets("left", {}) == std::vector<std::string>{"epoch-0010.png", "epoch-0020.png", "epoch-0023.png"});
  CHECK(sheets("said", {"--save-every", "12"}) == std::vector<std::string>{"epoch-0012.png", "epoch-0023.png"});
}

TEST_CASE("train: the smallest pictures, and odd ones with networks that fit them") {
  const TempFolder folder;
  const std::string least = (folder / "least").string(), odd = (folder / "odd").string();
  put(folder / "least", idx({20, 4, 4}));
  put(folder / "odd", idx({20, 9, 5}));
  const std::vector<std::string> quick{"--batch", "4", "--latent", "4", "--steps", "3", "--vae-steps", "1"};
  const auto trained = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "train");
    arguments.insert(arguments.end(), quick.begin(), quick.end());
    const Outcome outcome = avae_program(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("no classes") != std::string::npos);
  };
  trained({"--data", least, "--preset", "tiny", "--out", (folder / "a").string()});
  trained({"--data", odd, "--widths", "16", "--blocks", "1", "--discriminator-widths", "8", "--out",
           (folder / "b").string()});
  for (const char* run : {"a", "b"})
    CHECK(avae_program(
              {"sample", "--model", (folder / run).string(), "--n", "2", "--out", (folder / run / "s.png").string()})
              .code == 0);
}

TEST_CASE("train: data of a name that is no UTF-8, and --resume where there is nothing to go on from") {
  const TempFolder folder;
  const std::string data = (folder / "caf\xe9.idx").string();
  put(data, idx({20, 4, 4}));
  const Outcome outcome =
      avae_program({"train", "--data", data, "--preset", "tiny", "--batch", "4", "--latent", "4", "--steps", "2",
                    "--objective", "vae", "--resume", "--out", (folder / "run").string()});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("run has no checkpoint to go on from: training from the start") != std::string::npos);
}

TEST_CASE("train: a device that is not there is one clear sentence") {
  const TempFolder folder;
  const Outcome outcome =
      avae_program({"train", "--device", "cuda", "--steps", "1", "--out", (folder / "run").string()});
  if (outcome.code == 0) return;  // this machine has one
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(outcome.err.starts_with("avae: no CUDA device can be used: "));
  CHECK(is_one_line(outcome.err));
}
