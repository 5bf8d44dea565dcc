#include "shared/infer/read_picture.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"

using namespace avae;
using namespace avae::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

Network make_network(const ModelSpec& spec, Role role) {
  auto network = Network::create(random_weights(spec, role, 31));
  REQUIRE(network);
  return std::move(*network);
}

Bytes picture_for(const ModelSpec& spec) {
  Bytes pixels(static_cast<std::size_t>(spec.pixels()));
  to_pixels(random_inputs(spec, Role::kEncoder, 1, 32).input, pixels);
  return pixels;
}

double error_of(const Bytes& a, const Bytes& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]) / 65025.0;
  return sum / static_cast<double>(a.size());
}

/// Of the reconstruction by the posterior mean, as class `index`.
double error_of_mean(Network& encoder, Network& decoder, const Bytes& picture, int index) {
  const ModelSpec& spec = decoder.spec();
  const ClassMix mix = one_class(spec.classes, std::max(index, 0));
  std::vector<float> mean(static_cast<std::size_t>(spec.latent));
  Latent latent(mean.size());
  REQUIRE(encode_pixels(encoder, decoder, picture, mix, mean, latent));
  Bytes shown(picture.size());
  REQUIRE(decode_pixels(decoder, latent, mix, shown));
  return error_of(picture, shown);
}

}  // namespace

TEST_CASE("read_picture: what it gives is what the decoder shows, and closer than the best class's mean") {
  for (const ModelSpec& spec : example_specs()) {
    CAPTURE(spec.name);
    Network encoder = make_network(spec, Role::kEncoder), decoder = make_network(spec, Role::kDecoder);
    const Bytes picture = picture_for(spec);
    const auto reading = read_picture(encoder, decoder, picture);
    REQUIRE(reading);
    CHECK(reading->mix == one_class(spec.classes, std::max(reading->class_index, 0)));
    CHECK((reading->class_index >= 0) == (spec.classes > 0));
    Bytes shown(picture.size());
    REQUIRE(decode_pixels(decoder, reading->latent, reading->mix, shown));
    CHECK(reading->pixels == shown);
    CHECK(std::abs(reading->error - error_of(picture, shown)) < 1e-6);
    double best = 1e9;
    int best_class = -1;
    for (int k = 0; k < std::max(spec.classes, 1); ++k) {
      const double error = error_of_mean(encoder, decoder, picture, k);
      if (error >= best) continue;
      best = error;
      best_class = spec.classes > 0 ? k : -1;
    }
    CHECK(reading->class_index == best_class);
    CHECK(reading->error < best);

    const auto again = read_picture(encoder, decoder, picture);
    REQUIRE(again);
    CHECK(again->latent == reading->latent);
  }
}

TEST_CASE("read_picture: as a class that is asked for") {
  const std::vector<ModelSpec> specs = example_specs();
  const auto found = std::find_if(specs.begin(), specs.end(), [](const ModelSpec& one) { return one.classes > 2; });
  REQUIRE(found != specs.end());
  const ModelSpec& spec = *found;
  Network encoder = make_network(spec, Role::kEncoder), decoder = make_network(spec, Role::kDecoder);
  const Bytes picture = picture_for(spec);
  for (int k = 0; k < spec.classes; ++k) {
    const auto reading = read_picture(encoder, decoder, picture, k);
    REQUIRE(reading);
    CHECK(reading->class_index == k);
    CHECK(reading->error <= error_of_mean(encoder, decoder, picture, k) + 1e-6);
  }
  CHECK_FALSE(read_picture(encoder, decoder, picture, spec.classes));
  CHECK_FALSE(read_picture(encoder, decoder, picture, -2));
  CHECK_FALSE(read_picture(decoder, decoder, picture));
}

TEST_CASE("nearest_picture: without an encoder, closer than any of as many draws, and the same each time") {
  for (const ModelSpec& spec : example_specs()) {
    CAPTURE(spec.name);
    Network decoder = make_network(spec, Role::kDecoder);
    const int label = spec.classes > 0 ? 1 : -1;
    const ClassMix mix = one_class(spec.classes, std::max(label, 0));
    Bytes picture(static_cast<std::size_t>(spec.pixels())), shown(picture.size());
    REQUIRE(decode_pixels(decoder, random_latent(9999, spec.latent, 60, spec.switches), mix, picture));
    const auto nearest = nearest_picture(decoder, picture, label);
    REQUIRE(nearest);
    CHECK(nearest->class_index == label);
    CHECK(nearest->mix == mix);
    REQUIRE(decode_pixels(decoder, nearest->latent, nearest->mix, shown));
    CHECK(nearest->pixels == shown);
    CHECK(std::abs(nearest->error - error_of(picture, shown)) < 1e-6);
    double best = 1e9;
    for (std::uint64_t seed = 1; seed <= kNearestDraws; ++seed) {
      REQUIRE(decode_pixels(decoder, random_latent(seed, spec.latent, 100, spec.switches), mix, shown));
      best = std::min(best, error_of(picture, shown));
    }
    CHECK(nearest->error < best);
    const auto again = nearest_picture(decoder, picture, label);
    REQUIRE(again);
    CHECK(again->latent == nearest->latent);
    CHECK(nearest_picture(decoder, picture).has_value());
    CHECK(nearest_picture(decoder, picture, 99).error().message == "no class 99");
  }
}
