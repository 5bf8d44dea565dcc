// Runs: checkpoints, resuming, bad numbers, what a run folder holds.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "tests/train/catch.hpp"

#include "native/train/run_folder.hpp"
#include "native/train/trainer.hpp"
#include "shared/model/safetensors.hpp"

namespace avae::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

/// A folder of its own that goes when the test ends.
struct Scratch {
  fs::path path;
  Scratch() {
    std::string name = (fs::temp_directory_path() / "avae-run-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Scratch() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

Dataset pictures(int count) {
  Dataset data{.height = 16, .width = 16, .channels = 1, .classes = 3, .class_names = {}, .pixels = {}, .labels = {}};
  for (int i = 0; i < count; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(i % 3));
    for (int p = 0; p < 256; ++p) data.pixels.push_back(static_cast<std::uint8_t>((p * (i % 3 + 1) + 37 * i) % 256));
  }
  return data;
}

Avae model_for(Objective objective, double learning_rate = 0) {
  TrainOptions options = default_options(objective);
  options.batch = 8;
  if (objective == Objective::kAvae) options.vae_steps = 2;
  if (learning_rate > 0) options.learning_rate = options.final_learning_rate = learning_rate;
  const auto spec = preset_spec("tiny", options, 16, 16, 1, objective == Objective::kSeed ? 0 : 3, {});
  REQUIRE(spec);
  return Avae(*spec, options, torch::kCPU);
}

const std::atomic<bool> kNeverStop{false};

Result<TrainOutcome> train_to(Avae& model, const Dataset& data, RunOptions options) {
  return train(model, data, options, kNeverStop, [](const TrainReport&) {});
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, std::vector<float>> tensors_of(const fs::path& path) {
  const std::string text = text_of(path);
  const auto model = read_model({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  REQUIRE(model);
  return {model->tensors.begin(), model->tensors.end()};
}

Dataset data_for(Objective objective) {
  Dataset data = pictures(44);
  if (objective == Objective::kSeed) {
    data.classes = 0;
    data.labels.clear();
  }
  return data;
}

}  // namespace

TEST_CASE("run: resuming gives the weights of an unbroken run, bit for bit") {
  const Objective objective = GENERATE(Objective::kSeed, Objective::kVae, Objective::kGan, Objective::kAvae);
  // 44 pictures in batches of 8 are 5 steps an epoch: 12 stops in the middle of the third.
  const int stop_at = GENERATE(3, 12);
  CAPTURE(objective_name(objective), stop_at);
  const Scratch scratch;
  const Dataset data = data_for(objective);
  Avae unbroken = model_for(objective);
  REQUIRE(train_to(unbroken, data, {.out = scratch / "a", .command = "", .epochs = 6}));
  {
    Avae first = model_for(objective);
    REQUIRE(train_to(first, data, {.out = scratch / "b", .command = "", .epochs = 6, .steps = stop_at}));
  }
  Avae second = model_for(objective);
  const auto resumed = train_to(second, data, {.out = scratch / "b", .command = "", .epochs = 6, .resume = true});
  REQUIRE(resumed);
  CHECK(resumed->step == 30);
  const auto expected = unbroken.state();
  const auto got = second.state();
  REQUIRE(expected.size() == got.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(expected[i].first);
    CHECK(torch::equal(expected[i].second.detach(), got[i].second.detach()));
  }
  CHECK(tensors_of(scratch.path / "a/model/decoder.safetensors") ==
        tensors_of(scratch.path / "b/model/decoder.safetensors"));
}

TEST_CASE("run: a stop leaves a checkpoint of the step in hand and says so") {
  const Scratch scratch;
  Avae model = model_for(Objective::kVae);
  std::atomic<bool> stop{false};
  const RunOptions options{.out = scratch / "run", .command = "", .epochs = 1000};
  const auto outcome =
      train(model, pictures(44), options, stop, [&](const TrainReport& report) { stop = report.step >= 20; });
  REQUIRE(outcome);
  CHECK(outcome->interrupted);
  CHECK(outcome->step == 20);
  Avae again = model_for(Objective::kVae);
  Progress expected;
  expected.options = to_json(again.options());
  expected.data = fingerprint(pictures(44));
  const auto progress = RunFolder(options.out).load_checkpoint(again, expected);
  REQUIRE(progress);
  CHECK(progress->step == 20);
}

TEST_CASE("run: a loss that is not a number stops the run and keeps the checkpoint before it") {
  const Scratch scratch;
  const RunOptions first{.out = scratch / "run", .command = "", .epochs = 50, .steps = 5};
  Avae model = model_for(Objective::kVae);
  REQUIRE(train_to(model, pictures(44), first));
  const std::string good = text_of(scratch.path / "run/checkpoints/latest.safetensors");
  REQUIRE(!good.empty());
  for (auto& [name, tensor] : model.state())
    if (name == "encoder.weights") tensor.fill_(std::numeric_limits<float>::quiet_NaN());
  Progress progress;
  progress.step = 6;
  const auto refused = RunFolder(first.out).save_checkpoint(model, progress);
  REQUIRE(!refused);
  CHECK_THAT(refused.error().text(), ContainsSubstring("NaN or Inf at step 6") &&
                                         ContainsSubstring("checkpoint is kept; start again in another"));
  CHECK(text_of(scratch.path / "run/checkpoints/latest.safetensors") == good);

  RunOptions other{.out = scratch / "other", .command = "", .epochs = 200};
  const auto outcome = train_to(model, pictures(44), other);
  REQUIRE(!outcome);
  CHECK_THAT(outcome.error().text(),
             ContainsSubstring("became NaN or Inf at step 1") && ContainsSubstring("--learning-rate"));
  CHECK(outcome.error().text().find("checkpoint") == std::string::npos);
  CHECK(!RunFolder(other.out).has_checkpoint());
}

TEST_CASE("run: a discriminator is exported once it has learned") {
  const Scratch scratch;
  Avae model = model_for(Objective::kAvae);
  const Dataset data = pictures(44);
  const fs::path file = scratch.path / "run/model/discriminator.safetensors";
  REQUIRE(train_to(model, data, {.out = scratch / "run", .command = "", .epochs = 6, .steps = 2}));
  CHECK(!fs::exists(file));
  Avae again = model_for(Objective::kAvae);
  REQUIRE(train_to(again, data, {.out = scratch / "run", .command = "", .epochs = 6, .steps = 3, .resume = true}));
  CHECK(fs::exists(file));
}

TEST_CASE("run: the published prior is that of the published encoder's codes, not of the encoder in training") {
  const Scratch scratch;
  const Dataset data = pictures(600);
  Avae model = model_for(Objective::kVae, 5e-3);
  const auto outcome = train_to(model, data, {.out = scratch / "run", .command = "", .epochs = 1});
  REQUIRE(outcome);
  const at::NoGradGuard no_grad;
  const at::Tensor x =
      torch::tensor(at::ArrayRef<std::uint8_t>(data.pixels)).view({600, 1, 16, 16}).to(at::kFloat).div(255);
  const at::Tensor mix =
      at::one_hot(torch::tensor(at::ArrayRef<std::uint8_t>(data.labels)).to(at::kLong), 3).to(at::kFloat);
  const at::Tensor published = model.published(Role::kEncoder).forward(x, mix).chunk(2, 1)[0];
  const at::Tensor current = model.encode(x, mix).mean;
  const at::Tensor prior = model.published(Role::kDecoder).buffers().at("prior.mean");
  const std::int64_t gaussians = prior.size(0) / 3;
  for (std::int64_t k = 0; k < 3; ++k) {
    const at::Tensor of_class = mix.select(1, k).nonzero().squeeze(1);
    const auto mean_of = [&](const at::Tensor& codes) { return codes.index_select(0, of_class).mean(0); };
    const at::Tensor fitted = prior.narrow(0, k * gaussians, gaussians).mean(0);
    const double drift = (mean_of(current) - mean_of(published)).norm().item<double>();
    CAPTURE(k, drift);
    CHECK((fitted - mean_of(published)).norm().item<double>() < 0.5 * drift);
  }
}

TEST_CASE("run: what a sitting without a checkpoint has left is cleared") {
  const Scratch scratch;
  fs::create_directories(scratch.path / "run/live");
  std::ofstream(scratch.path / "run/metrics.jsonl") << "{\"step\":50}\n{\"step\":100}\n";
  for (const char* name : {"live.json", "decoder-900.safetensors", "mine.txt"})
    std::ofstream(scratch.path / "run/live" / name) << "of a run that died";
  Avae model = model_for(Objective::kVae);
  REQUIRE(train_to(model, pictures(44), {.out = scratch / "run", .command = "", .epochs = 1, .steps = 1}));
  CHECK(text_of(scratch.path / "run/metrics.jsonl").empty());
  CHECK(!fs::exists(scratch.path / "run/live/decoder-900.safetensors"));
  CHECK(fs::exists(scratch.path / "run/live/mine.txt"));
  CHECK(nlohmann::json::parse(text_of(scratch.path / "run/live/live.json")).at("step") == 1);
}

TEST_CASE("run: the folder holds metrics, samples, the model and a live decoder") {
  const Scratch scratch;
  Avae model = model_for(Objective::kAvae);
  REQUIRE(train_to(model, pictures(160), {.out = scratch / "run", .command = "avae train", .epochs = 3}));
  std::ifstream metrics(scratch.path / "run/metrics.jsonl");
  std::string line;
  std::vector<std::int64_t> steps;
  while (std::getline(metrics, line)) steps.push_back(nlohmann::json::parse(line).at("step").get<std::int64_t>());
  CHECK(steps == std::vector<std::int64_t>{50});
  for (const char* file : {"samples/epoch-0001.png", "samples/epoch-0003.png", "model/decoder.safetensors",
                           "model/encoder.safetensors", "model/discriminator.safetensors"})
    CHECK(fs::file_size(scratch.path / "run" / file) > 100);
  const auto live = nlohmann::json::parse(text_of(scratch.path / "run/live/live.json"));
  CHECK(live.at("done") == true);
  CHECK(live.at("step") == 60);
  CHECK(fs::file_size(scratch.path / "run/live" / live.at("decoder").get<std::string>()) == live.at("bytes"));
  CHECK(std::distance(fs::directory_iterator(scratch.path / "run/live"), fs::directory_iterator{}) == 4);
}

TEST_CASE("run: with save_every the folder is filled every so many epochs and at the end") {
  const Scratch scratch;
  Avae model = model_for(Objective::kVae);
  REQUIRE(train_to(model, pictures(44), {.out = scratch / "run", .command = "", .epochs = 5, .save_every = 2}));
  std::vector<std::string> sheets;
  for (const auto& entry : fs::directory_iterator(scratch.path / "run/samples"))
    sheets.push_back(entry.path().filename().string());
  std::sort(sheets.begin(), sheets.end());
  CHECK(sheets == std::vector<std::string>{"epoch-0002.png", "epoch-0004.png", "epoch-0005.png"});
}

TEST_CASE("run: what does not fit is refused before anything is written over") {
  const Scratch scratch;
  const Dataset data = pictures(44);
  Avae model = model_for(Objective::kVae);
  REQUIRE(train_to(model, data, {.out = scratch / "run", .command = "", .epochs = 1}));
  const std::string before = text_of(scratch.path / "run/checkpoints/latest.safetensors");
  struct Case {
    const char* what;
    Objective objective;
    int pictures;
    bool resume;
    double learning_rate;
  };
  const Case bad = GENERATE(Case{"already holds a run", Objective::kVae, 44, false, 0},
                            Case{"is of another network", Objective::kAvae, 44, true, 0},
                            Case{"was trained with other options", Objective::kVae, 44, true, 1e-3 * 1.5},
                            Case{"was trained on other data", Objective::kVae, 45, true, 0});
  CAPTURE(bad.what);
  Avae other = model_for(bad.objective, bad.learning_rate);
  const auto refused = train_to(other, pictures(bad.pictures),
                                {.out = scratch / "run", .command = "", .epochs = 1, .resume = bad.resume});
  REQUIRE(!refused);
  CHECK_THAT(refused.error().text(), ContainsSubstring(bad.what));
  CHECK(text_of(scratch.path / "run/checkpoints/latest.safetensors") == before);
}

TEST_CASE("run: a folder that another run holds is left alone") {
  const Scratch scratch;
  RunFolder held(scratch / "run", DType::kF16);
  REQUIRE(held.prepare());
  RunFolder other(scratch / "run", DType::kF16);
  const auto refused = other.prepare();
  REQUIRE(!refused);
  CHECK(refused.error().message.find("in use by another avae") != std::string::npos);
}

TEST_CASE("run: a model whose checkpoint is gone is not trained over") {
  const Scratch scratch;
  const Dataset data = pictures(44);
  const bool resume = GENERATE(false, true);
  Avae model = model_for(Objective::kVae);
  REQUIRE(train_to(model, data, {.out = scratch / "run", .command = "", .epochs = 1}));
  fs::remove(scratch.path / "run/checkpoints/latest.safetensors");
  const std::string before = text_of(scratch.path / "run/model/decoder.safetensors");
  Avae again = model_for(Objective::kVae);
  const auto refused = train_to(again, data, {.out = scratch / "run", .command = "", .epochs = 1, .resume = resume});
  REQUIRE(!refused);
  CHECK_THAT(refused.error().text(), ContainsSubstring("holds a model whose checkpoint is gone"));
  CHECK(text_of(scratch.path / "run/model/decoder.safetensors") == before);
  CHECK(fs::exists(scratch.path / "run/live/live.json"));
}

TEST_CASE("run: a damaged checkpoint is refused with its fault") {
  const Scratch scratch;
  const Dataset data = pictures(44);
  Avae model = model_for(Objective::kVae);
  REQUIRE(train_to(model, data, {.out = scratch / "run", .command = "", .epochs = 1}));
  const fs::path file = scratch.path / "run/checkpoints/latest.safetensors";
  struct Case {
    const char *what, *from, *to;
  };
  const Case bad = GENERATE(Case{"truncated", "", ""}, Case{"at which step", "\"step\":\"5\"", "\"step\":\"-\""},
                            Case{"at which step", "\"seconds\":\"", "\"zeconds\":\""},
                            Case{"not a checkpoint of this version", "avae.checkpoint\":\"1", "avae.checkpoint\":\"9"});
  CAPTURE(bad.what);
  std::string text = text_of(file);
  if (*bad.from == 0) {
    fs::resize_file(file, fs::file_size(file) / 2);
  } else {
    const auto at = text.find(bad.from);
    REQUIRE(at != std::string::npos);
    std::ofstream(file, std::ios::binary) << text.replace(at, std::string(bad.from).size(), bad.to);
  }
  Avae again = model_for(Objective::kVae);
  const auto refused = train_to(again, data, {.out = scratch / "run", .command = "", .epochs = 2, .resume = true});
  REQUIRE(!refused);
  CHECK_THAT(refused.error().text(), ContainsSubstring("latest.safetensors") && ContainsSubstring(bad.what));
}

TEST_CASE("run: data that is not the model's, and devices that are not there, are refused") {
  const Scratch scratch;
  Avae model = model_for(Objective::kVae);
  Dataset empty = pictures(0);
  CHECK_THAT(train_to(model, empty, {.out = scratch / "a", .command = ""}).error().text(), ContainsSubstring("empty"));
  Dataset wide = pictures(32);
  wide.width = 32;
  CHECK_THAT(train_to(model, wide, {.out = scratch / "a", .command = ""}).error().text(), ContainsSubstring("16x32x1"));
  Dataset other = pictures(32);
  other.classes = 4;
  CHECK_THAT(train_to(model, other, {.out = scratch / "a", .command = ""}).error().text(),
             ContainsSubstring("4 classes"));
  CHECK(!fs::exists(scratch.path / "a"));
  CHECK_THAT(parse_device("tpu").error().text(), ContainsSubstring("use cpu or cuda"));
  if (!torch::cuda::is_available())
    CHECK_THAT(parse_device("cuda").error().text(), ContainsSubstring("no CUDA device"));
  else
    CHECK(parse_device("cuda"));
}

TEST_CASE("run: a folder that cannot be made is one clear sentence") {
  const Scratch scratch;
  std::ofstream(scratch.path / "file") << "in the way";
  Avae model = model_for(Objective::kVae);
  const auto refused = train_to(model, pictures(44), {.out = scratch / "file/run", .command = ""});
  REQUIRE(!refused);
  CHECK_THAT(refused.error().text(), ContainsSubstring("file"));
}

}  // namespace avae::test
