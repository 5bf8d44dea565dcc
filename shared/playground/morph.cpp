#include "shared/playground/morph.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace avae {

namespace {
constexpr double kStrip = 65535.0;
}

int morph_segments(int keyframes, bool loop) {
  if (keyframes < 2) return 0;
  return loop ? keyframes : keyframes - 1;
}

std::uint16_t keyframe_position(int index, int keyframes, bool loop) {
  const int segments = morph_segments(keyframes, loop);
  if (segments == 0) return 0;
  return static_cast<std::uint16_t>(std::lround(kStrip * index / segments));
}

Keyframe morph_at(std::span<const Keyframe> keyframes, std::uint16_t position, bool loop, int switches) {
  const int count = static_cast<int>(keyframes.size());
  const int segments = morph_segments(count, loop);
  if (segments == 0) return keyframes.front();
  const double along = position / kStrip * segments;
  const int near = static_cast<int>(std::lround(along));
  if (keyframe_position(near, count, loop) == position) return keyframes[static_cast<std::size_t>(near % count)];

  const int from = std::min(static_cast<int>(along), segments - 1);
  const Keyframe& a = keyframes[static_cast<std::size_t>(from)];
  const Keyframe& b = keyframes[static_cast<std::size_t>((from + 1) % count)];
  const float t = static_cast<float>(along - from);
  std::vector<float> u(a.latent.size());
  const bool straight = a.encoded && b.encoded;
  straight ? lerp(a.latent, b.latent, t, u) : slerp(a.latent, b.latent, t, u, switches);
  return {quantise(u), mix_between(a.mix, b.mix, t), straight};
}

int nearest_keyframe(int keyframes, std::uint16_t position, bool loop) {
  const int segments = morph_segments(keyframes, loop);
  if (segments == 0) return 0;
  return static_cast<int>(std::lround(position / kStrip * segments)) % keyframes;
}

ClassMix mix_between(const ClassMix& a, const ClassMix& b, float t) {
  if (a == b) return a;
  std::vector<float> from(a.size());
  std::vector<float> to(b.size());
  normalise_mix(a, from);
  normalise_mix(b, to);
  for (std::size_t k = 0; k < from.size(); ++k) from[k] += t * (to[k] - from[k]);
  const float largest = *std::max_element(from.begin(), from.end());
  ClassMix mix(a.size());
  for (std::size_t k = 0; k < mix.size(); ++k)
    mix[k] = static_cast<std::uint8_t>(std::lround(255.0f * from[k] / largest));
  return mix;
}

double advance(double strip, double elapsed_ms, int keyframes, int speed, bool loop) {
  const int segments = morph_segments(keyframes, loop);
  if (segments == 0) return 0.0;
  const double moved = strip + elapsed_ms / 1000.0 * speed / 10.0 / segments;
  return loop ? moved - std::floor(moved) : std::min(moved, 1.0);
}

}  // namespace avae
