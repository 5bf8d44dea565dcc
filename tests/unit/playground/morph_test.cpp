#include "shared/playground/morph.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

namespace avae {
namespace {

const std::vector<Keyframe> kThree = {{{64, 0, 0}, {255, 0}}, {{0, 64, 0}, {0, 255}}, {{0, 0, -64}, {255, 0}}};

TEST_CASE("morph: is exactly a keyframe on each keyframe") {
  for (const bool loop : {false, true}) {
    for (int i = 0; i < 3; ++i) {
      CHECK(morph_at(kThree, keyframe_position(i, 3, loop), loop) == kThree[static_cast<std::size_t>(i)]);
    }
  }
  CHECK(morph_at(kThree, 65535, true) == kThree.front());
  CHECK(morph_at(kThree, 65535, false) == kThree.back());
}

TEST_CASE("morph: half way between orthogonal keyframes keeps their length") {
  const Keyframe half = morph_at(kThree, 65535 / 4, false);
  CHECK(half.latent == Latent{45, 45, 0});
  CHECK(half.mix == ClassMix{255, 255});
}

TEST_CASE("morph: between two that were read it goes straight, and what lies there counts as read") {
  std::vector<Keyframe> read = kThree;
  read[0].encoded = read[1].encoded = true;
  const Keyframe half = morph_at(read, 65535 / 4, false);
  CHECK(half.latent == Latent{32, 32, 0});
  CHECK(half.encoded);
  const Keyframe mixed = morph_at(read, 3 * 65535 / 4, false);
  CHECK(mixed.latent == Latent{0, 45, -45});
  CHECK_FALSE(mixed.encoded);
}

TEST_CASE("morph: switches go straight from one end to the other") {
  const std::vector<Keyframe> two = {{{64, 0, -32, 32}, {255}}, {{0, 64, 32, 32}, {255}}};
  CHECK(morph_at(two, 65535 / 4, false, 2).latent == Latent{59, 24, -16, 32});
}

TEST_CASE("morph: one keyframe is a still picture") {
  const std::vector<Keyframe> one = {kThree[1]};
  CHECK(morph_segments(1, true) == 0);
  CHECK(morph_at(one, 30000, true) == kThree[1]);
}

TEST_CASE("morph: a class mix between blends is scaled to its largest weight") {
  CHECK(mix_between({255, 255, 0}, {0, 0, 255}, 0.5f) == ClassMix{128, 128, 255});
  CHECK(mix_between({255, 0}, {255, 0}, 0.3f) == ClassMix{255, 0});
  CHECK(mix_between({}, {}, 0.5f).empty());
}

TEST_CASE("morph: a loop wraps and a strip stops at its end") {
  CHECK(advance(0.9, 1000.0, 2, 10, true) == Catch::Approx(0.4));
  CHECK(advance(0.9, 1000.0, 2, 10, false) == 1.0);
  CHECK(advance(0.25, 500.0, 3, 20, false) == Catch::Approx(0.75));
  CHECK(advance(0.5, 500.0, 1, 20, true) == 0.0);
}

TEST_CASE("morph: finds the keyframe nearest to a position") {
  CHECK(nearest_keyframe(3, 0, false) == 0);
  CHECK(nearest_keyframe(3, 20000, false) == 1);
  CHECK(nearest_keyframe(3, 65535, false) == 2);
  CHECK(nearest_keyframe(3, 65535, true) == 0);
}

}  // namespace
}  // namespace avae
