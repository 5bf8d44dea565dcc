#include "shared/latent/latent.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>

using namespace avae;

namespace {

std::vector<float> dequantised(const Latent& latent) {
  std::vector<float> u(latent.size());
  dequantise(latent, u);
  return u;
}

using Path = void (*)(std::span<const std::int8_t>, std::span<const std::int8_t>, float, std::span<float>);

void turned(std::span<const std::int8_t> a, std::span<const std::int8_t> b, float t, std::span<float> u) {
  slerp(a, b, t, u);
}

std::vector<float> between(Path path, const Latent& a, const Latent& b, float t) {
  std::vector<float> u(a.size());
  path(a, b, t, u);
  return u;
}

double norm(const std::vector<float>& u) {
  double sum = 0;
  for (const float x : u) sum += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(sum);
}

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("latent: every step survives dequantising and quantising") {
  Latent all;
  for (int q = -127; q <= 127; ++q) all.push_back(static_cast<std::int8_t>(q));
  const auto u = dequantised(all);
  CHECK(u.front() == -127.0f / 32.0f);
  CHECK(u[127] == 0.0f);
  CHECK(u[128] == kLatentStep);
  CHECK(quantise(u) == all);
}

TEST_CASE("latent: quantising takes the nearest step, ties away from zero, and clamps") {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> u = {0.5f / 32,
                                std::nextafter(0.5f / 32, 0.0f),
                                -0.5f / 32,
                                2.5f / 32,
                                -2.5f / 32,
                                126.5f / 32,
                                4.0f,
                                -4.0f,
                                inf,
                                -inf,
                                1e38f,
                                -0.0f,
                                std::numeric_limits<float>::quiet_NaN()};
  CHECK(quantise(u) == Latent{1, 0, -1, 3, -3, 127, 127, -127, 127, -127, 127, 0, 0});
}

TEST_CASE("latent: a class mix is its weights over their sum") {
  std::vector<float> mix(4);
  normalise_mix(ClassMix{0, 255, 0, 0}, mix);
  CHECK(mix == std::vector<float>{0, 1, 0, 0});
  normalise_mix(ClassMix{1, 2, 0, 1}, mix);
  CHECK(mix == std::vector<float>{0.25f, 0.5f, 0, 0.25f});
  normalise_mix(ClassMix{0, 0, 0, 0}, mix);
  CHECK(mix == std::vector<float>{0, 0, 0, 0});
  normalise_mix({}, {});
  std::vector<float> wide(256);
  normalise_mix(ClassMix(256, 255), wide);
  CHECK(wide[255] == 1.0f / 256);
}

TEST_CASE("latent: one class is all of the weight") {
  CHECK(one_class(3, 1) == ClassMix{0, 255, 0});
  CHECK(one_class(0, 0).empty());
}

TEST_CASE("random: RandomBits is SplitMix64") {
  // First outputs of the reference implementation (prng.di.unimi.it/splitmix64.c) for the seed 1234567.
  RandomBits random(1234567);
  for (const std::uint64_t expected : {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                       4593380528125082431u, 16408922859458223821u}) {
    CHECK(random.next() == expected);
  }
}

TEST_CASE("random: below() covers its range evenly and never leaves it") {
  RandomBits random(9);
  for (const std::uint32_t bound : {1u, 2u, 3u, 10u}) {
    std::vector<int> counts(bound);
    for (int i = 0; i < 60000; ++i) {
      const auto value = random.below(bound);
      REQUIRE(value < bound);
      ++counts[value];
    }
    const double mean = 60000.0 / bound;
    for (const int count : counts) CHECK(std::abs(count - mean) <= 5 * std::sqrt(mean));
  }
  // A bound just above half of 2^32 rejects most often.
  for (int i = 0; i < 1000; ++i) REQUIRE(random.below(0x80000001u) < 0x80000001u);
  CHECK(random.below(0xffffffffu) < 0xffffffffu);
}

TEST_CASE("random latent: draws are the golden ones") {
  std::ifstream file(AVAE_GOLDEN_DIR "/latents.json");
  const auto golden = nlohmann::json::parse(file);
  CHECK(golden["latents"].size() >= 15);
  for (const auto& row : golden["latents"]) {
    INFO(row.dump());
    const auto seed = std::stoull(row["seed"].get<std::string>());
    CHECK(random_latent(seed, row["size"], row["truncation_percent"], row["switches"]) == row["latent"].get<Latent>());
  }
}

TEST_CASE("random latent: a longer latent begins like a shorter one") {
  const Latent whole = random_latent(77, 256);
  const Latent start = random_latent(77, 16);
  CHECK(std::equal(start.begin(), start.end(), whole.begin()));
}

TEST_CASE("random latent: truncation scales every coordinate and is clamped to 0..100") {
  const Latent whole = random_latent(3, 256), half = random_latent(3, 256, 50);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK(std::abs(half[i]) == (std::abs(whole[i]) + 1) / 2);
    CHECK(half[i] * whole[i] >= 0);
  }
  CHECK(random_latent(3, 256, 0) == Latent(256, 0));
  CHECK(random_latent(3, 256, -5) == Latent(256, 0));
  CHECK(random_latent(3, 256, 1000) == whole);
}

TEST_CASE("random latent: a million draws follow the rounded normal distribution") {
  std::array<int, 255> counts{};
  double sum = 0, squares = 0, fourths = 0, neighbours = 0;
  constexpr int kSeeds = 4000, kSize = 256;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    double last = 0;
    for (const std::int8_t q : random_latent(seed, kSize)) {
      ++counts[static_cast<std::size_t>(q + 127)];
      const double u = q / 32.0;
      sum += u;
      squares += u * u;
      fourths += u * u * u * u;
      neighbours += u * last;
      last = u;
    }
  }
  constexpr double kCount = kSeeds * kSize;
  // Five standard errors of each moment of N(0, 1); rounding adds 1/12 of a step squared to the variance.
  CHECK(std::abs(sum / kCount) < 5 / std::sqrt(kCount));
  CHECK(std::abs(squares / kCount - (1 + 1.0 / (12 * 1024))) < 5 * std::sqrt(2 / kCount));
  CHECK(std::abs(fourths / kCount - 3) < 5 * std::sqrt(96 / kCount) + 0.005);
  CHECK(std::abs(neighbours / kCount) < 5 / std::sqrt(kCount));

  double chi_squared = 0;
  for (int q = -127; q <= 127; ++q) {
    const double low = q == -127 ? 0 : normal_below((q - 0.5) / 32);
    const double high = q == 127 ? 1 : normal_below((q + 0.5) / 32);
    const double expected = kCount * (high - low);
    const double difference = counts[static_cast<std::size_t>(q + 127)] - expected;
    chi_squared += difference * difference / expected;
  }
  // 254 degrees of freedom: mean 254, standard deviation 22.5.
  CHECK(chi_squared > 254 - 5 * 22.5);
  CHECK(chi_squared < 254 + 5 * 22.5);
}

TEST_CASE("random latent: neighbouring seeds share nothing") {
  std::set<Latent> seen;
  double product = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Latent a = random_latent(seed, 64), b = random_latent(seed + 1, 64);
    seen.insert(a);
    for (std::size_t i = 0; i < a.size(); ++i) product += a[i] * b[i] / 1024.0;
  }
  CHECK(seen.size() == 1000);
  CHECK(std::abs(product / 64000) < 5 / std::sqrt(64000.0));
}

TEST_CASE("slerp and lerp: end where they should, exactly") {
  const Latent a = random_latent(1, 32), b = random_latent(2, 32);
  for (const Path path : {Path{turned}, Path{lerp}}) {
    CHECK(between(path, a, b, 0) == dequantised(a));
    CHECK(between(path, a, b, 1) == dequantised(b));
  }
}

TEST_CASE("slerp: a quarter turn keeps the norm and moves at an even angle") {
  const Latent a = {64, 0, 0}, b = {0, 64, 0};
  for (int step = 0; step <= 8; ++step) {
    const float t = static_cast<float>(step) / 8;
    const auto u = between(turned, a, b, t);
    CHECK(norm(u) == Catch::Approx(2.0));
    CHECK(std::atan2(u[1], u[0]) == Catch::Approx(t * std::acos(0.0)).margin(1e-6));
    CHECK(u[2] == 0.0f);
  }
}

TEST_CASE("slerp: stays as far out as prior samples are, where lerp cuts the corner") {
  const Latent a = random_latent(11, 256), b = random_latent(12, 256);
  const double radius = norm(dequantised(a));
  CHECK(norm(between(turned, a, b, 0.5f)) == Catch::Approx(radius).epsilon(0.1));
  CHECK(norm(between(lerp, a, b, 0.5f)) < 0.85 * radius);
}

TEST_CASE("slerp: switches go in a straight line, whatever the angle of the rest") {
  const Latent a = {64, 0, 32, -32}, b = {0, 64, 32, 32};
  std::vector<float> u(4);
  slerp(a, b, 0.25f, u, 2);
  CHECK(std::hypot(u[0], u[1]) == Catch::Approx(2.0));
  CHECK(u[2] == 1.0f);
  CHECK(u[3] == -0.5f);
}

TEST_CASE("slerp: falls back to a straight line when the angle means nothing") {
  const Latent a = {10, -20, 30}, longer = {20, -40, 60}, opposite = {-10, 20, -30}, zero = {0, 0, 0};
  for (const Latent& b : {a, longer, opposite, zero}) {
    for (const float t : {0.0f, 0.3f, 0.5f, 1.0f}) {
      CHECK(between(turned, a, b, t) == between(lerp, a, b, t));
      CHECK(between(turned, b, a, t) == between(lerp, b, a, t));
    }
  }
}

TEST_CASE("lerp: is the weighted mean") {
  CHECK(between(lerp, {32, -64}, {96, 64}, 0.25f) == std::vector<float>{1.5f, -1.0f});
}
