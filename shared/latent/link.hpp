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
  Latent latent;         ///< Z
  ClassMix mix;          ///< K
  bool encoded = false;  ///< where a picture was read, not drawn from the prior: a morph between two such is straight
  /// Of the same picture, wherever that comes from.
  bool operator==(const Keyframe& other) const { return latent == other.latent && mix == other.mix; }
};

/// What a link restores. Everything in it is already quantised: latents in [-127, 127], and with K > 0 no mix all zero.
struct LinkState {
  ModelId model{};
  View view = View::kShape;
  Keyframe sample;
  std::vector<Keyframe> morph;  ///< 0 or 2..16 keyframes, same Z and K as `sample`
  // A link keeps these only with keyframes.
  std::uint8_t morph_speed = 10;  ///< tenths of a keyframe per second, 1..100
  bool morph_loop = true;
  std::uint16_t morph_position = 0;  ///< 0..65535 of the whole strip
  bool operator==(const LinkState&) const = default;
};

inline constexpr std::uint8_t kLinkVersion = 1;
inline constexpr std::size_t kMinMorph = 2;
inline constexpr std::size_t kMaxMorph = 16;
inline constexpr std::uint8_t kMaxMorphSpeed = 100;
/// Longer than the longest link of any valid state (Z = K = 256, 16 keyframes of every class).
inline constexpr std::size_t kMaxLinkChars = 18432;

/// base64url of: version byte; sections (tag byte, LEB128 length, body) in ascending tag order; CRC-32 of all before
/// it, 4 bytes, little-endian.
///   1 model      8 bytes
///   2 view       1 byte
///   3 class mix  LEB128 count, then an index and a weight byte per non-zero class, ascending
///   4 latent     Z bytes, two's complement
///   5 morph      speed, flags (bit 0: loop), position (2 bytes, little-endian), count, then a mix and Z bytes each
///   128 encoded  the sample's byte, 0 or 1, then with a morph 2 bytes, little-endian: bit i for keyframe i
/// Tags from 128 up are optional: readers skip those they do not know. Others unknown are refused.
/// Left out: the default view, the mix when K = 0, an empty morph, section 128 when all of it is 0. A 32-d sample of
/// one class takes 72 characters.
std::string encode_link(const LinkState& state);

/// Reads a link without knowing the model: K is not in the link, so class mixes come back as (index, weight) pairs
/// expanded to `classes` weights; Z must equal `latent_size`. `text` may start with '#'. First use link_model() to look
/// the model up. Errors: empty, too long, not base64url, unknown version, truncated, bad CRC, a section twice, out of
/// order, missing or of the wrong length, unknown required section, class out of range or twice, latent of another
/// size, value out of range. Messages begin with "link".
Result<LinkState> decode_link(std::string_view text, int latent_size, int classes);

/// Names of views as the page spells them: "shape", "map", "morph", "draw", "compare".
std::string_view view_name(View view);
/// Errors: a name that is not in the list.
Result<View> parse_view(std::string_view name);

/// Which model a link is for. Checks version, sections and CRC as decode_link() does.
Result<ModelId> link_model(std::string_view text);

}  // namespace avae
