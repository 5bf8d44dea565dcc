#include <filesystem>
#include <memory>

#include "native/cli/command.hpp"
#include "native/cli/engine.hpp"
#include "native/cli/samples.hpp"
#include "native/data/idx.hpp"
#include "native/data/model_folder.hpp"
#include "native/data/png_grid.hpp"

namespace avae::cli {
namespace {

struct Options {
  std::string model, class_name, out, engine;
  std::string format = "png";
  SampleOptions samples;
  GridLayout layout;
};

Result<void> sample(Options options) {
  const auto model = find_model(options.model);
  if (!model) return tl::unexpected(model.error());
  const auto decoder = read_role(model->decoder, Role::kDecoder);
  if (!decoder) return tl::unexpected(decoder.error());
  const ModelSpec& spec = decoder->weights.spec;
  if (!options.class_name.empty()) {
    const auto index = find_class(spec, options.class_name);
    if (!index) return tl::unexpected(index.error());
    options.samples.class_index = *index;
  }
  if (options.format == "png") {
    if (auto fits = check_grid(options.samples.n, spec.height, spec.width, spec.channels, options.layout); !fits)
      return fail(fits.error().message, fits.error().hint + ", or for --format idx");
  }
  const Samples samples = make_samples(spec, options.samples);
  const auto pixels = decode_with(options.engine, decoder->weights, samples.latents, samples.mixes);
  if (!pixels) return tl::unexpected(pixels.error());
  if (options.format == "idx")
    return write_idx_set(options.out, *pixels, spec.height, spec.width, spec.channels, samples.labels);
  // A column per class reads better than a square.
  if (options.layout.columns == 0 && !options.samples.class_index && spec.classes > 0 && spec.classes <= 32)
    options.layout.columns = spec.classes;
  return write_grid_png(options.out, *pixels, spec.height, spec.width, spec.channels, options.layout);
}

}  // namespace

void add_sample(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  options->engine = engine_names().front();
  CLI::App* command = app.add_subcommand("sample", "Draw samples: one PNG grid, or IDX files as data sets use");
  command->add_option("--model", options->model, "folder of a run or of an exported model")->required();
  command->add_option("--out", options->out, "file to write; with --format idx labels go to FILE.labels")
      ->required()
      ->type_name("FILE");
  command->add_option("--n", options->samples.n, "number of samples")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--seed", options->samples.seed, "the same seed gives the same samples")->capture_default_str();
  command->add_option("--class", options->class_name, "name or index; without it the classes take turns");
  command
      ->add_option("--truncation", options->samples.truncation_percent, "percent; less is more typical and less varied")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command->add_option("--format", options->format, "png or idx")
      ->check(CLI::IsMember({"png", "idx"}))
      ->capture_default_str();
  command->add_option("--columns", options->layout.columns, "of the PNG grid; 0 chooses")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command->add_option("--scale", options->layout.scale, "pixels of the PNG per pixel")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--engine", options->engine, "core shows what the page shows")
      ->check(CLI::IsMember(engine_names()))
      ->capture_default_str();
  command->callback([options, &action] { action = [options] { return sample(*options); }; });
}

}  // namespace avae::cli
