#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <c10/util/Exception.h>
#include <nlohmann/json.hpp>

#include "native/cli/command.hpp"
#include "native/cli/engine.hpp"
#include "native/cli/eval_entry.hpp"
#include "native/cli/progress_bar.hpp"
#include "native/data/files.hpp"
#include "native/eval/classifier_cache.hpp"
#include "native/eval/pictures.hpp"
#include "native/eval/report.hpp"
#include "native/train/precision.hpp"
#include "native/train/trainer.hpp"
#include "shared/latent/latent.hpp"

namespace avae::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMinPictures = 50, kMaxPictures = 10000, kCasPictures = 60000;
constexpr int kMinSide = 8;

struct Options {
  std::vector<std::string> models;
  std::string samples, labels, json, engine;
  std::string data = "fashion-mnist", device = "cpu";
  int size = 0, channels = 0;
  std::size_t n = 0;  ///< 0: as many as there are test pictures, at most kMaxPictures
  std::uint64_t seed = 1;
  bool cas = false;
};

/// Both splits; of the test split at most kMaxPictures.
struct Data {
  Dataset train, test;
};

Result<Data> load_data(const Options& options) {
  const DataOptions how{.size = options.size, .channels = options.channels};
  auto train = load_dataset(options.data, Split::kTrain, how);
  if (!train) return tl::unexpected(train.error());
  auto test = load_dataset(options.data, Split::kTest, how);
  if (!test) return tl::unexpected(test.error());
  if (train->labels.empty() || test->labels.empty())
    return fail("the data " + options.data + " has no labels, or only one",
                "figures come from a classifier, so give data with classes (such as a folder per class)");
  if (std::set(train->labels.begin(), train->labels.end()).size() < 2)
    return fail("all training pictures of " + options.data + " are of one class", "give data with two classes or more");
  if (std::set(test->labels.begin(), test->labels.end()).size() < 2)
    return fail("all test pictures of " + options.data + " are of one class", "give data with two classes or more");
  if (std::min(train->size(), test->size()) < kMinPictures)
    return fail("the data " + options.data + " has " + std::to_string(train->size()) + " training and " +
                    std::to_string(test->size()) + " test pictures",
                "figures need " + std::to_string(kMinPictures) + " of each");
  if (std::min(train->height, train->width) < kMinSide)
    return fail("pictures of " + std::to_string(train->width) + " x " + std::to_string(train->height) +
                    " are too small to compare",
                "use at least 8 x 8");
  if (train->height != test->height || train->width != test->width || train->channels != test->channels)
    return fail("training and test pictures have different sizes", "give --size, or files of one set");
  train->classes = test->classes = std::max(train->classes, test->classes);
  return Data{std::move(*train), subset(*test, kMaxPictures)};
}

Result<std::vector<EvalEntry>> open_entries(const Options& options, const Dataset& data) {
  std::vector<EvalEntry> entries;
  for (const std::string& path : options.models) {
    auto entry = open_model(path, data);
    if (!entry) return tl::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  if (options.samples.empty()) return entries;
  auto entry = open_samples(options.samples, options.labels, data);
  if (!entry) return tl::unexpected(entry.error());
  const std::size_t have = entry->samples.size();
  if (have < std::max(options.n, kMinPictures))
    return fail(options.samples + " has " + std::to_string(have) + " pictures, " +
                    std::to_string(std::max(options.n, kMinPictures)) + " are needed",
                options.n > have && have >= kMinPictures ? "ask for fewer with --n" : "make more");
  if (options.cas && entry->samples.labels.empty())
    return fail(options.samples + " has no labels, which --cas trains on", "name them with --labels");
  entries.push_back(std::move(*entry));
  return entries;
}

/// Bad usage, found before anything is read.
void check_usage(const Options& options) {
  if (options.models.empty() && options.samples.empty())
    throw CLI::ValidationError("there is nothing to score, give --model RUN or --samples FILE");
  if (!options.labels.empty() && options.samples.empty())
    throw CLI::ValidationError("--labels", "is for --samples, a model knows its labels");
}

/// Shows how far a training is that reports 0..1.
class TrainingBar {
 public:
  explicit TrainingBar(std::string what) : what_(std::move(what)) {}

  void operator()(double fraction) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (seconds > 2) bar_.update(fraction, seconds * (1 - fraction) / fraction, what_);
  }

 private:
  std::string what_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  ProgressBar bar_;
};

/// The table on stdout, row by row as they are done, and the same for JSON.
class Table {
 public:
  explicit Table(const std::vector<EvalEntry>& entries) {
    for (const EvalEntry& entry : entries) name_width_ = std::max(name_width_, entry.name.size());
    std::printf("%-*s", static_cast<int>(name_width_), "");
    for (const Figure& figure : figures())
      if (*figure.heading) std::printf(" %*s", kCell, figure.heading);
    std::printf("\n");
    std::fflush(stdout);
  }

  void add(const std::string& name, const char* kind, std::size_t n, const Scores& scores) {
    Json row = {{"name", name}, {"kind", kind}, {"n", n}};
    std::printf("%-*s", static_cast<int>(name_width_), name.c_str());
    for (const Figure& figure : figures()) {
      const std::optional<double>& value = scores.*figure.value;
      row[figure.key] = value ? Json(*value) : Json();
      if (!*figure.heading) continue;
      value ? std::printf(" %*.4g", kCell, *value) : std::printf(" %*s", kCell, "-");
    }
    std::printf("\n");
    std::fflush(stdout);
    rows_.push_back(std::move(row));
  }

  const Json& rows() const { return rows_; }

 private:
  static constexpr int kCell = 9;
  std::size_t name_width_ = 7;
  Json rows_ = Json::array();
};

Result<void> score_entry(const EvalEntry& entry, std::size_t n, const Options& options, const Reference& reference,
                         at::Device device, Table& table) {
  const auto samples = draw_samples(entry, n, options.seed, reference.test(), options.engine, options.device);
  if (!samples) return tl::unexpected(samples.error());
  Candidate candidate{
      pictures_view(samples->pixels, samples->height, samples->width, samples->channels), samples->labels, {}, {}};
  Result<std::vector<std::uint8_t>> rebuilt, drawn;  // as long as the candidate
  if (entry.encoder) {
    const auto view = [&](const std::vector<std::uint8_t>& pixels) {
      return pictures_view(pixels, samples->height, samples->width, samples->channels);
    };
    rebuilt = reconstructions(entry, reference.test(), {}, options.engine, options.device);
    if (!rebuilt) return tl::unexpected(rebuilt.error());
    drawn = reconstructions(entry, reference.test(), options.seed, options.engine, options.device);
    if (!drawn) return tl::unexpected(drawn.error());
    candidate.reconstructions = view(*rebuilt);
    candidate.drawn_reconstructions = view(*drawn);
  }
  Scores scores = reference.score(candidate);
  if (options.cas && !samples->labels.empty()) {
    // Of a model other samples than those of the other figures.
    const auto more = draw_samples(entry, std::min(reference.train().size(), kCasPictures),
                                   RandomBits(options.seed).next(), reference.train(), options.engine, options.device);
    if (!more) return tl::unexpected(more.error());
    scores.cas = classification_accuracy_score(*more, reference.test(), device,
                                               TrainingBar("training on samples of " + entry.name));
  }
  table.add(entry.name, entry.decoder ? "model" : "samples", samples->size(), scores);
  return {};
}

Result<void> evaluate(const Options& options) {
  if (!options.json.empty()) {
    if (auto writable = check_writable(options.json); !writable) return writable;
  }
  const auto device = parse_device(options.device);
  if (!device) return tl::unexpected(device.error());
  apply_precision(Precision::kFp32);  // features of one classifier are alike on every device
  const auto data = load_data(options);
  if (!data) return tl::unexpected(data.error());
  if (options.n > data->test.size())
    return fail("--n " + std::to_string(options.n) + " is more than the " + std::to_string(data->test.size()) +
                    " test pictures",
                "leave --n out");
  const auto entries = open_entries(options, data->train);
  if (!entries) return tl::unexpected(entries.error());
  const std::size_t n = options.n > 0 ? options.n : data->test.size();
  if (!options.samples.empty() && entries->back().samples.size() < n)
    note(options.samples + " has fewer than " + std::to_string(n) +
         " pictures: figures of different numbers of pictures are not comparable");
  if (options.cas && !options.samples.empty() &&
      entries->back().samples.size() < std::min(data->train.size(), kCasPictures))
    note(options.samples + ": CAS trains on its " + std::to_string(entries->back().samples.size()) + " pictures only");

  const CachedClassifier cached = cached_classifier(data->train, *device, TrainingBar("training the classifier"));
  if (!cached.note.empty()) note(cached.note);
  const Reference reference(data->train, data->test, cached.classifier);
  std::printf("%zu samples against %zu test pictures of %s; classifier %.12s, accuracy %.4f\n", n, data->test.size(),
              options.data.c_str(), cached.sha256.c_str(), reference.test_accuracy());
  Table table(*entries);
  score_frame(reference, n,
              [&](const FrameRow& row) { table.add(row.name, "frame", std::min(n, data->train.size()), row.scores); });
  for (const EvalEntry& entry : *entries) {
    if (auto scored = score_entry(entry, n, options, reference, *device, table); !scored) return scored;
  }
  if (options.json.empty()) return {};
  const Json all = {
      {"data", options.data},
      {"train", fingerprint(data->train)},
      {"test", fingerprint(data->test)},
      {"classifier",
       {{"sha256", cached.sha256}, {"recipe", kClassifierRecipe}, {"test_accuracy", reference.test_accuracy()}}},
      {"engine", options.engine},
      {"n", n},
      {"seed", options.seed},
      {"rows", table.rows()}};
  return write_file_atomically(options.json, all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

void add_eval(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  options->engine = engine_names().front();
  CLI::App* command = app.add_subcommand("eval", "Score models, or any samples, against the test pictures");
  command->add_option("--model", options->models, "folder of a run or of an exported model; may be given again")
      ->type_name("RUN")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--samples", options->samples, "IDX file of pictures, gzipped or not")->type_name("FILE");
  command->add_option("--labels", options->labels, "their classes (default: FILE.labels, if it is there)")
      ->type_name("FILE");
  command->add_option("--data", options->data, "fashion-mnist, or a path: IDX, CIFAR binary or a folder of pictures")
      ->capture_default_str();
  command->add_option("--size", options->size, "crop and resize pictures to SIZE x SIZE")->check(CLI::Range(4, 256));
  command->add_option("--channels", options->channels, "1 grey, 3 colour")->check(CLI::IsMember({1, 3}));
  command->add_option("--n", options->n, "samples to compare (default: as many as test pictures, at most 10000)")
      ->check(CLI::Range(kMinPictures, kMaxPictures));
  command->add_option("--seed", options->seed, "of a model's samples")->capture_default_str();
  command->add_flag("--cas", options->cas,
                    "also train a classifier on as many samples as there are training pictures, at most 60000 (slow)");
  command->add_option("--engine", options->engine, "core shows what the page shows")
      ->check(CLI::IsMember(engine_names()))
      ->capture_default_str();
  command->add_option("--device", options->device, "where classifiers and distances run, and engine torch")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  command->add_option("--json", options->json, "also write it as JSON")->type_name("FILE");
  command->callback([options, &action] {
    check_usage(*options);
    action = [options]() -> Result<void> {
      try {
        return evaluate(*options);
      } catch (const c10::Error& error) {
        return tl::unexpected(torch_error(error, "if memory ran out, try a smaller --n or --device cpu"));
      }
    };
  });
}

}  // namespace avae::cli
