#include "native/data/dataset.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "native/cli/command.hpp"
#include "native/data/batches.hpp"
#include "native/data/files.hpp"
#include "native/data/idx.hpp"
#include "native/data/png_grid.hpp"

namespace avae::cli {
namespace {

struct Options {
  std::string source, out, json;
  std::string split = "train";
  DataOptions data;
  int n = 100;
  std::uint64_t seed = 1;
  GridLayout layout;
};

const std::map<std::string, Split> kSplits = {{"train", Split::kTrain}, {"test", Split::kTest}, {"all", Split::kAll}};

nlohmann::ordered_json describe(const Dataset& set) {
  nlohmann::ordered_json info = {{"pictures", set.size()},
                                 {"height", set.height},
                                 {"width", set.width},
                                 {"channels", set.channels},
                                 {"classes", set.classes}};
  std::vector<std::size_t> counts(static_cast<std::size_t>(set.classes));
  for (const std::uint8_t label : set.labels) ++counts[label];
  info["class_names"] = set.class_names;
  info["class_counts"] = counts;
  return info;
}

void print(const std::string& split, const Dataset& set) {
  std::cout << split << ": " << set.size() << " pictures of " << set.width << " x " << set.height << " x "
            << set.channels;
  std::cout << (set.classes == 0 ? ", no labels\n" : ", " + std::to_string(set.classes) + " classes\n");
  for (int k = 0; k < set.classes; ++k) {
    const auto count = std::count(set.labels.begin(), set.labels.end(), static_cast<std::uint8_t>(k));
    std::cout << "  " << k << "  " << count
              << (set.class_names.empty() ? "" : "  " + set.class_names[static_cast<std::size_t>(k)]) << '\n';
  }
}

Result<void> inform(const Options& options) {
  nlohmann::ordered_json all;
  for (const char* split : {"train", "test"}) {
    const auto set = load_dataset(options.source, kSplits.at(split), options.data);
    if (!set && all.empty()) return tl::unexpected(set.error());
    if (!set) {  // many a folder has pictures to train on and no others
      std::cout << split << ": none, " << set.error().message << '\n';
      all[split] = nullptr;
      continue;
    }
    print(split, *set);
    all[split] = describe(*set);
  }
  return options.json.empty()
             ? Result<void>{}
             : write_file_atomically(options.json,
                                     all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

/// The first n pictures of a shuffle.
std::vector<std::uint8_t> some_pictures(const Dataset& set, int n, std::uint64_t seed) {
  std::vector<std::uint8_t> pixels;
  const auto count = static_cast<std::uint32_t>(set.size());
  BatchOrder order(seed, count, std::min(count, static_cast<std::uint32_t>(n)));
  for (const std::uint32_t i : order.indices(0, 0)) {
    const auto from = set.pixels.begin() + static_cast<std::ptrdiff_t>(i * set.picture_bytes());
    pixels.insert(pixels.end(), from, from + static_cast<std::ptrdiff_t>(set.picture_bytes()));
  }
  return pixels;
}

Result<void> preview(const Options& options) {
  const auto set = load_dataset(options.source, kSplits.at(options.split), options.data);
  if (!set) return tl::unexpected(set.error());
  const auto n = std::min<std::int64_t>(options.n, static_cast<std::int64_t>(set->size()));
  if (auto fits = check_grid(n, set->height, set->width, set->channels, options.layout); !fits) return fits;
  return write_grid_png(options.out, some_pictures(*set, options.n, options.seed), set->height, set->width,
                        set->channels, options.layout);
}

Result<void> convert(const Options& options) {
  const auto set = load_dataset(options.source, kSplits.at(options.split), options.data);
  if (!set) return tl::unexpected(set.error());
  return write_idx_set(options.out, set->pixels, set->height, set->width, set->channels, set->labels);
}

CLI::App* add_action(CLI::App* data, const char* name, const char* help, const std::shared_ptr<Options>& options,
                     Action& action, Result<void> (*work)(const Options&)) {
  CLI::App* command = data->add_subcommand(name, help);
  command
      ->add_option("source", options->source, "fashion-mnist, a folder of pictures, IDX or CIFAR files, or an IDX file")
      ->required();
  command->add_option("--size", options->data.size, "crop to squares of SIZE x SIZE pixels")->check(CLI::Range(4, 256));
  command->add_option("--channels", options->data.channels, "1 (grey) or 3 (RGB)")->check(CLI::IsMember({1, 3}));
  command->callback([options, work, &action] { action = [options, work] { return work(*options); }; });
  return command;
}

}  // namespace

void add_data(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* data = app.add_subcommand("data", "Inspect and prepare data sets");
  data->require_subcommand(1);
  CLI::App* info = add_action(data, "info", "Count pictures and classes of both splits", options, action, inform);
  info->add_option("--json", options->json, "also write it as JSON")->type_name("FILE");

  CLI::App* grid = add_action(data, "preview", "Draw some pictures as a PNG grid", options, action, preview);
  grid->add_option("--n", options->n, "number of pictures")->check(CLI::Range(1, 10000))->capture_default_str();
  grid->add_option("--seed", options->seed, "which pictures")->capture_default_str();
  grid->add_option("--scale", options->layout.scale, "pixels of the PNG per pixel")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  CLI::App* idx =
      add_action(data, "convert", "Write a split as IDX files, FILE and FILE.labels", options, action, convert);
  for (CLI::App* command : {grid, idx}) {
    command->add_option("--out", options->out, "file to write")->required()->type_name("FILE");
    command->add_option("--split", options->split, "train, test or all")
        ->check(CLI::IsMember({"train", "test", "all"}))
        ->capture_default_str();
  }
}

}  // namespace avae::cli
