#include <algorithm>
#include <cmath>
#include <string>

#include "shared/infer/network.hpp"

namespace avae {

namespace {

Result<void> check_role(const Network& network, Role role) {
  if (network.role() == role) return {};
  return fail("the network given is the " + std::string(role_name(network.role())) + ", not the " +
                  std::string(role_name(role)),
              "load the other file of the model");
}

Result<void> wrong_size(const char* what) {
  return fail(std::string(what) + " of another size", "give N times what the spec says");
}

// mixes [N, K] weights -> [N, K] floats that sum to 1 each.
std::vector<float> float_mixes(std::span<const std::uint8_t> mixes, int classes) {
  std::vector<float> result(mixes.size());
  if (classes == 0) return result;
  const std::size_t size = classes;
  for (std::size_t at = 0; at + size <= mixes.size(); at += size) {
    normalise_mix(mixes.subspan(at, size), std::span(result).subspan(at, size));
  }
  return result;
}

std::vector<float> float_pixels(std::span<const std::uint8_t> pixels) {
  std::vector<float> result(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) result[i] = static_cast<float>(pixels[i]) / 255.0f;
  return result;
}

}  // namespace

void to_pixels(std::span<const float> values, std::span<std::uint8_t> pixels) {
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const float clamped =
        values[i] > 0.0f ? std::min(values[i], 1.0f) : 0.0f;  // NaN, of weights beyond all measure, is 0
    pixels[i] = static_cast<std::uint8_t>(clamped * 255.0f + 0.5f);
  }
}

Result<void> decode_pixels(Network& decoder, std::span<const std::int8_t> latents, std::span<const std::uint8_t> mixes,
                           std::span<std::uint8_t> pixels) {
  if (auto checked = check_role(decoder, Role::kDecoder); !checked) return checked;
  std::vector<float> u(latents.size());
  dequantise(latents, u);
  std::vector<float> values(pixels.size());
  if (auto ran = decoder.run(u, float_mixes(mixes, decoder.spec().classes), values); !ran) return ran;
  to_pixels(values, pixels);
  return {};
}

Result<void> encode_pixels(Network& encoder, const Network& decoder, std::span<const std::uint8_t> pixels,
                           std::span<const std::uint8_t> mixes, std::span<float> means, std::span<std::int8_t> latents,
                           std::span<const float> noise) {
  if (auto checked = check_role(encoder, Role::kEncoder); !checked) return checked;
  if (auto checked = check_role(decoder, Role::kDecoder); !checked) return checked;
  if (!(encoder.spec() == decoder.spec())) {
    return fail("the encoder and the decoder are of different models", "load both from one model");
  }
  const std::size_t latent = encoder.spec().latent;
  const std::size_t classes = encoder.spec().classes;
  const std::size_t samples = pixels.size() / encoder.spec().pixels();
  const std::size_t code = encoder.spec().code();
  const std::size_t draws = noise.empty() || samples == 0 ? 1 : noise.size() / (samples * code);
  if (!noise.empty() && noise.size() != samples * draws * code) return wrong_size("noise");
  if (means.size() != samples * draws * latent || latents.size() != means.size()) return wrong_size("latents");

  const std::vector<float> mix = float_mixes(mixes, encoder.spec().classes);
  std::vector<float> posterior(samples * 2 * code);
  if (auto ran = encoder.run(float_pixels(pixels), mix, posterior); !ran) return ran;
  std::vector<float> z(code);
  for (std::size_t i = 0; i < samples * draws; ++i) {
    const std::size_t n = i / draws;
    const std::span<float> u = means.subspan(i * latent, latent);
    const std::span<const float> q = std::span(posterior).subspan(n * 2 * code, 2 * code);
    std::ranges::copy(q.first(code), z.begin());
    for (std::size_t d = 0; d < code && !noise.empty(); ++d) z[d] += std::exp(0.5f * q[code + d]) * noise[i * code + d];
    auto whitened = decoder.whiten(z, std::span(mix).subspan(n * classes, classes), u);
    if (!whitened) return whitened;
    std::ranges::copy(quantise(u), latents.begin() + i * latent);
  }
  return {};
}

Result<void> discriminate_pixels(Network& discriminator, std::span<const std::uint8_t> pixels,
                                 std::span<const std::uint8_t> mixes, std::span<float> logits) {
  if (auto checked = check_role(discriminator, Role::kDiscriminator); !checked) return checked;
  const std::size_t classes = discriminator.spec().classes;
  if (mixes.size() != logits.size() * classes) return wrong_size("class mixes");
  std::vector<float> outputs(logits.size() * discriminator.output_size());
  const std::vector<float> mix = float_mixes(mixes, discriminator.spec().classes);
  if (auto ran = discriminator.run(float_pixels(pixels), mix, outputs); !ran) return ran;
  for (std::size_t n = 0; n < logits.size(); ++n) {
    const float* out = outputs.data() + n * (1 + classes);
    logits[n] = out[0];
    for (std::size_t k = 0; k < classes; ++k) logits[n] += mix[n * classes + k] * out[1 + k];
  }
  return {};
}

}  // namespace avae
