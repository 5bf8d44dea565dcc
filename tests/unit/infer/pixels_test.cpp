#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "shared/infer/network.hpp"
#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"
#include "tests/parity/tolerance.hpp"

using namespace avae;
using namespace avae::test;

namespace {

Network make_network(const ModelSpec& spec, Role role) {
  auto network = Network::create(random_weights(spec, role, 31));
  REQUIRE(network);
  return std::move(*network);
}

}  // namespace

TEST_CASE("pixels: are rounded to the nearest of 256, halves up, and clamped") {
  const std::vector<float> values = {0.0f, 1.0f, -3.0f, 7.0f, 0.5f, 1.4f / 255, 1.6f / 255, 254.6f / 255};
  std::vector<std::uint8_t> pixels(values.size());
  to_pixels(values, pixels);
  REQUIRE(pixels == std::vector<std::uint8_t>{0, 255, 0, 255, 128, 1, 2, 255});
}

TEST_CASE("pixels: decoding agrees with dequantised latents through the naive walker, within one step") {
  for (const ModelSpec& spec : example_specs()) {
    CAPTURE(spec.name);
    Network decoder = make_network(spec, Role::kDecoder);
    constexpr int kSamples = 3;
    std::vector<std::int8_t> latents;
    std::vector<std::uint8_t> mixes;
    std::vector<float> u;
    std::vector<float> mix;
    for (int n = 0; n < kSamples; ++n) {
      for (const std::int8_t q : random_latent(40 + n, spec.latent)) {
        latents.push_back(q);
        u.push_back(static_cast<float>(q) / 32);
      }
      ClassMix weights = one_class(spec.classes, n % std::max(spec.classes, 1));
      if (spec.classes > 1) weights[(n + 1) % spec.classes] = 85;
      for (const std::uint8_t weight : weights) {
        mixes.push_back(weight);
        mix.push_back(static_cast<float>(weight) / 340.0f);
      }
    }
    std::vector<std::uint8_t> pixels(kSamples * spec.pixels());
    REQUIRE(decode_pixels(decoder, latents, mixes, pixels));
    const Doubles expected = naive_layers(random_weights(spec, Role::kDecoder, 31), u, mix).back();
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      REQUIRE(std::abs(pixels[i] - static_cast<int>(std::lround(255 * expected[i]))) <= kPixelTolerance);
    }
  }
}

TEST_CASE("pixels: values are rounded to the nearest of 255 steps, what is beyond or no number to an end") {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {0.0f, 1.0f, 0.5f, 0.1f / 255, 0.6f / 255, -3.0f, 7.0f, inf, -inf, std::nanf("")};
  std::vector<std::uint8_t> pixels(values.size());
  to_pixels(values, pixels);
  CHECK(pixels == std::vector<std::uint8_t>{0, 255, 128, 0, 1, 0, 255, 255, 0, 0});
}

TEST_CASE("pixels: encoding gives the posterior mean seen through the inverse of the prior, quantised") {
  for (const ModelSpec& spec : example_specs()) {
    CAPTURE(spec.name);
    Network encoder = make_network(spec, Role::kEncoder);
    const Network decoder = make_network(spec, Role::kDecoder);
    const RoleWeights decoder_weights = random_weights(spec, Role::kDecoder, 31);
    const std::vector<float> values = random_inputs(spec, Role::kEncoder, 2, 32).input;
    std::vector<std::uint8_t> pixels(values.size());
    to_pixels(values, pixels);
    std::vector<float> input;
    for (const std::uint8_t pixel : pixels) input.push_back(static_cast<float>(pixel) / 255.0f);
    std::vector<std::uint8_t> mixes;
    std::vector<float> mix;
    for (int n = 0; n < 2; ++n) {
      for (int k = 0; k < spec.classes; ++k) {
        mixes.push_back(k == 2 ? 200 : k == n ? 55 : 0);
        mix.push_back(static_cast<float>(mixes.back()) / 255.0f);
      }
    }
    std::vector<float> means(2 * spec.latent);
    std::vector<std::int8_t> latents(means.size());
    REQUIRE(encode_pixels(encoder, decoder, pixels, mixes, means, latents));

    const Doubles posterior = naive_layers(random_weights(spec, Role::kEncoder, 31), input, mix).back();
    const std::size_t size = spec.latent;
    const std::size_t classes = spec.classes;
    for (std::size_t n = 0; n < 2; ++n) {
      // Through the prior again: the whitened mean must come back as the posterior mean.
      Doubles z(means.begin() + n * size, means.begin() + (n + 1) * size);
      if (spec.prior == Prior::kClassGaussian) {
        z = naive_class_affine(z, Doubles(mix.begin() + n * classes, mix.begin() + (n + 1) * classes),
                               decoder_weights.tensors.at("prior.mean"), decoder_weights.tensors.at("prior.scale"),
                               spec.code());
      }
      const std::size_t code = spec.code();
      const Doubles mean(posterior.begin() + n * 2 * code, posterior.begin() + n * 2 * code + code);
      REQUIRE(relative_error(z, mean) < kWhitenTolerance);
      for (std::size_t i = n * size; i < (n + 1) * size; ++i) {
        const float clamped = std::clamp(means[i] * 32.0f, -127.0f, 127.0f);
        REQUIRE(std::abs(static_cast<float>(latents[i]) - clamped) <= 0.501f);
      }
    }
  }
}

TEST_CASE("pixels: encoding with noise draws from the posterior") {
  ModelSpec spec = example_specs()[0];
  spec.prior = Prior::kStandard;  // what is drawn comes back as it is
  spec.switches = 0;
  Network encoder = make_network(spec, Role::kEncoder);
  const Network decoder = make_network(spec, Role::kDecoder);
  std::vector<std::uint8_t> pixels(2 * spec.pixels());
  to_pixels(random_inputs(spec, Role::kEncoder, 2, 32).input, pixels);
  std::vector<float> input;
  for (const std::uint8_t pixel : pixels) input.push_back(static_cast<float>(pixel) / 255.0f);
  const std::vector<std::uint8_t> mixes(2 * spec.classes);
  std::vector<float> drawn(2 * spec.latent), noise;
  std::vector<std::int8_t> latents(drawn.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) noise.push_back(static_cast<float>(i % 5) - 2.0f);
  REQUIRE(encode_pixels(encoder, decoder, pixels, mixes, drawn, latents, noise));
  const Doubles posterior =
      naive_layers(random_weights(spec, Role::kEncoder, 31), input, std::vector<float>(mixes.size())).back();
  Doubles expected;
  const std::size_t code = spec.code();
  for (std::size_t n = 0; n < 2; ++n)
    for (std::size_t i = 0; i < code; ++i)
      expected.push_back(posterior[2 * n * code + i] +
                         std::exp(posterior[2 * n * code + code + i] / 2) * noise[n * code + i]);
  REQUIRE(relative_error(drawn, expected) < kLayerTolerance);
  REQUIRE_FALSE(encode_pixels(encoder, decoder, pixels, mixes, drawn, latents, std::span(noise).first(3)));
}

TEST_CASE("pixels: discriminating adds the class term weighted by the mix") {
  for (const ModelSpec& spec : example_specs()) {
    CAPTURE(spec.name);
    Network discriminator = make_network(spec, Role::kDiscriminator);
    std::vector<std::uint8_t> pixels(2 * spec.pixels());
    to_pixels(random_inputs(spec, Role::kDiscriminator, 2, 33).input, pixels);
    std::vector<float> input;
    for (const std::uint8_t pixel : pixels) input.push_back(static_cast<float>(pixel) / 255.0f);
    std::vector<std::uint8_t> mixes(2 * spec.classes, 0);  // the first sample has no class
    if (spec.classes > 0) mixes[spec.classes + 1] = 7;
    std::vector<float> logits(2);
    REQUIRE(discriminate_pixels(discriminator, pixels, mixes, logits));
    const Doubles outputs =
        naive_layers(random_weights(spec, Role::kDiscriminator, 31), input, std::vector<float>(mixes.size())).back();
    const std::size_t stride = 1 + spec.classes;
    const Doubles expected = {outputs[0], outputs[stride] + (spec.classes > 0 ? outputs[stride + 2] : 0.0)};
    REQUIRE(relative_error(logits, expected) < kLayerTolerance);
  }
}

TEST_CASE("pixels: each function refuses another role, other sizes and a decoder of another model") {
  const auto specs = example_specs();
  const ModelSpec& spec = specs[1];
  Network encoder = make_network(spec, Role::kEncoder);
  Network decoder = make_network(spec, Role::kDecoder);
  Network other = make_network(specs[3], Role::kDecoder);
  std::vector<std::uint8_t> pixels(784);
  std::vector<std::uint8_t> mix(10, 1);
  std::vector<float> means(6);
  std::vector<std::int8_t> latents(6);
  std::vector<float> logit(1);
  REQUIRE(decode_pixels(decoder, latents, mix, pixels));
  REQUIRE(decode_pixels(encoder, latents, mix, pixels).error().message ==
          "the network given is the encoder, not the decoder");
  REQUIRE_FALSE(decode_pixels(decoder, std::span(latents).first(5), mix, pixels));
  REQUIRE_FALSE(decode_pixels(decoder, latents, mix, std::span(pixels).first(783)));
  REQUIRE(encode_pixels(encoder, decoder, pixels, mix, means, latents));
  REQUIRE_FALSE(encode_pixels(decoder, decoder, pixels, mix, means, latents));
  REQUIRE_FALSE(encode_pixels(encoder, other, pixels, mix, means, latents));
  REQUIRE_FALSE(encode_pixels(encoder, decoder, pixels, mix, std::span(means).first(5), latents));
  REQUIRE_FALSE(encode_pixels(encoder, decoder, pixels, std::vector<std::uint8_t>(10), means, latents));
  REQUIRE_FALSE(discriminate_pixels(encoder, pixels, mix, logit));
}
