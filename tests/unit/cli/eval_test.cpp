#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "native/data/idx.hpp"
#include "program.hpp"

using namespace avae;
using namespace avae::test;

namespace {

using Json = nlohmann::json;

/// A data set with MNIST's file names: class 1 is brighter than class 0.
struct DataShape {
  std::size_t train = 60, test = 50;
  int height = 8, width = 12, classes = 2;
};
std::string put_data(const fs::path& folder, const DataShape& shape) {
  fs::create_directories(folder);
  RandomBits random(1);
  for (const auto& [split, n] : {std::pair{"train", shape.train}, {"t10k", shape.test}}) {
    Bytes pixels, labels;
    for (std::size_t i = 0; i < n; ++i) {
      labels.push_back(static_cast<std::uint8_t>(i % static_cast<std::size_t>(shape.classes)));
      for (int p = 0; p < shape.height * shape.width; ++p)
        pixels.push_back(static_cast<std::uint8_t>(random.below(100) + 50 * labels.back()));
    }
    REQUIRE(
        write_idx_images(folder / (std::string(split) + "-images-idx3-ubyte"), pixels, shape.height, shape.width, 1));
    REQUIRE(write_idx_labels(folder / (std::string(split) + "-labels-idx1-ubyte"), labels));
  }
  return folder.string();
}

std::string put_samples(const fs::path& path, std::size_t n, int height = 8, int width = 12) {
  REQUIRE(write_idx_images(path, Bytes(n * static_cast<std::size_t>(height * width), 7), height, width, 1));
  return path.string();
}

/// Programs that this starts keep their classifiers here, and are quick on busy cores.
void use_cache(const fs::path& folder) {
  setenv("AVAE_CACHE", folder.c_str(), 1);
  setenv("OMP_NUM_THREADS", "1", 1);
}

Outcome eval(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "eval");
  return avae_program(arguments);
}

}  // namespace

TEST_CASE("eval: bad input is one clear sentence before any long work") {
  const TempFolder folder;
  use_cache(folder / "cache");
  const std::string data = put_data(folder / "data", {});
  const std::string few = put_data(folder / "few", {.test = 49});
  const std::string one_class = put_data(folder / "one", {.classes = 1});
  const std::string one_tested = put_data(folder / "one-tested", {});
  REQUIRE(write_idx_labels(folder / "one-tested/t10k-labels-idx1-ubyte", Bytes(50, 1)));
  const std::string stray = put_data(folder / "stray", {});
  Bytes stray_labels(50, 1);
  stray_labels[7] = 200;
  REQUIRE(write_idx_labels(folder / "stray/t10k-labels-idx1-ubyte", stray_labels));
  fs::create_directory(folder / "report");
  const std::string three = put_data(folder / "three", {.classes = 3});
  const std::string small = put_data(folder / "small", {.height = 7});
  const std::string wide = put_data(folder / "wide", {.width = 14});
  put(folder / "unlabelled/pictures", idx({200, 8, 12}));
  const std::string unlabelled = (folder / "unlabelled/pictures").string();
  put_model(folder / "model", tiny_spec());
  put(folder / "cut/decoder.safetensors", Bytes(10));
  const std::string model = (folder / "model").string();
  const std::string samples = put_samples(folder / "s.idx", 60);
  const std::string scarce = put_samples(folder / "scarce.idx", 49), other = put_samples(folder / "other.idx", 60, 9);
  REQUIRE(write_idx_labels(folder / "short.labels", Bytes(59)));
  REQUIRE(write_idx_labels(folder / "beyond.labels", Bytes(60, 2)));
  const std::string beyond = (folder / "beyond.labels").string();

  const struct {
    int code;
    std::vector<std::string> arguments;
    const char* message;
  } table[] = {
      {2, {"--model"}, "--model"},
      {2, {"--model", model, "--n", "49"}, "--n"},
      {2, {"--model", model, "--n", "10001"}, "--n"},
      {2, {"--model", model, "--device", "tpu"}, "tpu not in"},
      {2, {"--model", model, "--engine", "none"}, "none not in"},
      {2, {"--model", model, "--seed", "one"}, "--seed"},
      {2, {"--data", data}, "there is nothing to score, give --model RUN or --samples FILE"},
      {2, {"--data", data, "--model", model, "--labels", beyond}, "--labels: is for --samples"},
      {1, {"--data", (folder / "nowhere").string(), "--model", model}, "nowhere"},
      {1, {"--data", unlabelled, "--model", model}, "has no labels"},
      {1, {"--data", few, "--model", model}, "60 training and 49 test pictures: figures need 50 of each"},
      {1, {"--data", one_class, "--model", model}, "has no labels, or only one"},
      {1, {"--data", one_tested, "--model", model}, "all test pictures of"},
      {1, {"--data", stray, "--samples", samples}, "go up to 200, though there are 3 different ones"},
      {1, {"--data", data, "--model", model, "--json", (folder / "report").string()}, "it is a folder"},
      {1, {"--data", data, "--model", model, "--json", "/proc/report.json"}, "cannot write /proc/report.json"},
      {1, {"--data", small, "--model", model}, "pictures of 12 x 7 are too small"},
      {1, {"--data", data, "--model", model, "--n", "51"}, "--n 51 is more than the 50 test pictures"},
      {1, {"--data", data, "--model", model, "--json", (folder / "none/f.json").string()}, "there is no folder"},
      {1, {"--data", data, "--model", (folder / "missing").string()}, "no model at"},
      {1, {"--data", data, "--model", (folder / "cut").string()}, "decoder.safetensors: "},
      {1, {"--data", wide, "--model", model}, "has pictures of 12 x 8 x 1, the data has 14 x 8 x 1"},
      {1, {"--data", three, "--model", model}, "has 2 classes, and they are not the 3 of the data"},
      {1, {"--data", data, "--samples", (folder / "missing.idx").string()}, "missing.idx"},
      {1, {"--data", data, "--samples", model + "/decoder.safetensors"}, "is not an IDX file"},
      {1, {"--data", data, "--samples", beyond}, "pictures have 0803"},
      {1, {"--data", data, "--samples", other}, "has pictures of 12 x 9 x 1"},
      {1, {"--data", data, "--samples", scarce}, "has 49 pictures, 50 are needed: make more"},
      {1, {"--data", data, "--samples", samples, "--cas"}, "has no labels, which --cas trains on"},
      {1,
       {"--data", data, "--samples", samples, "--labels", (folder / "short.labels").string()},
       "59 labels for the 60"},
      {1, {"--data", data, "--samples", samples, "--labels", samples}, "holds no labels"},
      {1, {"--data", data, "--samples", samples, "--labels", beyond}, "go beyond the data's 2 classes (2)"},
  };
  for (const auto& bad : table) {
    const Outcome outcome = eval(bad.arguments);
    INFO(outcome.err);
    CHECK(outcome.code == bad.code);
    CHECK(outcome.err.find(bad.message) != std::string::npos);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.out.empty());
  }
  CHECK(!fs::exists(folder / "cache"));
}

TEST_CASE("eval: a table with its frame, the same as JSON; a model's own samples score as the model") {
  const TempFolder folder;
  use_cache(folder / "cache");
  const std::string data = put_data(folder / "data", {});
  put_model(folder / "one", tiny_spec(), 1);
  put_role(folder / "two", tiny_spec(), Role::kDecoder, 2);
  const std::string one = (folder / "one").string(), two = (folder / "two").string();
  const std::string samples = (folder / "s.idx").string(), json = (folder / "f.json").string();
  REQUIRE(
      avae_program({"sample", "--model", one, "--n", "50", "--seed", "3", "--format", "idx", "--out", samples}).code ==
      0);
  const Outcome outcome = eval(
      {"--data", data, "--model", one, "--model", two, "--samples", samples, "--seed", "3", "--json", json, "--cas"});
  INFO(outcome.err);
  INFO(outcome.out);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.substr(0, outcome.err.find('\n')).ends_with(samples + ": CAS trains on its 50 pictures only"));
  for (const char* part : {"50 samples against 50 test pictures", "cFID", "agreement", "\nreal ", "\nnoisy ",
                           "\nblurred ", one.c_str(), two.c_str(), samples.c_str()})
    CHECK(outcome.out.find(part) != std::string::npos);

  const Json report = Json::parse(text_of(json));
  CHECK(report.at("n") == 50);
  CHECK(report.at("seed") == 3);
  CHECK(report.at("classifier").at("sha256").get<std::string>().size() == 64);
  const Json& rows = report.at("rows");
  REQUIRE(rows.size() == 6);
  const char* kinds[] = {"frame", "frame", "frame", "model", "model", "samples"};
  for (std::size_t i = 0; i < 6; ++i) CHECK(rows[i].at("kind") == kinds[i]);
  CHECK(rows[0].at("cas") == report.at("classifier").at("test_accuracy"));
  CHECK(rows[3].at("rfid").is_number());
  CHECK(rows[3].at("cas").is_number());
  CHECK(rows[4].at("rfid").is_null());
  for (const char* key :
       {"cfid", "kid", "precision", "recall", "density", "coverage", "sharpness", "class_agreement", "memorisation"}) {
    CAPTURE(key);
    CHECK(rows[5].at(key).get<double>() == Catch::Approx(rows[3].at(key).get<double>()));
  }

  // Another time, by the other engine: the classifier is the same, and the figures nearly.
  const Outcome torch = eval({"--data", data, "--model", one, "--seed", "3", "--json", json, "--engine", "torch"});
  INFO(torch.err);
  REQUIRE(torch.code == 0);
  const Json again = Json::parse(text_of(json));
  CHECK(again.at("classifier") == report.at("classifier"));
  for (const char* key : {"cfid", "mse", "ssim", "rfid"}) {
    CAPTURE(key);
    CHECK(again.at("rows")[3].at(key).get<double>() == Catch::Approx(rows[3].at(key).get<double>()).epsilon(0.05));
  }

  // Other test pictures: other figures, by the same classifier, which has never seen any of them.
  Bytes pixels(50 * 8 * 12, 90);
  for (std::size_t i = 0; i < pixels.size(); i += 3) pixels[i] = static_cast<std::uint8_t>(i);
  REQUIRE(write_idx_images(folder / "data/t10k-images-idx3-ubyte", pixels, 8, 12, 1));
  REQUIRE(eval({"--data", data, "--model", one, "--seed", "3", "--json", json}).code == 0);
  const Json others = Json::parse(text_of(json));
  CHECK(others.at("classifier").at("sha256") == report.at("classifier").at("sha256"));
  CHECK(others.at("train") == report.at("train"));
  CHECK(others.at("test") != report.at("test"));
  CHECK(others.at("rows")[3].at("cfid") != rows[3].at("cfid"));
  CHECK(std::distance(fs::directory_iterator(folder / "cache/classifiers"), {}) == 1);
}
