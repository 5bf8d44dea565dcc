#include "native/publish/site.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include "native/cli/command.hpp"

namespace avae::cli {
namespace {

Result<void> publish(const PublishOptions& options) {
  const auto manifest = publish_site(options);
  if (!manifest) return tl::unexpected(manifest.error());
  const auto kept = std::count_if(manifest->models.begin(), manifest->models.end(),
                                  [](const SiteModel& model) { return !model.current; });
  std::int64_t bytes = 0;
  for (const SiteFile& file : manifest->files) bytes += file.bytes;
  std::cout << options.site << ": " << manifest->files.size() << " files of the page, " << bytes << " bytes\n";
  for (const SiteModel& model : manifest->models) {
    if (model.current)
      std::cout << "  " << model.id << "  " << model.title << ", decoder " << model.decoder.bytes << " bytes\n";
  }
  if (kept > 0) std::cout << "  and " << kept << " published earlier, for old links\n";
  return {};
}

}  // namespace

void add_publish(CLI::App& app, Action& action) {
  auto options = std::make_shared<PublishOptions>();
  CLI::App* command = app.add_subcommand("publish", "Make a folder of static files that any web host can serve");
  command
      ->add_option("--model", options->models,
                   "folder of a run or of an exported model; repeat for more, the first is the default")
      ->required();
  command->add_option("--earlier", options->earlier,
                      "folder of a model whose links are to open for ever, though it is no longer offered; repeat for "
                      "more. What SITE has already is kept without being named");
  command
      ->add_option("--gallery", options->gallery,
                   "file of links to show off, a line each: the link, then its title; each gets a page with a "
                   "preview picture")
      ->type_name("FILE");
  command->add_option("--out", options->site, "folder of the site")->required()->type_name("SITE");
  command->add_option("--base-url", options->base_url, "where the site will be, for link previews")->type_name("URL");
  command->add_option("--live", options->live, "live.json of a run in training, as the site serves it")
      ->type_name("PATH");
  command->add_option(
      "--data", options->data,
      "what the models were trained on: the points of their maps, as for avae atlas; used where a model "
      "has no atlas yet");
  command->add_option("--map-points", options->atlas.points, "pictures on a map that is made now; 0: no map")
      ->check(CLI::Range(0, kMaxAtlasPoints))
      ->capture_default_str();
  command
      ->add_option("--opening", options->opening,
                   "which picture of the first model's map a site of several models opens with, as each draws it; 0 is "
                   "the first")
      ->check(CLI::Range(0, kMaxAtlasPoints - 1))
      ->capture_default_str();
  command->add_option("--template", options->site_template, "the page without models; default: the wasm preset's")
      ->type_name("DIR");
  command->callback([options, &action] { action = [options] { return publish(*options); }; });
}

}  // namespace avae::cli
