#include "native/playground/opening.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <vector>

#include "native/data/files.hpp"
#include "native/data/image.hpp"
#include "native/data/png_chunks.hpp"
#include "shared/playground/draw_pad.hpp"
#include "shared/playground/strings.hpp"

namespace avae {

namespace {

constexpr std::uintmax_t kMostFileBytes = std::uintmax_t{64} << 20;  // as the page
constexpr std::string_view kFileUrl = "file://";

std::string_view fragment(std::string_view link) {
  const std::size_t hash = link.find('#');
  return hash == std::string_view::npos ? link : link.substr(hash + 1);
}

/// Without the space around it, and its first line only.
std::string_view first_line(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  text = text.substr(0, text.find_first_of("\r\n"));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// That a link is no good, and why.
std::string no_link(const Error& error) {
  constexpr std::string_view kStart = "link: ";
  const std::string why = error.message.starts_with(kStart) ? error.message.substr(kStart.size()) : error.message;
  return tr("This link cannot be opened: {}.", tr(why));
}

/// Why the link cannot be opened, in a sentence; nothing when it can.
std::optional<std::string> refusal(std::string_view link, const Editor& editor) {
  const Result<ModelId> id = link_model(link);
  if (!id) return no_link(id.error());
  const std::vector<ModelInfo>& models = editor.models();
  const auto model = std::find_if(models.begin(), models.end(), [&id](const ModelInfo& one) { return one.id == *id; });
  if (model == models.end())
    return tr("This link is for a model that is not open here: start with its folder too, by --model.");
  const Result<LinkState> state = decode_link(link, model->spec.latent, model->spec.classes);
  if (!state) return no_link(state.error());
  return std::nullopt;
}

/// Shows a picture to the model: as it is when it has the model's size, else its middle at the pad's size.
void show_picture(const Image& image, Playground& playground) {
  const ModelSpec& spec = playground.editor().spec();
  const int factor = pad_factor(spec);
  const Image fitting = with_channels(image, spec.channels);
  const bool own_size = image.height == spec.height && image.width == spec.width;
  if (!own_size) return playground.draw_on(fit_image(fitting, spec.height * factor, spec.width * factor).pixels, true);
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < spec.height * factor; ++y) {
    for (int x = 0; x < spec.width * factor; ++x) {
      const auto from = fitting.pixels.begin() + (y / factor * spec.width + x / factor) * spec.channels;
      pixels.insert(pixels.end(), from, from + spec.channels);
    }
  }
  playground.draw_on(pixels, false);
}

/// The path in a file:// address; nothing when it is none of this machine's.
std::optional<std::string> path_of(std::string_view address) {
  address.remove_prefix(kFileUrl.size());
  if (address.starts_with("localhost/")) address.remove_prefix(address.find('/'));
  if (!address.starts_with('/')) return std::nullopt;
  std::string path;
  for (std::size_t i = 0; i < address.size(); ++i) {
    unsigned value = 0;
    const char* digits = address.data() + i + 1;
    if (address[i] != '%' || i + 2 >= address.size() ||
        std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) {
      path += address[i];
      continue;
    }
    path += static_cast<char>(value);
    i += 2;
  }
  return path;
}

}  // namespace

bool open_link(std::string_view text, Playground& playground) {
  const std::string_view link = fragment(text);
  if (const auto why = refusal(link, playground.editor())) {
    playground.say(*why);
    return false;
  }
  return playground.open(link).has_value();
}

void open_file(const std::string& path, Playground& playground) {
  std::error_code none;
  if (const auto size = std::filesystem::file_size(path, none); !none && size > kMostFileBytes)
    return playground.say(tr("This file is larger than 64 MB: choose a smaller picture."));
  const auto bytes = read_file(path);
  if (!bytes) return playground.say(bytes.error().text());
  std::optional<std::string> why;
  if (const std::optional<std::string> link = link_in(*bytes)) {
    why = refusal(*link, playground.editor());
    if (!why) return (void)playground.open(*link);
  } else if (had_link(*bytes)) {
    why = tr("The link in this picture is damaged.");
  }
  const Result<Image> image = read_image(path);
  if (!image) return playground.say(image.error().text());
  show_picture(*image, playground);
  if (why) playground.say(*why + " " + tr("The picture is read like any other."));
}

bool open_text(std::string_view text, Playground& playground) {
  const std::string_view line = first_line(text);
  std::error_code none;
  if (line.starts_with(kFileUrl)) {
    if (const auto path = path_of(line)) return open_file(*path, playground), true;
  } else if (line.starts_with('/') && std::filesystem::is_regular_file(line, none)) {
    return open_file(std::string(line), playground), true;
  }
  const bool maybe_link = line.find('#') != std::string_view::npos ||
                          (!line.empty() && line.find_first_of(" \t/") == std::string_view::npos);
  if (!maybe_link) return false;
  (void)open_link(line, playground);
  return true;
}

}  // namespace avae
