#include "shared/infer/class_affine.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <random>

#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"
#include "tests/parity/tolerance.hpp"

using namespace avae;
using namespace avae::test;

namespace {

ModelSpec affine_spec(int latent, int switches, int classes) {
  ModelSpec spec = example_specs()[1];
  spec.latent = latent;
  spec.switches = switches;
  spec.classes = classes;
  return spec;
}

struct Case {
  ModelSpec spec;
  RoleWeights weights;
  ClassAffine affine;
  explicit Case(const ModelSpec& of)
      : spec(of),
        weights(random_weights(of, Role::kDecoder, 4)),
        affine(of, weights.tensors.at("prior.mean"), weights.tensors.at("prior.scale")) {}

  Doubles naive(const std::vector<float>& latent, const std::vector<float>& mix) const {
    return naive_class_affine(Doubles(latent.begin(), latent.end()), Doubles(mix.begin(), mix.end()),
                              weights.tensors.at("prior.mean"), weights.tensors.at("prior.scale"), spec.code());
  }
};

std::vector<std::vector<float>> mixes(int classes) {
  if (classes == 0) return {{}};
  return {{0, 1, 0}, {0.25f, 0, 0.75f}, {0, 0, 0}};
}

}  // namespace

TEST_CASE("class affine: agrees with its definition for one class, a mix, no classes, and switches anywhere") {
  std::mt19937 random(3);
  for (const int size : {1, 5, 32}) {
    for (const int switches : {0, 1, 3}) {
      for (const int classes : {0, 3}) {
        const Case at(affine_spec(size + switches, switches, classes));
        for (const std::vector<float>& mix : mixes(classes)) {
          const std::vector<float> latent = random_values(random, size + switches, -2.0f, 2.0f);
          std::vector<float> z(size);
          at.affine.apply(latent, mix, z);
          REQUIRE(relative_error(z, at.naive(latent, mix)) < kLayerTolerance);
        }
      }
    }
  }
}

TEST_CASE("class affine: switches at an end or beyond choose one Gaussian, the first being the highest bit") {
  const ModelSpec spec = affine_spec(3, 2, 0);
  const std::vector<float> mean = {0, 1, 2, 3}, scale = {1, 1, 1, 1};
  const ClassAffine affine(spec, mean, scale);
  const auto z = [&](float first, float second) {
    float out = 0;
    affine.apply(std::vector<float>{0, first, second}, {}, std::span(&out, 1));
    return out;
  };
  CHECK(z(-1, -1) == 0);
  CHECK(z(-1, 1) == 1);
  CHECK(z(1, -1) == 2);
  CHECK(z(3.5f, 1) == 3);
  CHECK(z(0, -1) == 1);  // half of the first and of the third
  CHECK(z(1, 0.5f) == 2.75f);
}

TEST_CASE("class affine: is undone by solve, which finds the Gaussian that z is most likely from") {
  std::mt19937 random(8);
  for (const int switches : {0, 2}) {
    const Case at(affine_spec(24, switches, 3));
    for (const std::vector<float>& mix : {std::vector<float>{0, 1, 0}, {0.5f, 0, 0.5f}}) {
      for (int n = 0; n < 8; ++n) {
        std::vector<float> latent = random_values(random, 24, -0.3f, 0.3f);
        for (int i = 24 - switches; i < 24; ++i) latent[i] = latent[i] < 0 ? -1.0f : 1.0f;
        std::vector<float> z(24 - switches), back(24), again(24 - switches);
        at.affine.apply(latent, mix, z);
        REQUIRE(at.affine.solve(z, mix, back));
        at.affine.apply(back, mix, again);
        REQUIRE(relative_error(again, z) < kWhitenTolerance);
        if (switches == 0) REQUIRE(relative_error(back, latent) < kWhitenTolerance);
      }
    }
  }
  // Apart by twenty standard deviations there is no doubt, and with equal means the narrower one wins near its centre.
  const ModelSpec spec = affine_spec(2, 1, 0);
  std::vector<float> latent(2);
  REQUIRE(ClassAffine(spec, std::vector<float>{-1, 1}, std::vector<float>{0.1f, 0.1f})
              .solve(std::vector<float>{-1.1f}, {}, latent));
  CHECK(latent[1] == -1.0f);
  CHECK(std::abs(latent[0] + 1.0f) < 1e-5f);
  for (const auto& [z, choice] : {std::pair{0.1f, 1.0f}, std::pair{2.0f, -1.0f}}) {
    REQUIRE(ClassAffine(spec, std::vector<float>{0, 0}, std::vector<float>{1.0f, 0.2f})
                .solve(std::vector<float>{z}, {}, latent));
    CHECK(latent[1] == choice);
  }
}

TEST_CASE("class affine: solve refuses a prior without inverse") {
  const ModelSpec spec = affine_spec(2, 0, 0);
  const ClassAffine affine(spec, std::vector<float>{0, 0}, std::vector<float>{1, 2, 0});
  std::vector<float> latent(2);
  const auto solved = affine.solve(std::vector<float>{1, 1}, {}, latent);
  REQUIRE_FALSE(solved);
  REQUIRE(solved.error().message == "the prior of this class mix has no inverse");
}
