#include "shared/latent/atlas.hpp"

#include <cmath>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "shared/model/safetensors.hpp"

using namespace avae;
using Catch::Approx;

namespace {

ModelSpec spec_of(int classes) {
  ModelSpec spec;
  spec.latent = 3;
  spec.classes = classes;
  return spec;
}

/// A row of points, a tenth apart; point i has the latent {10 i, i, -i} and class i mod 2.
Atlas example(int classes = 2) {
  Atlas atlas;
  atlas.model = "0123456789abcdef";
  atlas.latent = 3;
  atlas.classes = classes;
  for (int i = 0; i < 8; ++i) {
    atlas.positions.insert(atlas.positions.end(), {0.125f + 0.0625f * static_cast<float>(i), 0.5f});
    for (const int step : {10 * i, i, -i}) atlas.latents.push_back(static_cast<std::int8_t>(step));
    if (classes > 0) atlas.labels.push_back(static_cast<std::uint8_t>(i % 2));
  }
  const std::size_t rows = static_cast<std::size_t>(std::max(classes, 1));
  for (const char* name : {"brightness", ""}) {
    Direction direction{name, {}};
    for (std::size_t i = 0; i < 3 * rows; ++i) direction.axes.push_back(i % 3 == 0 ? 1.0f : 0.0f);
    atlas.directions.push_back(direction);
  }
  return atlas;
}

std::string fault_of(const Atlas& atlas, int classes = 2) {
  const auto read = read_atlas(write_atlas(atlas), spec_of(classes));
  return read ? "" : read.error().message;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("atlas: what is written is what is read, with classes and without") {
  for (const int classes : {0, 2}) {
    const Atlas atlas = example(classes);
    const auto read = read_atlas(write_atlas(atlas), spec_of(classes));
    REQUIRE(read);
    CHECK(read->model == atlas.model);
    CHECK(read->positions == atlas.positions);
    CHECK(read->latents == atlas.latents);
    CHECK(read->labels == atlas.labels);
    REQUIRE(read->directions.size() == 2);
    CHECK(read->directions[0].name == "brightness");
    CHECK(read->directions[1].axes == atlas.directions[1].axes);
    CHECK(read->axis(0, classes - 1)[0] == 1.0f);
    CHECK_FALSE(read->realism);
    Atlas judged = atlas;
    judged.realism = {0.75f, -2.0f};
    const auto again = read_atlas(write_atlas(judged), spec_of(classes));
    REQUIRE((again && again->realism));
    CHECK(again->realism->scale == 0.75f);
    CHECK((*again->realism)(2.0f / 0.75f) == 0.5f);
  }
}

TEST_CASE("atlas: a file that does not fit the model is refused with its fault") {
  CHECK(has(fault_of(example(), 0), "another type or shape"));
  CHECK(has(fault_of(example(0), 2), "'label'") == false);
  CHECK(has(fault_of(example(0), 2), "label"));
  Atlas atlas = example();
  atlas.positions[3] = 1.5f;
  CHECK(has(fault_of(atlas), "outside 0 to 1"));
  atlas.positions[3] = std::nanf("");
  CHECK(has(fault_of(atlas), "outside 0 to 1"));
  atlas = example();
  atlas.labels[1] = 2;
  CHECK(has(fault_of(atlas), "beyond the model's classes"));
  atlas = example();
  atlas.directions[1].axes[0] = INFINITY;
  CHECK(has(fault_of(atlas), "not finite"));
  atlas = example();
  atlas.positions.resize(6);
  atlas.latents.resize(9);
  atlas.labels.resize(3);
  CHECK(has(fault_of(atlas), "3 points"));
  atlas = example();
  atlas.directions[0].name = std::string(33, 'x');
  CHECK(has(fault_of(atlas), "not short text"));
  atlas = example();
  atlas.realism = {0.0f, 1.0f};
  CHECK(has(fault_of(atlas), "no rising scale"));
  atlas.realism = {1.0f, NAN};
  CHECK(has(fault_of(atlas), "no rising scale"));
  std::vector<std::uint8_t> bytes = write_atlas(example());
  bytes.pop_back();
  CHECK_FALSE(read_atlas(bytes, spec_of(2)));
  CHECK(has(read_atlas(write_safetensors({}, {}), spec_of(2)).error().message, "no metadata"));
  const std::string newer = R"({"version":2,"model":"0123456789abcdef","directions":[]})";
  CHECK(has(read_atlas(write_safetensors({}, {{"avae.atlas", newer}}), spec_of(2)).error().message, "version 2"));
}

TEST_CASE("atlas: every truncation and every flipped byte of a file is read or refused, never worse") {
  const std::vector<std::uint8_t> whole = write_atlas(example());
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(read_atlas(std::span(whole).first(size), spec_of(2)));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::uint8_t> bytes = whole;
    bytes[i] ^= 0xff;
    const auto read = read_atlas(bytes, spec_of(2));
    if (read) CHECK(place_at(*read, 0.5f, 0.5f).keyframe.latent.size() == 3);
  }
}

TEST_CASE("atlas: at a point it shows that point, between points a mean, far away nothing") {
  const Atlas atlas = example();
  const AtlasPlace there = place_at(atlas, 0.125f + 0.0625f * 3, 0.5f);
  CHECK(there.keyframe.latent == Latent{30, 3, -3});
  CHECK(there.keyframe.mix == ClassMix{0, 255});
  CHECK(there.label == 1);
  CHECK(there.density == 1.0f);
  const AtlasPlace between = place_at(atlas, 0.125f + 0.0625f * 3.5f, 0.5f);
  CHECK(between.keyframe.latent[0] == 35);
  CHECK(std::abs(between.keyframe.mix[0] - between.keyframe.mix[1]) <= 1);
  Atlas corner = atlas;
  for (std::size_t i = 0; i < corner.positions.size(); ++i) corner.positions[i] *= 0.1f;
  CHECK(place_at(corner, 0.99f, 0.99f).density == 0.0f);
}

TEST_CASE("atlas: the picture changes by small steps along the map") {
  const Atlas atlas = example();
  const int steps = 2000;
  for (int i = 1; i < steps; ++i) {
    const auto at = [&](int step) {
      return place_at(atlas, 0.1f + 0.5f * static_cast<float>(step) / static_cast<float>(steps), 0.503f)
          .keyframe.latent[0];
    };
    CHECK(std::abs(at(i) - at(i - 1)) <= 2);
  }
}

TEST_CASE("atlas: points that coincide are a mean, not a fault") {
  Atlas atlas = example();
  for (float& position : atlas.positions) position = 0.5f;
  const AtlasPlace place = place_at(atlas, 0.5f, 0.5f);
  CHECK(place.density == 1.0f);
  CHECK(place.keyframe.latent.size() == 3);
  CHECK((place.keyframe.mix[0] | place.keyframe.mix[1]) != 0);
}
