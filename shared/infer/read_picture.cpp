#include "shared/infer/read_picture.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace avae {

namespace {

/// Decodes the latents [N, Z]; takes the one that comes closest to `picture` for `best` when it is closer than that, or
/// when there is none yet. Its index, or -1.
Result<int> keep_closest(Network& decoder, std::span<const std::uint8_t> picture, std::span<const std::int8_t> latents,
                         std::span<const std::uint8_t> mixes, Reading& best) {
  const auto size = picture.size(), z = static_cast<std::size_t>(decoder.spec().latent),
             classes = static_cast<std::size_t>(decoder.spec().classes);
  const std::size_t count = latents.size() / z;
  std::vector<std::uint8_t> shown(count * size);
  if (auto done = decode_pixels(decoder, latents, mixes, shown); !done) return tl::unexpected<Error>(done.error());
  int kept = -1;
  for (std::size_t n = 0; n < count; ++n) {
    const auto pixels = std::span(shown).subspan(n * size, size);
    float error = 0.0f;
    for (std::size_t i = 0; i < size; ++i) {
      const float step = static_cast<float>(pixels[i] - picture[i]) / 255.0f;
      error += step * step;
    }
    error /= static_cast<float>(size);
    if (!best.pixels.empty() && error >= best.error) continue;
    kept = static_cast<int>(n);
    best.error = error;
    best.pixels.assign(pixels.begin(), pixels.end());
    const auto latent = latents.subspan(n * z, z);
    best.latent.assign(latent.begin(), latent.end());
    const auto mix = mixes.subspan(n * classes, classes);
    best.mix.assign(mix.begin(), mix.end());
  }
  return kept;
}

Result<void> check_class(const ModelSpec& spec, int only) {
  if (only < -1 || only >= std::max(spec.classes, 1)) return fail("no class " + std::to_string(only), "count from 0");
  return {};
}

}  // namespace

Result<Reading> read_picture(Network& encoder, Network& decoder, std::span<const std::uint8_t> pixels, int only) {
  const ModelSpec& spec = decoder.spec();
  if (auto valid = check_class(spec, only); !valid) return tl::unexpected<Error>(valid.error());
  const auto z = static_cast<std::size_t>(spec.latent), code = static_cast<std::size_t>(spec.code());
  std::vector<int> tried = {spec.classes > 0 ? only : -1};
  if (spec.classes > 0 && only < 0) {
    tried.clear();
    for (int k = 0; k < spec.classes; ++k) tried.push_back(k);
  }
  std::vector<std::uint8_t> pictures, mixes;
  for (const int k : tried) {
    pictures.insert(pictures.end(), pixels.begin(), pixels.end());
    if (k < 0) continue;
    const ClassMix mix = one_class(spec.classes, k);
    mixes.insert(mixes.end(), mix.begin(), mix.end());
  }
  Reading best;
  std::vector<float> u(tried.size() * z);
  std::vector<std::int8_t> latents(u.size());
  if (auto done = encode_pixels(encoder, decoder, pictures, mixes, u, latents); !done)
    return tl::unexpected<Error>(done.error());
  const Result<int> closest = keep_closest(decoder, pixels, latents, mixes, best);
  if (!closest) return tl::unexpected<Error>(closest.error());
  best.class_index = tried[static_cast<std::size_t>(*closest)];

  mixes.clear();
  for (int draw = 0; draw < kReadDraws; ++draw) mixes.insert(mixes.end(), best.mix.begin(), best.mix.end());
  const ClassMix mix = best.mix;
  std::vector<float> around(code), noise(kReadDraws * code), normal(code);
  u.resize(kReadDraws * z);
  latents.resize(u.size());
  float spread = 1.0f;
  for (int round = 0; round < kReadRounds; ++round, spread *= kReadNearer) {
    for (std::size_t draw = 0; draw < kReadDraws; ++draw) {
      dequantise(random_latent(static_cast<std::uint64_t>(round * kReadDraws) + draw + 1, spec.code()), normal);
      for (std::size_t i = 0; i < code; ++i) noise[draw * code + i] = around[i] + spread * normal[i];
    }
    if (auto done = encode_pixels(encoder, decoder, pixels, mix, u, latents, noise); !done)
      return tl::unexpected<Error>(done.error());
    const Result<int> closer = keep_closest(decoder, pixels, latents, mixes, best);
    if (!closer) return tl::unexpected<Error>(closer.error());
    if (*closer < 0) continue;
    const auto from = noise.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(*closer) * code);
    around.assign(from, from + static_cast<std::ptrdiff_t>(code));
  }
  return best;
}

Result<Reading> nearest_picture(Network& decoder, std::span<const std::uint8_t> pixels, int only) {
  const ModelSpec& spec = decoder.spec();
  if (auto valid = check_class(spec, only); !valid) return tl::unexpected<Error>(valid.error());
  const auto z = static_cast<std::size_t>(spec.latent), code = static_cast<std::size_t>(spec.code());
  Reading best;
  std::uint64_t seed = 0;
  float spread = 1.0f;
  std::vector<float> u(z), around(z);
  for (int round = 0; round < kNearestDraws / kReadDraws + kNearestRounds; ++round) {
    const bool free = round < kNearestDraws / kReadDraws;  // from all over the prior
    std::vector<std::int8_t> latents;
    std::vector<std::uint8_t> mixes;
    for (int draw = 0; draw < kReadDraws; ++draw) {
      Latent latent = random_latent(++seed, spec.latent, 100, spec.switches);
      if (!free) {
        dequantise(latent, u);
        for (std::size_t i = 0; i < z; ++i) u[i] = i < code ? around[i] + spread * u[i] : around[i];
        latent = quantise(u);
      }
      latents.insert(latents.end(), latent.begin(), latent.end());
      const int label = only >= 0 ? only : static_cast<int>(seed) % std::max(spec.classes, 1);
      const ClassMix mix = free ? one_class(spec.classes, label) : best.mix;
      mixes.insert(mixes.end(), mix.begin(), mix.end());
    }
    const Result<int> closer = keep_closest(decoder, pixels, latents, mixes, best);
    if (!closer) return tl::unexpected<Error>(closer.error());
    dequantise(best.latent, around);
    if (!free) spread *= kReadNearer;
  }
  if (spec.classes > 0)
    best.class_index = static_cast<int>(std::max_element(best.mix.begin(), best.mix.end()) - best.mix.begin());
  return best;
}

}  // namespace avae
