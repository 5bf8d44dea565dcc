#include "native/publish/gallery.hpp"

#include <algorithm>
#include <array>

#include "native/data/png_grid.hpp"
#include "native/publish/card.hpp"
#include "native/publish/head.hpp"
#include "shared/infer/network.hpp"

namespace avae {
namespace {

constexpr int kMargin = 32;
constexpr int kLarge = kCardHeight - 2 * kMargin;
constexpr int kGap = 8;
constexpr int kBeside = 4;  // rows and columns of small pictures
constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

void replace_all(std::string& text, std::string_view token, const std::string& with) {
  for (std::size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + with.size()))
    text.replace(at, token.size(), with);
}

/// What the small pictures show.
std::vector<Keyframe> beside(const ModelSpec& spec, const LinkState& state) {
  std::vector<Keyframe> out = state.morph;
  const std::size_t most = kBeside * kBeside;
  for (int k = 0; out.empty() ? k < spec.classes : k > 0 && k < spec.classes; ++k)
    if (out.size() < most) out.push_back({state.sample.latent, one_class(spec.classes, k)});
  for (std::uint64_t seed = 1; out.size() < most; ++seed)
    out.push_back({random_latent(seed, spec.latent, 80, spec.switches), state.sample.mix});
  return out;
}

void paste(Image& card, const Image& picture, int x, int y) {
  const auto bytes = static_cast<std::size_t>(picture.width) * 3;
  for (int row = 0; row < picture.height; ++row) {
    const std::size_t to = (static_cast<std::size_t>(y + row) * kCardWidth + static_cast<std::size_t>(x)) * 3;
    std::copy_n(&picture.pixels[static_cast<std::size_t>(row) * bytes], bytes, &card.pixels[to]);
  }
}

}  // namespace

Result<std::vector<GalleryEntry>> parse_gallery(std::string_view text, const std::map<std::string, ModelSpec>& specs) {
  std::vector<GalleryEntry> entries;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, end - at));
    at = end + 1;
    ++number;
    if (line.empty()) continue;
    const std::string where = "line " + std::to_string(number) + " of the gallery";
    const std::size_t space = std::min(line.find_first_of(kBlank), line.size());
    std::string_view link = line.substr(0, space);
    const std::string_view title = trimmed(line.substr(space));
    if (const std::size_t hash = link.find('#'); hash != std::string_view::npos) link = link.substr(hash + 1);
    if (title.empty()) return fail(where + " has no title", "write it after the link, on the same line");
    const auto id = link_model(link);
    if (!id) return fail(where + ": " + id.error().message, "copy the link again");
    const auto model = specs.find(hex(*id));
    if (model == specs.end())
      return fail(where + " is of the model " + hex(*id) + ", which the site does not have",
                  "publish that model too, with --model or --earlier");
    auto state = decode_link(link, model->second.latent, model->second.classes);
    if (!state) return fail(where + ": " + state.error().message, "copy the link again");
    const bool twice = std::any_of(entries.begin(), entries.end(), [&](const auto& one) { return one.link == link; });
    if (twice) return fail(where + " has a link for the second time", "remove it");
    if (entries.size() == kMaxGallery) return fail("the gallery has more than 200 pictures", "choose fewer");
    entries.push_back({std::string(link), std::string(title), std::move(*state)});
  }
  if (entries.empty()) return fail("the gallery has no links", "write a link and a title on each line");
  return entries;
}

Result<Image> make_picture_card(const RoleWeights& decoder, const LinkState& state) {
  const ModelSpec& spec = decoder.spec;
  auto network = Network::create(decoder);
  if (!network) return tl::unexpected(network.error());
  std::vector<Keyframe> frames = {state.sample};
  for (Keyframe& frame : beside(spec, state)) frames.push_back(std::move(frame));
  std::vector<std::int8_t> latents;
  std::vector<std::uint8_t> mixes;
  for (const Keyframe& frame : frames) {
    latents.insert(latents.end(), frame.latent.begin(), frame.latent.end());
    mixes.insert(mixes.end(), frame.mix.begin(), frame.mix.end());
  }
  const auto each = static_cast<std::size_t>(spec.pixels());
  std::vector<std::uint8_t> pixels(frames.size() * each);
  if (const auto done = decode_pixels(*network, latents, mixes, pixels); !done) return tl::unexpected(done.error());

  Image card{kCardHeight, kCardWidth, 3, std::vector<std::uint8_t>(std::size_t{kCardHeight} * kCardWidth * 3)};
  constexpr std::array<std::uint8_t, 3> kGround = {0x0f, 0x11, 0x15};
  for (std::size_t i = 0; i < card.pixels.size(); ++i) card.pixels[i] = kGround[i % 3];
  const auto picture = [&](std::size_t index, int side) {
    const auto from = pixels.begin() + static_cast<std::ptrdiff_t>(index * each);
    const Image small{spec.height, spec.width, spec.channels, {from, from + static_cast<std::ptrdiff_t>(each)}};
    const int longest = std::max(spec.height, spec.width);
    return fit_image(with_channels(small, 3), side * spec.height / longest, side * spec.width / longest);
  };
  const Image large = picture(0, kLarge);
  paste(card, large, kMargin + (kLarge - large.width) / 2, kMargin + (kLarge - large.height) / 2);
  const int left = 2 * kMargin + kLarge;
  const int side = (kCardWidth - kMargin - left - (kBeside - 1) * kGap) / kBeside;
  const int top = (kCardHeight - kBeside * side - (kBeside - 1) * kGap) / 2;
  for (int i = 0; i < kBeside * kBeside; ++i) {
    const Image small = picture(static_cast<std::size_t>(i + 1), side);
    paste(card, small, left + i % kBeside * (side + kGap) + (side - small.width) / 2,
          top + i / kBeside * (side + kGap) + (side - small.height) / 2);
  }
  return card;
}

std::string preview_html(std::string_view html, const GalleryPage& page, const std::string& base_url) {
  std::string text(html);
  replace_all(text, "{{head}}", preview_head({page.title, base_url, page.card}, page.path));
  replace_all(text, "{{title}}", html_text(page.title));
  replace_all(text, "{{card}}", html_text(page.card));
  replace_all(text, "{{link}}", html_text(page.link));
  return text;
}

std::string gallery_html(std::string_view html, std::span<const GalleryPage> pages) {
  std::string items;
  for (const GalleryPage& page : pages) {
    items += "<li><a href=\"" + html_text(page.path) + "\"><img src=\"" + html_text(page.card) +
             "\" alt=\"\" width=\"1200\" height=\"630\" loading=\"lazy\"><span>" + html_text(page.title) +
             "</span></a></li>\n";
  }
  std::string text(html);
  replace_all(text, "{{items}}", items);
  return text;
}

}  // namespace avae
