// A site's gallery: links that someone chose, each with a page of its own for link previews.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "native/data/image.hpp"
#include "shared/latent/link.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

/// A line of a gallery file.
struct GalleryEntry {
  std::string link;   ///< the fragment, without '#'
  std::string title;  ///< for people, not empty
  LinkState state;
};

/// Reads lines of a link, as a URL with a fragment or the fragment alone, and a title after it; empty lines do not
/// count. `specs` are the site's models by the hex of their ids. Errors name the line: no title, a link that
/// decode_link() refuses, a model that the site does not have, a link twice, none at all, more than kMaxGallery.
Result<std::vector<GalleryEntry>> parse_gallery(std::string_view text, const std::map<std::string, ModelSpec>& specs);

inline constexpr std::size_t kMaxGallery = 200;

/// RGB, kCardHeight x kCardWidth (card.hpp): the sample, and beside it the morph's keyframes, or the same latent as
/// other classes, or its draws where there are none. Errors: as Network's.
Result<Image> make_picture_card(const RoleWeights& decoder, const LinkState& state);

struct GalleryPage {
  std::string path, title, link;
  std::string card;  ///< path of its picture
};

/// Fills preview.html of the template for one picture: {{title}}, {{card}}, {{link}}, {{head}} (what previews read;
/// absolute where there is a base URL).
std::string preview_html(std::string_view html, const GalleryPage& page, const std::string& base_url);

/// Fills gallery.html: {{items}}.
std::string gallery_html(std::string_view html, std::span<const GalleryPage> pages);

}  // namespace avae
