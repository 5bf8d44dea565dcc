// The atlas of a model: where its pictures lie on a map, and along which directions they change.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shared/latent/link.hpp"
#include "shared/model/result.hpp"
#include "shared/model/spec.hpp"

namespace avae {

/// A way to move a latent. Axes are unit vectors in u (latent.hpp); switches have no part in them.
struct Direction {
  std::string name;         ///< what changes, such as "brightness"; empty when it has no name
  std::vector<float> axes;  ///< [max(K, 1), Z]: each class has its own, since u is each class's own frame
};

/// What a discriminator's logit says: the share of real pictures among real and drawn ones, half each, that get it.
struct RealismScale {
  float scale = 0.0f;  ///< > 0
  float offset = 0.0f;
  /// 0..1, rising with the logit.
  float operator()(float logit) const;
};

/// Plain data, as avae atlas computes it. N points, Z latent size, K classes.
struct Atlas {
  std::string model;                    ///< 16 hex digits of the decoder that it is for, as links call it
  int latent = 0;                       ///< Z
  int classes = 0;                      ///< K
  std::vector<float> positions;         ///< [N, 2]: x to the right and y downwards, in [0, 1]
  std::vector<std::int8_t> latents;     ///< [N, Z], quantised
  std::vector<std::uint8_t> labels;     ///< [N] when K > 0
  std::vector<Direction> directions;    ///< by how much they change a picture, most first
  std::optional<RealismScale> realism;  ///< of the model's discriminator

  int size() const { return static_cast<int>(positions.size() / 2); }
  /// The axis of direction `index` for pictures that are mostly of class `label` (-1 without classes): [Z].
  std::span<const float> axis(int index, int label) const;
};

inline constexpr int kMaxAtlasPoints = 4096;
inline constexpr int kMaxDirections = 32;
inline constexpr std::size_t kMaxDirectionName = 32;

/// A safetensors file: "position" F16 [N, 2], "latent" I8 [N, Z], "label" U8 [N], "direction" F16 [M, max(K, 1), Z],
/// where it has one "realism" F32 [2] (scale, offset); metadata "avae.atlas" is
/// {"version": 1, "model": 16 hex digits, "directions": [name, ...]}.
std::vector<std::uint8_t> write_atlas(const Atlas& atlas);

/// Reads and checks a file against the spec of the model it is for; the caller compares `model`. Errors name the fault:
/// as parse_safetensors(), another version, a tensor missing or of another shape, positions outside [0, 1], a label
/// that is no class, axes or realism that are not finite, fewer than kAtlasNeighbours points, more than the limits
/// above.
Result<Atlas> read_atlas(std::span<const std::uint8_t> bytes, const ModelSpec& spec);

/// Points that a place on the map is mixed from.
inline constexpr int kAtlasNeighbours = 4;

/// What is shown at a place of the map.
struct AtlasPlace {
  Keyframe keyframe;
  float density = 0.0f;  ///< 1 among points, 0 where there are none near
  int label = -1;        ///< class of the nearest point, -1 without classes
};

/// The picture at (x, y): a mean of the nearest points' latents and classes, weighted so that it is theirs at a point
/// and changes continuously between (Franke & Little's inverse distances). Switches are those of the nearest point's
/// class, blended like the rest. The keyframe is encoded. The atlas has at least kAtlasNeighbours points.
AtlasPlace place_at(const Atlas& atlas, float x, float y);

}  // namespace avae
