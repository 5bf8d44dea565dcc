// Quantised latents: the coordinates a visitor sees, moves and shares. What is shown is exactly what a link holds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace avae {

/// One step of a quantised latent: u = q / 32, q in [-127, 127], so u in [-3.97, 3.97].
inline constexpr float kLatentStep = 1.0f / 32.0f;

/// Where a drawn switch rests: u = -1 or 1 (layers.hpp, kClassAffine).
inline constexpr int kSwitchSteps = 32;

/// Z quantised coordinates in the prior's own frame: u ~ N(0, I), then the model's switches, -1 or 1 alike often.
using Latent = std::vector<std::int8_t>;

/// Weights of the classes, K bytes, not all zero (empty when K = 0). mix_k = w_k / sum(w); one class is {0, 255, 0}.
using ClassMix = std::vector<std::uint8_t>;

/// u [Z] from q [Z].
void dequantise(std::span<const std::int8_t> latent, std::span<float> u);
/// Nearest step, ties away from zero, clamped to [-127, 127]; NaN becomes 0.
Latent quantise(std::span<const float> u);
/// mix [K] as floats that sum to 1 (up to rounding). All-zero weights give zeros.
void normalise_mix(std::span<const std::uint8_t> weights, std::span<float> mix);
/// K weights with 255 at `index`, 0 elsewhere. 0 <= index < classes; empty when classes is 0.
ClassMix one_class(int classes, int index);

/// Counter-based generator (SplitMix64, Steele et al. 2014): the same seed gives the same stream on every machine.
class RandomBits {
 public:
  explicit RandomBits(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// Uniform in [0, bound), bound >= 1, without modulo bias.
  std::uint32_t below(std::uint32_t bound);

 private:
  std::uint64_t state_;
};

/// A draw from the prior's frame rounded to kLatentStep, by integer arithmetic only: a seed is a picture everywhere.
/// Coordinate i takes the i-th number of RandomBits(seed): its high 32 bits are looked up in a table of 2^32-scaled
/// normal probabilities for |q|, its lowest bit is the sign. `truncation_percent`, clamped to 0..100, scales |q|,
/// halves up (100: as drawn). Of the last `switches` coordinates only the sign counts: they are +-kSwitchSteps.
Latent random_latent(std::uint64_t seed, int latent_size, int truncation_percent = 100, int switches = 0);

/// Point t in [0, 1] between two latents [Z], in u. Slerp suits prior samples (Shoemake 1985), lerp suits encodings.
/// Slerp falls back to lerp when the two are within 0.001 rad of parallel or opposite, or one is zero; it moves the
/// last `switches` coordinates by lerp.
void slerp(std::span<const std::int8_t> a, std::span<const std::int8_t> b, float t, std::span<float> u,
           int switches = 0);
void lerp(std::span<const std::int8_t> a, std::span<const std::int8_t> b, float t, std::span<float> u);

}  // namespace avae
