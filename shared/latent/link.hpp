// Link v1: the state of the playground as the fragment of a URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/latent/latent.hpp"
#include "shared/model/hash.hpp"
#include "shared/model/result.hpp"

namespace avae {

enum class View : std::uint8_t { kShape = 0, kMap = 1, kMorph = 2, kDraw = 3, kCompare = 4 };

struct Keyframe {
  Latent latent;   ///< Z
  ClassMix mix;    ///< K
  bool operator==(const Keyframe&) const = default;
};

/// What a link restores. Everything in it is already quantised.
struct LinkState {
  ModelId model{};
  View view = View::kShape;
  Keyframe sample;
  std::vector<Keyframe> morph;     ///< 0 or 2..16 keyframes, same Z and K as `sample`
  std::uint8_t morph_speed = 10;   ///< tenths of a keyframe per second, 1..100
  bool morph_loop = true;
  std::uint16_t morph_position = 0;  ///< 0..65535 of the whole strip
  bool operator==(const LinkState&) const = default;
};

inline constexpr std::uint8_t kLinkVersion = 1;
inline constexpr std::size_t kMaxLinkChars = 8192;

/// base64url of: version byte; sections (tag byte, LEB128 length, bytes) in ascending tag order; CRC-32 of all before it, little-endian.
///   1 model (8 bytes) · 2 view (1) · 3 class mix (count, then index and weight pairs of the non-zero classes) · 4 latent (Z bytes)
///   5 morph (speed, flags, position LE16, count, then per keyframe: mix as in 3, Z bytes)
/// Tags from 128 up are optional: readers skip those they do not know. Others unknown are refused.
/// Default view and empty morph are left out. A 32-d sample of one class takes 76 characters.
std::string encode_link(const LinkState& state);

/// Reads a link without knowing the model: K is not in the link, so class mixes come back as (index, weight) pairs expanded to
/// `classes` weights; Z must equal `latent_size`. `text` may start with '#'. First use link_model() to look the model up.
/// Errors: empty, too long, not base64url, unknown version, truncated, wrong length, bad CRC, a section twice or out of order,
/// unknown required section, class out of range or twice, latent of another size, value out of range.
Result<LinkState> decode_link(std::string_view text, int latent_size, int classes);

/// Which model a link is for. Checks version, sections and CRC as decode_link() does.
Result<ModelId> link_model(std::string_view text);

}  // namespace avae
