// avae atlas, and what it is made by.
#include <array>
#include <cmath>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "native/data/idx.hpp"
#include "native/publish/make_atlas.hpp"
#include "native/publish/tsne.hpp"
#include "program.hpp"
#include "shared/infer/network.hpp"
#include "tests/parity/random_model.hpp"

using namespace avae;
using namespace avae::test;
using Catch::Approx;

namespace {

double mean_light(Network& decoder, const Latent& latent, const ClassMix& mix) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(decoder.spec().pixels()));
  REQUIRE(decode_pixels(decoder, latent, mix, pixels));
  double sum = 0;
  for (const std::uint8_t value : pixels) sum += value;
  return sum / static_cast<double>(pixels.size());
}

Dataset pictures_of(const ModelSpec& spec, int count) {
  Dataset data{.height = spec.height,
               .width = spec.width,
               .channels = spec.channels,
               .classes = spec.classes,
               .class_names = {},
               .pixels = {},
               .labels = {}};
  for (int i = 0; i < count; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(i % spec.classes));
    for (int p = 0; p < spec.pixels(); ++p) data.pixels.push_back(static_cast<std::uint8_t>((31 * i + 7 * p) % 256));
  }
  return data;
}

}  // namespace

TEST_CASE("tsne: eigenvectors come largest first, at right angles") {
  // 4 along (3, 4) / 5, 1 across.
  const float matrix[] = {2.08f, 1.44f, 1.44f, 2.92f};
  const std::vector<float> axes = leading_eigenvectors(matrix, 2, 2);
  CHECK(axes[0] == Approx(0.6).margin(1e-4));
  CHECK(axes[1] == Approx(0.8).margin(1e-4));
  CHECK(axes[0] * axes[2] + axes[1] * axes[3] == Approx(0.0).margin(1e-5));
}

TEST_CASE("tsne: what lies together stays together") {
  RandomBits bits(5);
  const int each = 40;
  std::vector<float> features;
  for (int group = 0; group < 3; ++group)
    for (int i = 0; i < each; ++i)
      for (int d = 0; d < 5; ++d)
        features.push_back((d == group ? 10.0f : 0.0f) + 0.01f * static_cast<float>(bits.below(100)));
  const std::vector<float> at = tsne(features, 3 * each, 10.0f);
  REQUIRE(at.size() == std::size_t{6} * each);
  for (const float value : at) CHECK((value >= 0.0f && value <= 1.0f));
  const auto distance = [&](int a, int b) {
    const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
    return std::hypot(at[2 * i] - at[2 * j], at[2 * i + 1] - at[2 * j + 1]);
  };
  int near = 0;
  for (int i = 0; i < 3 * each; ++i) {
    int best = i == 0 ? 1 : 0;
    for (int j = 0; j < 3 * each; ++j)
      if (j != i && distance(i, j) < distance(i, best)) best = j;
    near += i / each == best / each ? 1 : 0;
  }
  CHECK(near == 3 * each);
}

TEST_CASE("make_atlas: points are drawn from the data's posteriors, axes are unit vectors, and brightness brightens") {
  const ModelSpec spec = tiny_spec();
  const RoleWeights decoder = random_weights(spec, Role::kDecoder, 3),
                    encoder = random_weights(spec, Role::kEncoder, 3);
  const Dataset data = pictures_of(spec, 12);
  const auto atlas = make_atlas(decoder, encoder, std::nullopt, data, {.points = 6});
  REQUIRE(atlas);
  REQUIRE(atlas->size() == 6);
  auto decode = Network::create(decoder), encode = Network::create(encoder);
  REQUIRE((decode && encode));
  // The third point is picture 2 x 12 / 6.
  std::vector<float> mean(4), noise(static_cast<std::size_t>(spec.code()));
  Latent latent(4);
  dequantise(random_latent(3, spec.code()), noise);
  REQUIRE(encode_pixels(*encode, *decode, std::span(data.pixels).subspan(std::size_t{4} * 96, 96), one_class(2, 0),
                        mean, latent, noise));
  CHECK(std::equal(latent.begin(), latent.end(), atlas->latents.begin() + 8));
  CHECK(atlas->labels[2] == 0);
  for (std::size_t i = 0; i < atlas->directions.size(); ++i) {
    for (const int label : {0, 1}) {
      double square = 0;
      for (const float value : atlas->axis(static_cast<int>(i), label)) square += value * value;
      CHECK(square == Approx(1.0).margin(1e-3));
      CHECK(atlas->axis(static_cast<int>(i), label)[3] == 0.0f);  // the switch
    }
    if (atlas->directions[i].name != "brightness") continue;
    double gain = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Latent from = random_latent(seed, spec.latent, 100, spec.switches);
      std::vector<float> u(4);
      dequantise(from, u);
      for (std::size_t d = 0; d < 4; ++d) u[d] += 0.5f * atlas->axis(static_cast<int>(i), 1)[d];
      gain += mean_light(*decode, quantise(u), one_class(2, 1)) - mean_light(*decode, from, one_class(2, 1));
    }
    CHECK(gain > 0);
  }
}

TEST_CASE("make_atlas: directions are sorted by how much a step along them changes a picture, with names or without") {
  const ModelSpec spec = tiny_spec();
  const RoleWeights weights = random_weights(spec, Role::kDecoder, 3);
  auto decoder = Network::create(weights);
  REQUIRE(decoder);
  const auto atlas = make_atlas(weights, std::nullopt, std::nullopt, std::nullopt, {.points = 8});
  REQUIRE(atlas);
  REQUIRE(atlas->directions.size() > 2);
  constexpr float kStep = 0.05f;
  const auto change_along = [&](int index) {
    double sum = 0;
    for (std::uint64_t draw = 0; draw < 24; ++draw) {
      for (const int label : {0, 1}) {
        std::vector<float> latents, mixes, pixels(2 * static_cast<std::size_t>(spec.pixels()));
        for (const float sign : {1.0f, -1.0f}) {
          std::vector<float> u(static_cast<std::size_t>(spec.latent));
          dequantise(random_latent(draw + 1, spec.latent, 100, spec.switches), u);
          for (std::size_t d = 0; d < u.size(); ++d) u[d] += sign * kStep * atlas->axis(index, label)[d];
          latents.insert(latents.end(), u.begin(), u.end());
          mixes.insert(mixes.end(), {label == 0 ? 1.0f : 0.0f, label == 1 ? 1.0f : 0.0f});
        }
        REQUIRE(decoder->run(latents, mixes, pixels));
        for (std::size_t p = 0; p < pixels.size() / 2; ++p)
          sum += std::pow(pixels[p] - pixels[p + pixels.size() / 2], 2.0);
      }
    }
    return sum;
  };
  for (int i = 1; i < static_cast<int>(atlas->directions.size()); ++i) {
    CAPTURE(i, atlas->directions[static_cast<std::size_t>(i)].name);
    CHECK(change_along(i) <= 1.02 * change_along(i - 1));
  }
}

TEST_CASE("make_atlas: without an encoder or data the points are draws; data of another kind is refused") {
  const ModelSpec spec = tiny_spec();
  const RoleWeights decoder = random_weights(spec, Role::kDecoder, 3),
                    encoder = random_weights(spec, Role::kEncoder, 3);
  const auto drawn = make_atlas(decoder, std::nullopt, std::nullopt, std::nullopt, {.points = 8});
  REQUIRE(drawn);
  const Latent first = random_latent(1, spec.latent, 100, spec.switches);
  CHECK(std::equal(first.begin(), first.end(), drawn->latents.begin()));
  Dataset wide = pictures_of(spec, 8);
  wide.height = 4;
  wide.pixels.resize(wide.pixels.size() / 2);
  CHECK(make_atlas(decoder, encoder, std::nullopt, wide, {.points = 8}).error().message.find("another size") !=
        std::string::npos);
  Dataset many = pictures_of(spec, 8);
  many.classes = 3;
  CHECK(make_atlas(decoder, std::nullopt, std::nullopt, many, {.points = 8}).error().message.find("3 classes") !=
        std::string::npos);
}

TEST_CASE("fit_realism: the share of real pictures among equal numbers of real and drawn ones with that logit") {
  // Normal logits of equal spread s, means m apart: log odds are (x - middle) m / s^2, here 2 (x - 3) / 4.
  std::vector<float> real, drawn;
  for (int i = 0; i < 4000; ++i) {
    // The normal distribution's quantiles, by bisection of erfc.
    const double share = (i + 0.5) / 4000;
    double low = -6, high = 6;
    for (int step = 0; step < 40; ++step) {
      const double middle = (low + high) / 2;
      (0.5 * std::erfc(-middle / std::sqrt(2.0)) < share ? low : high) = middle;
    }
    real.push_back(static_cast<float>(4 + 2 * low));
    drawn.push_back(static_cast<float>(2 + 2 * low));
  }
  const auto scale = fit_realism(real, drawn);
  REQUIRE(scale);
  CHECK(scale->scale == Approx(0.5).epsilon(0.01));
  CHECK((*scale)(3.0f) == Approx(0.5).margin(0.002));
  CHECK((*scale)(7.0f) == Approx(1 / (1 + std::exp(-2.0))).margin(0.005));
  CHECK_FALSE(fit_realism(drawn, real));  // it takes drawings for the real ones
  // Even where no draw passes for real the scale is finite.
  const auto sure = fit_realism(std::vector<float>(50, 9.0f), std::vector<float>(50, -9.0f));
  REQUIRE(sure);
  CHECK((*sure)(9.0f) > 0.9f);
  CHECK((*sure)(-9.0f) < 0.1f);
}

TEST_CASE("make_atlas: a discriminator that tells the data from draws has its realism measured") {
  const ModelSpec spec = tiny_spec();
  const RoleWeights decoder = random_weights(spec, Role::kDecoder, 3);
  const Dataset data = pictures_of(spec, 40);
  int fitted = 0;
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    const RoleWeights judge = random_weights(spec, Role::kDiscriminator, seed);
    const auto atlas = make_atlas(decoder, std::nullopt, judge, data, {.points = 8});
    REQUIRE(atlas);
    if (!atlas->realism) continue;  // this one takes the draws for real
    ++fitted;
    auto network = Network::create(judge), draws = Network::create(decoder);
    REQUIRE((network && draws));
    double real = 0, drawn = 0;
    for (std::size_t i = 0; i < 40; ++i) {
      const ClassMix mix = one_class(2, data.labels[i]);
      std::vector<float> logit(1);
      REQUIRE(discriminate_pixels(*network, std::span(data.pixels).subspan(i * 96, 96), mix, logit));
      real += (*atlas->realism)(logit[0]) / 40;
      std::vector<std::uint8_t> pixels(96);
      REQUIRE(decode_pixels(*draws, random_latent(i + 1, spec.latent, 100, spec.switches), mix, pixels));
      REQUIRE(discriminate_pixels(*network, pixels, mix, logit));
      drawn += (*atlas->realism)(logit[0]) / 40;
    }
    // Logistic regression with an offset balances the books: the mean answer is the share of real ones, a half.
    CHECK(real + drawn == Approx(1.0).margin(0.01));
    CHECK(real > drawn);
  }
  CHECK(fitted > 0);
  CHECK_FALSE(
      make_atlas(decoder, std::nullopt, random_weights(spec, Role::kDiscriminator, 1), std::nullopt, {.points = 8})
          ->realism);
}

TEST_CASE("atlas: the command writes beside the model, publish takes it, and another decoder's is made anew") {
  const TempFolder folder;
  put_model(folder / "a", tiny_spec(), 1);
  const auto run = [&](const fs::path& model, const char* points) {
    return avae_program({"atlas", "--model", model.string(), "--points", points});
  };
  const Outcome made = run(folder / "a", "9");
  REQUIRE(made.code == 0);
  CHECK(made.out.find("9 points") != std::string::npos);
  const auto found = find_model((folder / "a").string());
  REQUIRE(found);
  const auto decoder = read_role(found->decoder, Role::kDecoder);
  REQUIRE(decoder);
  const std::string id = hex(model_id(decoder->bytes));
  REQUIRE(kept_atlas(*found, tiny_spec(), id));
  CHECK(kept_atlas(*found, tiny_spec(), id)->size() == 9);
  CHECK_FALSE(kept_atlas(*found, tiny_spec(), "0000000000000000"));
  put(folder / "a/atlas.safetensors", "damaged");
  CHECK_FALSE(kept_atlas(*found, tiny_spec(), id));
  CHECK(run(folder / "nothing", "9").code == 1);
  // Too few pictures: said, and nothing is written over.
  std::vector<std::uint8_t> few(std::size_t{3} * 8 * 12);
  REQUIRE(write_idx_images(folder / "few.idx", few, 8, 12, 1));
  REQUIRE(write_idx_labels(folder / "few.idx.labels", std::vector<std::uint8_t>{0, 1, 0}));
  const Outcome refused =
      avae_program({"atlas", "--model", (folder / "a").string(), "--data", (folder / "few.idx").string()});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("3 pictures") != std::string::npos);
  CHECK(text_of(folder / "a/atlas.safetensors") == "damaged");
  CHECK(run(folder / "a", "3").code == 2);
}
