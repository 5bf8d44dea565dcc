#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "native/cli/command.hpp"
#include "native/cli/samples.hpp"
#include "native/data/image.hpp"
#include "native/data/model_folder.hpp"
#include "native/data/png_grid.hpp"
#include "shared/infer/read_picture.hpp"

namespace avae::cli {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Options {
  std::string model, class_name, out;
  std::vector<std::string> images;
  int scale = 1;
};

/// As the class given, or else as the one that comes closest to the picture: each is looked into here, which takes the
/// playground too long.
Result<Reading> read_closest(Network& encoder, Network& decoder, const Bytes& pixels, std::optional<int> class_index) {
  const int classes = decoder.spec().classes;
  if (class_index || classes == 0) return read_picture(encoder, decoder, pixels, class_index.value_or(-1));
  std::optional<Reading> best;
  for (int k = 0; k < classes; ++k) {
    auto tried = read_picture(encoder, decoder, pixels, k);
    if (!tried) return tried;
    if (!best || tried->error < best->error) best = std::move(*tried);
  }
  return *best;
}

Result<Network> load(const std::filesystem::path& path, Role role, std::optional<RoleWeights>& weights) {
  auto file = read_role(path, role);
  if (!file) return tl::unexpected(file.error());
  if (weights) {
    if (const auto same = check_same_model(*weights, file->weights); !same) return tl::unexpected(same.error());
  }
  weights = std::move(file->weights);
  return Network::create(*weights);
}

Result<void> reconstruct(const Options& options) {
  const auto model = find_model(options.model);
  if (!model) return tl::unexpected(model.error());
  if (!model->encoder)
    return fail("the model " + options.model + " has no encoder", "reconstruction needs an avae, vae or seed model");
  std::optional<RoleWeights> weights;
  auto decoder = load(model->decoder, Role::kDecoder, weights);
  if (!decoder) return tl::unexpected(decoder.error());
  auto encoder = load(*model->encoder, Role::kEncoder, weights);
  if (!encoder) return tl::unexpected(encoder.error());
  const ModelSpec& spec = decoder->spec();
  std::optional<int> class_index;
  if (!options.class_name.empty()) {
    const auto found = find_class(spec, options.class_name);
    if (!found) return tl::unexpected(found.error());
    class_index = *found;
  }
  Bytes pairs;  // [2 N, H, W, C]
  for (const std::string& path : options.images) {
    const auto image = read_image(path);
    if (!image) return tl::unexpected(image.error());
    const Bytes pixels = with_channels(fit_image(*image, spec.height, spec.width), spec.channels).pixels;
    const auto result = read_closest(*encoder, *decoder, pixels, class_index);
    if (!result) return tl::unexpected(result.error());
    pairs.insert(pairs.end(), pixels.begin(), pixels.end());
    pairs.insert(pairs.end(), result->pixels.begin(), result->pixels.end());
    std::cout << path << ": mean squared error " << result->error
              << (spec.classes > 0 ? ", as " + class_label(spec, result->class_index) : "") << '\n';
  }
  const int pairs_per_row = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(options.images.size()) / 2)));
  return write_grid_png(options.out, pairs, spec.height, spec.width, spec.channels,
                        {.columns = 2 * pairs_per_row, .scale = options.scale});
}

}  // namespace

void add_reconstruct(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("reconstruct", "Pictures beside the closest that the model makes of them, in a PNG");
  command->add_option("images", options->images, "PNG, JPEG or BMP; the centre is used")
      ->required()
      ->type_name("IMAGE...");
  command->add_option("--model", options->model, "folder of a run or of an exported model")->required();
  command->add_option("--out", options->out, "PNG to write: each picture, then its reconstruction")
      ->required()
      ->type_name("FILE");
  command->add_option("--class", options->class_name, "name or index; without it the closest is taken");
  command->add_option("--scale", options->scale, "pixels of the PNG per pixel")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->callback([options, &action] { action = [options] { return reconstruct(*options); }; });
}

}  // namespace avae::cli
