// The playground's state as plain data, and its way to and from a link.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/latent/link.hpp"
#include "shared/model/result.hpp"
#include "shared/playground/services.hpp"

namespace avae {

inline constexpr int kMaxKeyframes = 16;
inline constexpr int kNoisePercent = 32;  ///< of variations, at first

/// Everything a visitor can change and undo. The first half is what a link holds.
struct AppState {
  ModelId model{};
  View view = View::kShape;
  Keyframe sample;              ///< the picture on show, also while a morph moves it
  std::vector<Keyframe> morph;  ///< 0..16 keyframes; a link leaves a lone one out
  std::uint8_t morph_speed = 10;
  bool morph_loop = true;
  std::uint16_t morph_position = 0;

  Keyframe base;                      ///< what Revert returns to: the sample as it was drawn, kept or opened
  int truncation_percent = 100;       ///< 0..100, scales random draws
  std::uint64_t gallery_seed = 1;     ///< the carpet's draws
  std::uint64_t variation_seed = 1;   ///< the variations' draws
  int noise_percent = kNoisePercent;  ///< 1..100, how far variations are from the sample: see neighbour()
  bool gallery_all_classes = true;    ///< the carpet draws from every class, not from the sample's mix
  bool operator==(const AppState&) const = default;
};

/// The picture everyone starts with: class 0, a fixed seed.
AppState default_state(const ModelInfo& model);

/// What a link would restore.
LinkState to_link(const AppState& state);
/// The state of a link; settings that links don't hold come from `previous`.
AppState from_link(const LinkState& link, const AppState& previous);

/// A draw of class mix `mix`: seed -> latent.
Keyframe draw(std::uint64_t seed, const ModelSpec& spec, const ClassMix& mix, int truncation_percent);
/// Tile `index` of the carpet.
Keyframe gallery_tile(const AppState& state, const ModelSpec& spec, int index);
/// A neighbour of `sample`: turned towards draw `seed`, so its length stays typical of the prior; by 1/64 radian for
/// each of `noise_percent`, so that 100 is about a quarter turn: a picture of its own. The switches, the last
/// coordinates, stay.
Keyframe neighbour(const Keyframe& sample, std::uint64_t seed, int noise_percent, int switches = 0);

/// The class with the largest weight, -1 without classes.
int main_class(const ClassMix& mix);
/// "sneaker", or "class 7" when the model has no names; translated where the catalogue has it.
std::string class_name(const ModelSpec& spec, int index);
/// Where a latent stands along a unit vector [Z], in steps, within [-127, 127].
int steps_along(std::span<const float> axis, const Latent& latent);
/// How many classes have a weight.
int class_count(const ClassMix& mix);

}  // namespace avae
