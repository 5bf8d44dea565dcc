#include "shared/playground/pictures.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using test::FakeHost;
using test::FakeService;
using test::model;
using test::pixels_for;

Keyframe keyframe(int step) { return {Latent(8, static_cast<std::int8_t>(step)), {255, 0, 0}}; }

/// One frame that wants `tiles` at a priority.
void ask(Pictures& pictures, std::vector<int> tiles, Priority priority = Priority::kGallery) {
  pictures.begin_frame();
  for (const int tile : tiles) pictures.tile(keyframe(tile), priority);
  pictures.end_frame();
}

struct Bench {
  FakeHost host;
  FakeService service;
  Ticket tickets = 0;
  Pictures pictures{service, host, tickets};
  Bench() { pictures.set_model(model()); }
};

TEST_CASE("pictures: asks once for what is missing, in batches") {
  Bench bench;
  std::vector<int> many;
  for (int i = 0; i < 20; ++i) many.push_back(i);
  ask(bench.pictures, many);
  REQUIRE(bench.service.requests.size() == 3);
  CHECK(bench.service.requests[0].count == Pictures::kBatch);
  CHECK(bench.service.requests[2].count == 4);
  CHECK(bench.service.requests[0].latents.size() == 8 * 8);
  CHECK(bench.service.requests[0].mixes.size() == 8 * 3);
  ask(bench.pictures, many);
  CHECK(bench.service.requests.size() == 3);
}

TEST_CASE("pictures: the same picture twice in a frame is one request") {
  Bench bench;
  ask(bench.pictures, {4, 4, 4});
  REQUIRE(bench.service.requests.size() == 1);
  CHECK(bench.service.requests[0].count == 1);
}

TEST_CASE("pictures: cancels a batch that nobody wants any more, and keeps one that is wanted in part") {
  Bench bench;
  ask(bench.pictures, {1, 2});
  ask(bench.pictures, {2});
  CHECK(bench.service.cancelled.empty());
  const Ticket ticket = bench.service.requests[0].ticket;
  ask(bench.pictures, {3});
  CHECK(bench.service.cancelled == std::vector<Ticket>{ticket});
  ask(bench.pictures, {1});
  CHECK(bench.service.requests.back().latents[0] == 1);
}

TEST_CASE("pictures: ignores an answer that comes after its ticket was cancelled") {
  Bench bench;
  ask(bench.pictures, {1});
  const DecodeRequest late = bench.service.requests[0];
  ask(bench.pictures, {2});
  CHECK_FALSE(bench.pictures.decoded(late.ticket, pixels_for(late)));
  CHECK(bench.pictures.pixels(keyframe(1)).empty());
}

TEST_CASE("pictures: shows a tile when it is decoded, without asking again") {
  Bench bench;
  ask(bench.pictures, {1});
  const DecodeRequest request = bench.service.take(Priority::kGallery);
  CHECK(bench.pictures.decoded(request.ticket, pixels_for(request)));
  bench.pictures.begin_frame();
  CHECK(bench.pictures.tile(keyframe(1), Priority::kGallery).texture != nullptr);
  bench.pictures.end_frame();
  CHECK(bench.service.requests.empty());
  CHECK(bench.pictures.pending() == 0);
}

TEST_CASE("pictures: refuses an answer of the wrong size and does not ask for ever") {
  Bench bench;
  ask(bench.pictures, {1});
  const DecodeRequest request = bench.service.take(Priority::kGallery);
  CHECK_FALSE(bench.pictures.decoded(request.ticket, std::vector<std::uint8_t>(63)));
  ask(bench.pictures, {1});
  CHECK(bench.service.requests.empty());
}

TEST_CASE("pictures: a failed picture is asked for again only with another model") {
  Bench bench;
  ask(bench.pictures, {1});
  CHECK(bench.pictures.failed(bench.service.take(Priority::kGallery).ticket));
  ask(bench.pictures, {1});
  CHECK(bench.service.requests.empty());
  bench.pictures.set_model(model(2));
  ask(bench.pictures, {1});
  CHECK(bench.service.requests.size() == 1);
}

TEST_CASE("pictures: one sample request at a time, and the newest wish follows it") {
  Bench bench;
  const auto show = [&](int step) {
    bench.pictures.begin_frame();
    const Picture shown = bench.pictures.large(keyframe(step), 64);
    bench.pictures.end_frame();
    return shown;
  };
  show(1);
  show(2);
  show(3);
  CHECK(bench.service.count(Priority::kSample) == 1);
  CHECK(bench.service.cancelled.empty());
  const DecodeRequest first = bench.service.take(Priority::kSample);
  CHECK(first.latents[0] == 1);
  bench.pictures.decoded(first.ticket, pixels_for(first));
  CHECK(show(3).texture != nullptr);
  CHECK(bench.service.take(Priority::kSample).latents[0] == 3);
}

TEST_CASE("pictures: a model that learned keeps old pictures on show until the new ones come") {
  Bench bench;
  ask(bench.pictures, {1});
  const DecodeRequest request = bench.service.take(Priority::kGallery);
  bench.pictures.decoded(request.ticket, pixels_for(request));
  bench.pictures.set_model(model(2));
  bench.pictures.begin_frame();
  CHECK(bench.pictures.tile(keyframe(1), Priority::kGallery).texture != nullptr);
  bench.pictures.end_frame();
  REQUIRE(bench.service.requests.size() == 1);
  CHECK(bench.service.requests[0].model == model(2).id);
  CHECK(bench.pictures.pixels(keyframe(1)).empty());
}

TEST_CASE("pictures: another model cancels what is under way") {
  Bench bench;
  ask(bench.pictures, {1, 2, 3});
  bench.pictures.set_model(model(2));
  CHECK(bench.service.cancelled.size() == 1);
  CHECK(bench.pictures.pending() == 0);
}

TEST_CASE("pictures: a frame puts some tiles of the gallery on the graphics card, the next ones the rest") {
  Bench bench;
  int per_frame = Pictures::kMaxUploads;
  SECTION("a fast one takes as many as it may") {}
  SECTION("a slow one takes what it can in a part of the frame") {
    bench.host.upload_ms = 0.75;
    per_frame = static_cast<int>(Pictures::kUploads_ms / 0.75);
  }
  SECTION("the slowest takes one") {
    bench.host.upload_ms = 100.0;
    per_frame = 1;
  }
  std::vector<int> many;
  for (int i = 0; i < 2 * per_frame + 1; ++i) many.push_back(i);
  ask(bench.pictures, many);
  for (const DecodeRequest& request : std::exchange(bench.service.requests, {}))
    bench.pictures.decoded(request.ticket, pixels_for(request));
  for (const int left : {per_frame + 1, 1, 0, 0}) {
    const int before = bench.host.uploads;
    const int wanted = static_cast<int>(many.size()) - before;
    ask(bench.pictures, many);
    CHECK(bench.host.uploads - before == std::min(per_frame, wanted));
    CHECK(static_cast<int>(many.size()) - bench.host.uploads == left);
    CHECK(bench.pictures.uploads_wait() == (left > 0));
  }
  // What is looked at does not wait.
  bench.pictures.textures_lost();
  const int before = bench.host.uploads;
  ask(bench.pictures, many, Priority::kHover);
  CHECK(bench.host.uploads - before == static_cast<int>(many.size()));
  CHECK_FALSE(bench.pictures.uploads_wait());
}

/// A picture for each number below 12,800.
Keyframe numbered(int i) {
  Keyframe one = keyframe(i / 10000);
  one.latent[1] = static_cast<std::int8_t>(i % 100);
  one.latent[2] = static_cast<std::int8_t>(i / 100 % 100);
  return one;
}

/// Decodes and shows the pictures from `first` on. The places they have.
std::vector<Picture> show(Bench& bench, int first, int count) {
  bench.pictures.begin_frame();
  for (int i = 0; i < count; ++i) bench.pictures.want(numbered(first + i), Priority::kGallery);
  bench.pictures.end_frame();
  for (const DecodeRequest& request : std::exchange(bench.service.requests, {})) {
    bench.pictures.decoded(request.ticket, pixels_for(request));
  }
  bench.pictures.begin_frame();
  std::vector<Picture> places;
  for (int i = 0; i < count; ++i) places.push_back(bench.pictures.tile(numbered(first + i), Priority::kHover));
  bench.pictures.end_frame();
  return places;
}

TEST_CASE("pictures: a visit of many places keeps a bounded atlas, and every picture of a frame has its own place") {
  Bench bench;
  for (int first = 0; first < 6000; first += 300) show(bench, first, 300);
  const int bounded = bench.host.textures;
  CHECK(bounded <= static_cast<int>(Pictures::kMaxPages));
  // More than the atlas holds, all in one frame.
  std::set<std::tuple<ImTextureID, float, float>> places;
  for (const Picture& picture : show(bench, 6000, 2000)) {
    REQUIRE(picture.texture != nullptr);
    places.insert({picture.texture, picture.uv0.x, picture.uv0.y});
  }
  CHECK(places.size() == 2000);
}

TEST_CASE("pictures: forgets the oldest beyond its limit and uses their places again") {
  Bench bench;
  for (int page = 0; page < 8; ++page) {
    bench.pictures.begin_frame();
    std::vector<Keyframe> wanted;
    for (int i = 0; i < 400; ++i) {
      Keyframe one = keyframe(page);
      one.latent[1] = static_cast<std::int8_t>(i % 100);
      one.latent[2] = static_cast<std::int8_t>(i / 100);
      bench.pictures.tile(one, Priority::kGallery);
      wanted.push_back(one);
    }
    bench.pictures.end_frame();
    for (const DecodeRequest& request : std::exchange(bench.service.requests, {})) {
      bench.pictures.decoded(request.ticket, pixels_for(request));
    }
    bench.pictures.begin_frame();
    for (const Keyframe& one : wanted) CHECK(bench.pictures.tile(one, Priority::kHover).texture != nullptr);
    bench.pictures.end_frame();
  }
  CHECK(bench.host.textures * 100 <= static_cast<int>(Pictures::kMaxKept) + 500);
}

TEST_CASE("pictures: large ones are forgotten sooner, by their bytes") {
  Bench bench;
  ModelInfo large = model();
  large.spec.height = large.spec.width = 256;
  large.spec.channels = 3;  // 192 KiB each
  bench.pictures.set_model(large);
  const int fit = static_cast<int>(Pictures::kMaxKeptBytes / (256 * 256 * 3));
  REQUIRE(fit > static_cast<int>(Pictures::kMinKept));
  const auto show = [&](int number) {
    bench.pictures.begin_frame();
    Keyframe one = keyframe(number % 100);
    one.latent[1] = static_cast<std::int8_t>(number / 100);
    (void)bench.pictures.tile(one, Priority::kGallery);
    bench.pictures.end_frame();
    for (const DecodeRequest& request : std::exchange(bench.service.requests, {}))
      bench.pictures.decoded(request.ticket, pixels_for(request, 256 * 256 * 3));
    return bench.pictures.pixels(one).empty();
  };
  for (int number = 0; number < 2 * fit; ++number) REQUIRE_FALSE(show(number));
  CHECK(bench.pictures.pixels(keyframe(0)).empty());
}

}  // namespace
}  // namespace avae
