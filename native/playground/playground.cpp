#include "native/playground/playground.hpp"

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "native/data/files.hpp"
#include "native/data/image.hpp"
#include "native/data/model_folder.hpp"
#include "native/data/png_grid.hpp"
#include "native/playground/catalogues.hpp"
#include "native/playground/decode_threads.hpp"
#include "native/playground/desk.hpp"
#include "native/playground/desktop_tools.hpp"
#include "native/playground/opening.hpp"
#include "native/playground/pictures_folder.hpp"
#include "native/playground/window.hpp"
#include "shared/playground/drawn_draw_panel.hpp"
#include "shared/playground/drawn_share_panel.hpp"
#include "shared/playground/playground.hpp"
#include "shared/playground/strings.hpp"

namespace avae {

namespace {

constexpr int kMaxThreads = 8;

Result<LoadedModel> load(const std::string& folder) {
  const Result<ModelFolder> found = find_model(folder);
  if (!found) return tl::unexpected<Error>(found.error());
  Result<ModelFile> file = read_role(found->decoder, Role::kDecoder);
  if (!file) return tl::unexpected<Error>(file.error());
  LoadedModel model;
  model.info = {model_id(file->bytes), file->weights.spec.name, file->weights.spec, true, std::nullopt};
  model.atlas = kept_atlas(*found, model.info.spec, hex(model.info.id));
  if (found->discriminator && model.atlas && model.atlas->realism) {
    Result<ModelFile> judge = read_role(*found->discriminator, Role::kDiscriminator);
    if (!judge) return tl::unexpected<Error>(judge.error());
    if (auto same = check_same_model(file->weights, judge->weights); !same) return tl::unexpected<Error>(same.error());
    model.info.realism = model.atlas->realism;
    model.discriminator = std::move(judge->weights);
  }
  if (found->encoder) {
    Result<ModelFile> reader = read_role(*found->encoder, Role::kEncoder);
    if (!reader) return tl::unexpected<Error>(reader.error());
    if (auto same = check_same_model(file->weights, reader->weights); !same) return tl::unexpected<Error>(same.error());
    model.encoder = std::move(reader->weights);
  }
  model.weights = std::move(file->weights);
  return model;
}

Result<std::vector<LoadedModel>> load_all(const std::vector<std::string>& folders) {
  std::vector<LoadedModel> models;
  for (const std::string& folder : folders) {
    Result<LoadedModel> model = load(folder);
    if (!model) return tl::unexpected<Error>(model.error());
    const bool twice = std::any_of(models.begin(), models.end(),
                                   [&](const LoadedModel& one) { return one.info.id == model->info.id; });
    if (!twice) models.push_back(std::move(*model));
  }
  if (models.empty()) return fail("no model to play with", "name a folder that holds decoder.safetensors");
  return models;
}

Result<void> write_screenshot(const Window& window, const std::string& path) {
  Image image;
  image.channels = 3;
  const std::vector<std::uint8_t> rgba = window.grab(&image.width, &image.height);
  for (std::size_t i = 0; i < rgba.size(); i += 4)
    image.pixels.insert(image.pixels.end(), rgba.begin() + static_cast<std::ptrdiff_t>(i),
                        rgba.begin() + static_cast<std::ptrdiff_t>(i) + 3);
  const Result<std::vector<std::uint8_t>> png = encode_png(image);
  if (!png) return tl::unexpected<Error>(png.error());
  return write_file_atomically(path, *png);
}

/// Renders one frame, with fonts to match the screen that the window is on.
void render(Window& window, Playground& playground, float* scale) {
  if (const float now = window.scale(); now != *scale) {
    *scale = now;
    playground.set_scale(now);
    window.upload_fonts();
  }
  int width = 0;
  int height = 0;
  window.size(&width, &height);
  window.begin_frame();
  if (width > 0 && height > 0) playground.frame(static_cast<float>(width), static_cast<float>(height));
  window.render();
}

void deliver(DecodeThreads& threads, Desk& desk, Playground& playground) {
  for (const Desk::Answer& answer : desk.take()) {
    if (answer.error.empty()) {
      playground.saved(answer.ticket, answer.path);
    } else {
      playground.failed(answer.ticket, answer.error);
    }
  }
  for (const DecodeThreads::Answer& answer : threads.take()) {
    if (!answer.error.empty()) {
      playground.failed(answer.ticket, answer.error);
    } else if (answer.encoding) {
      playground.encoded(answer.ticket, *answer.encoding);
    } else if (!answer.logits.empty()) {
      playground.judged(answer.ticket, answer.logits);
    } else {
      playground.decoded(answer.ticket, answer.pixels);
    }
  }
}

/// What came from outside since the last call: files on the window, a wish to paste or to choose a file, and what
/// became of it.
void open_what_came(Window& window, Desk& desk, DesktopTools& tools, Playground& playground) {
  for (const std::string& path : window.take_dropped()) open_file(path, playground);
  if (desk.take_paste() && !open_text(window.pasted_text(), playground)) tools.paste_picture();
  if (desk.take_choose()) tools.choose_picture();
  const std::optional<DesktopTools::Answer> answer = tools.take();
  if (!answer) return;
  if (!answer->problem.empty()) playground.say(answer->problem);
  if (answer->file.empty()) return;
  open_file(answer->file.string(), playground);
  std::error_code none;
  if (answer->temporary) std::filesystem::remove_all(answer->file.parent_path(), none);
}

/// Models that can be are compared at first, as on the page.
void compare_first(Playground& playground) {
  const ModelInfo& model = playground.editor().model();
  if (comparable(model, playground.editor().models()).size() < 2) return;
  Result<LinkState> state = decode_link(playground.link(), model.spec.latent, model.spec.classes);
  if (!state) return;
  state->view = View::kCompare;
  (void)playground.open(encode_link(*state));
}

Result<void> press(const std::string& name, Playground& playground) {
  const auto targets = playground.targets();
  const bool drawn = std::any_of(targets.begin(), targets.end(),
                                 [&name](const Target& one) { return one.name == name && one.enabled; });
  if (!drawn)
    return fail("the window has nothing called " + name + " that can be pressed", "see what is drawn by then");
  playground.press(name);
  return {};
}

}  // namespace

Result<void> run_playground(const PlaygroundOptions& options) {
  Result<std::vector<LoadedModel>> models = load_all(options.model_folders);
  if (!models) return tl::unexpected<Error>(models.error());
  std::vector<ModelInfo> infos;
  std::vector<std::pair<ModelId, Atlas>> atlases;
  for (LoadedModel& model : *models) {
    infos.push_back(model.info);
    if (model.atlas) atlases.emplace_back(model.info.id, std::move(*model.atlas));
  }

  Window window;
  const bool screenshot = !options.screenshot.empty();
  if (Result<void> opened = window.open("AVAE playground", options.width, options.height, true); !opened) return opened;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int count = options.threads > 0 ? options.threads : std::clamp(cores - 1, 1, kMaxThreads);
  window.set_reduced_motion(options.reduced_motion);
  window.set_site(options.site);
  DecodeThreads threads(std::move(*models), count, wake_window);
  std::error_code none;
  Desk desk(options.folder.empty() ? pictures_folder() : std::filesystem::absolute(options.folder, none), wake_window);
  DesktopTools tools(wake_window);
  DrawnSharePanel sharing(desk, threads);
  DrawnDrawPanel drawing(threads, window);
  Playground playground(std::move(infos), threads, window, &sharing, &drawing);
  for (auto& [id, atlas] : atlases) playground.set_atlas(id, std::move(atlas));
  const std::string language = options.language.empty() ? environment_language() : options.language;
  if (auto told = set_strings(catalogue_of(language)); !told) return told;
  if (options.theme == "light") playground.set_theme(ThemeName::kLight);
  // A bad link is told in the window.
  if (!options.link.empty()) (void)open_link(options.link, playground);
  if (!options.picture.empty()) open_file(options.picture, playground);
  if (options.link.empty() && options.picture.empty()) compare_first(playground);

  float scale = 0.0f;
  auto next_press = options.press.begin();
  while (!window.should_close()) {
    deliver(threads, desk, playground);
    open_what_came(window, desk, tools, playground);
    if (playground.needs_frame()) {
      render(window, playground, &scale);
      window.present();
    } else if (screenshot && playground.pending() == 0 && !tools.busy()) {
      if (next_press != options.press.end()) {
        if (auto pressed = press(*next_press++, playground); !pressed) return pressed;
        continue;
      }
      render(window, playground, &scale);
      return write_screenshot(window, options.screenshot);
    }
    const bool finished = screenshot && playground.pending() == 0 && !tools.busy();
    if (window.wait(finished ? 0.0 : playground.wait_ms())) playground.wake();
  }
  return {};
}

}  // namespace avae
