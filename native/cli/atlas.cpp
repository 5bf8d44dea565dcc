#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>

#include "native/cli/command.hpp"
#include "native/cli/progress_bar.hpp"
#include "native/data/files.hpp"
#include "native/publish/make_atlas.hpp"

namespace avae::cli {
namespace {

struct Options {
  std::string model, data;
  int points = AtlasOptions{}.points;
};

Result<void> make(const Options& options) {
  const auto found = find_model(options.model);
  if (!found) return tl::unexpected(found.error());
  ProgressBar bar;
  const auto began = std::chrono::steady_clock::now();
  AtlasOptions how{options.points, [&](double done) {
                     const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
                     bar.update(done, spent.count() * (1.0 - done) / std::max(done, 1e-3), "");
                   }};
  const auto atlas = make_atlas(*found, options.data, how);
  bar.finish();
  if (!atlas) return tl::unexpected(atlas.error());
  const auto path = found->decoder.parent_path() / kAtlasFile;
  const auto bytes = write_atlas(*atlas);
  if (const auto written = write_file_atomically(path, bytes); !written) return written;
  std::string names;
  for (const Direction& direction : atlas->directions)
    if (!direction.name.empty()) names += (names.empty() ? "" : ", ") + direction.name;
  std::cout << path.string() << ": " << atlas->size() << " points, " << atlas->directions.size() << " directions"
            << (names.empty() ? "" : ", of them " + names) << ", " << bytes.size() << " bytes\n";
  return {};
}

}  // namespace

void add_atlas(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("atlas", "Compute the map and the directions that the page shows of a model");
  command->add_option("--model", options->model, "folder of a run or of an exported model; the atlas is written beside")
      ->required();
  command->add_option("--data", options->data,
                      "what the model was trained on, as for train: the map's points are its test pictures; without "
                      "it, draws of the model");
  command->add_option("--points", options->points, "pictures on the map")
      ->check(CLI::Range(kAtlasNeighbours, kMaxAtlasPoints))
      ->capture_default_str();
  command->callback([options, &action] { action = [options] { return make(*options); }; });
}

}  // namespace avae::cli
