#include <filesystem>
#include <iostream>
#include <memory>

#include "native/cli/command.hpp"
#include "native/cli/samples.hpp"
#include "native/data/model_folder.hpp"
#include "native/data/png_grid.hpp"
#include "native/publish/site.hpp"
#include "shared/infer/network.hpp"
#include "shared/latent/link.hpp"

namespace avae::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string link, out;
  std::vector<std::string> models;
  int scale = 1;
};

/// The part behind '#' of an address, or the text itself.
Result<std::string> fragment(const std::string& text) {
  const auto at = text.find('#');
  if (at != std::string::npos) return text.substr(at + 1);
  if (text.find("://") == std::string::npos) return text;
  return fail("the address has no link in it", "copy all of it, with the part behind '#', in quotes");
}

/// A decoder of a site is what its id says, or the link's picture would be another.
Result<ModelFile> read_published(const fs::path& path, const std::string& id) {
  auto decoder = read_role(path, Role::kDecoder);
  if (!decoder || hex(model_id(decoder->bytes)) == id) return decoder;
  return fail(path.string() + " has changed since it was published", "restore it, or publish the site again");
}

/// The decoder that the link is for, among models and published sites.
Result<ModelFile> find_decoder(const std::vector<std::string>& places, const std::string& id) {
  std::string seen;
  for (const std::string& place : places) {
    std::error_code error;
    if (fs::exists(fs::path(place) / "manifest.json", error)) {
      const auto manifest = read_manifest(place);
      if (!manifest) return tl::unexpected(manifest.error());
      for (const SiteModel& model : manifest->models) {
        if (model.id == id) return read_published(fs::path(place) / model.decoder.path, id);
        seen += (seen.empty() ? "" : ", ") + model.id + " (" + model.name + ")";
      }
      continue;
    }
    const auto model = find_model(place);
    if (!model) return tl::unexpected(model.error());
    auto decoder = read_role(model->decoder, Role::kDecoder);
    if (!decoder) return decoder;
    const std::string own = hex(model_id(decoder->bytes));
    if (own == id) return decoder;
    seen += (seen.empty() ? "" : ", ") + own + " (" + decoder->weights.spec.name + ")";
  }
  return fail("the link is for another model, " + id + ", not for " + seen,
              "give that model, or the site that the link is from, with --model");
}

Result<void> open(const Options& options) {
  const auto link = fragment(options.link);
  if (!link) return tl::unexpected(link.error());
  const auto id = link_model(*link);
  if (!id) return tl::unexpected(id.error());
  const auto decoder = find_decoder(options.models, hex(*id));
  if (!decoder) return tl::unexpected(decoder.error());
  const ModelSpec& spec = decoder->weights.spec;
  const auto state = decode_link(*link, spec.latent, spec.classes);
  if (!state) return tl::unexpected(state.error());
  auto network = Network::create(decoder->weights);
  if (!network) return tl::unexpected(network.error());
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(spec.pixels()));
  if (auto done = decode_pixels(*network, state->sample.latent, state->sample.mix, pixels); !done) return done;
  return write_grid_png(options.out, pixels, spec.height, spec.width, spec.channels,
                        {.scale = options.scale, .gap = 0});
}

}  // namespace

void add_open(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("open", "Draw the sample of a share link");
  command->add_option("link", options->link, "link, or the whole address with its part behind '#'")
      ->required()
      ->type_name("LINK");
  command
      ->add_option("--model", options->models,
                   "folder of a run, of an exported model, or of a published site; repeat to choose among more")
      ->required();
  command->add_option("--out", options->out, "PNG to write")->required()->type_name("FILE");
  command->add_option("--scale", options->scale, "pixels of the PNG per pixel")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->callback([options, &action] { action = [options] { return open(*options); }; });
}

}  // namespace avae::cli
