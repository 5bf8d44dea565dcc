#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "shared/playground/draw_pad.hpp"
#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using test::FakeEncoder;
using test::model;
using test::Stage;

ModelSpec sizes(int height, int width, int channels) {
  ModelSpec spec;
  spec.height = height;
  spec.width = width;
  spec.channels = channels;
  return spec;
}

DrawPad pad_for(const ModelSpec& spec) {
  DrawPad pad;
  pad.fit(spec);
  return pad;
}

TEST_CASE("draw: the pad has whole boxes for each of the model's pixels") {
  CHECK(pad_factor(sizes(28, 28, 1)) == 11);
  CHECK(pad_factor(sizes(64, 32, 3)) == 5);
  CHECK(pad_factor(sizes(1024, 1024, 3)) == 1);
  const DrawPad pad = pad_for(sizes(64, 32, 3));
  CHECK(pad.width() == 160);
  CHECK(pad.height() == 320);
  CHECK(pad.pixels().size() == 64 * 32 * 3);
}

TEST_CASE("draw: a stroke covers the pixels that it goes over, and half of those it halves") {
  DrawPad pad = pad_for(sizes(8, 8, 1));  // boxes of 40
  CHECK(pad.blank());
  // From the middle of one box to the middle of another, as thick as a box.
  pad.stroke({60.0f, 100.0f}, {220.0f, 100.0f}, 20.0f, {255, 255, 255});
  CHECK_FALSE(pad.blank());
  const std::vector<std::uint8_t> pixels = pad.pixels();
  for (int x = 2; x < 5; ++x) CHECK(pixels[static_cast<std::size_t>(2 * 8 + x)] == 255);
  CHECK(pixels[2 * 8 + 0] == 0);
  CHECK(pixels[1 * 8 + 3] == 0);
  const int end = pixels[2 * 8 + 1];  // half a box and half a disc
  CHECK(end > 200);
  CHECK(end < 255);
  pad.clear();
  pad.stroke({100.0f, 80.0f}, {180.0f, 80.0f}, 20.0f, {255, 255, 255});  // along the border of two rows
  CHECK(pad.pixels()[1 * 8 + 3] == 128);
  CHECK(pad.pixels()[2 * 8 + 3] == 128);
  // Off the pad it is cut off, and nothing else happens.
  pad.clear();
  pad.stroke({-500.0f, -500.0f}, {-400.0f, 9000.0f}, 20.0f, {255, 255, 255});
  const std::vector<std::uint8_t> outside = pad.pixels();
  CHECK(std::accumulate(outside.begin(), outside.end(), 0) == 0);
}

TEST_CASE("draw: colours become grey as the data loader weighs them, and are kept where the model has them") {
  DrawPad grey = pad_for(sizes(8, 8, 1)), colour = pad_for(sizes(8, 8, 3));
  for (DrawPad* pad : {&grey, &colour}) pad->stroke({160.0f, 160.0f}, {160.0f, 160.0f}, 400.0f, {200, 100, 50});
  CHECK(grey.pixels()[0] == 124);  // .299 200 + .587 100 + .114 50
  CHECK(colour.pixels()[0] == 200);
  CHECK(colour.pixels()[2] == 50);
}

TEST_CASE("draw: a picture on white is inverted, a photograph stretched, one of the model's own left as it is") {
  const ModelSpec spec = sizes(4, 4, 1);
  DrawPad pad = pad_for(spec);
  const auto filled = [&](std::uint8_t edge, std::uint8_t middle) {
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(pad.width() * pad.height()), edge);
    for (int y = pad.height() / 4; y < pad.height() * 3 / 4; ++y)
      for (int x = pad.width() / 4; x < pad.width() * 3 / 4; ++x)
        pixels[static_cast<std::size_t>(y * pad.width() + x)] = middle;
    return pixels;
  };
  pad.place(filled(10, 200), false);
  CHECK_FALSE(pad.inverted());
  CHECK(pad.pixels()[0] == 10);
  CHECK(pad.pixels()[5] == 200);
  pad.place(filled(235, 55), true);
  CHECK(pad.inverted());
  CHECK(pad.pixels()[0] == 0);
  CHECK(pad.pixels()[5] == 255);
  pad.invert(false);
  CHECK(pad.pixels()[0] == 235);  // no light to stretch: the edge is the brightest
  const unsigned version = pad.version();
  pad.place(std::vector<std::uint8_t>(7), false);  // of another size
  CHECK(pad.version() == version);
  pad.fit(spec);
  CHECK(pad.version() == version);
  pad.fit(sizes(8, 8, 1));
  CHECK(pad.blank());
}

/// A stage with a drawing panel.
struct Drawing {
  FakeEncoder encoder;
  Stage stage;
  explicit Drawing(std::vector<ModelInfo> models = {model(1)}, float width = 1440.0f)
      : stage(width, 900.0f, true, std::move(models), &encoder) {
    (void)stage->command("view-draw");
    stage.settle();
  }
  void draw_line() {
    const Rect at = stage.target("pad").shown;
    stage.point(at.x + at.w * 0.3f, at.y + at.h * 0.5f);
    stage.press(true);
    stage.point(at.x + at.w * 0.7f, at.y + at.h * 0.5f);
    stage.press(false);
  }
  EncodeRequest take() {
    REQUIRE_FALSE(encoder.requests.empty());
    EncodeRequest request = encoder.requests.front();
    encoder.requests.erase(encoder.requests.begin());
    return request;
  }
};

const Keyframe kRead = {Latent(8, 33), one_class(3, 2)};

TEST_CASE("draw: strokes are read while they are drawn, one request at a time, as one step") {
  Drawing drawing;
  Stage& stage = drawing.stage;
  const Keyframe before = stage.state().sample;
  drawing.draw_line();
  REQUIRE(drawing.encoder.requests.size() == 1);  // what came after waits for its answer
  const EncodeRequest first = drawing.take();
  CHECK(first.model == model(1).id);
  CHECK(first.only == -1);
  CHECK(first.pixels.size() == 64);
  stage->encoded(first.ticket, {{Latent(8, 11), one_class(3, 1)}, 1, 0.01f});
  CHECK(stage.state().sample.latent == Latent(8, 11));
  stage.frame();
  const EncodeRequest last = drawing.take();
  CHECK(last.pixels != first.pixels);
  stage->encoded(last.ticket, {kRead, 2, 0.01f});
  stage.settle();
  CHECK(stage.state().sample == kRead);
  (void)stage->command("undo");
  CHECK(stage.state().sample == before);
  stage->encoded(last.ticket, {{Latent(8, 1), one_class(3, 1)}, 1, 0.0f});  // nobody waits for it any more
  CHECK(stage.state().sample == before);
}

TEST_CASE("draw: with the pad in focus the arrow keys move the pen, and space puts it down and lifts it") {
  Drawing drawing;
  Stage& stage = drawing.stage;
  const auto tap = [&](ImGuiKey key, bool shift = false) {
    ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, shift);
    ImGui::GetIO().AddKeyEvent(key, true);
    stage->wake();
    stage.frame();
    ImGui::GetIO().AddKeyEvent(key, false);
    stage->wake();
    stage.frame();
    stage.frame();
  };
  for (int i = 0; i < 100 && stage->session().focus != "pad"; ++i) tap(ImGuiKey_Tab);
  REQUIRE(stage->session().focus == "pad");
  tap(ImGuiKey_UpArrow);
  CHECK(drawing.encoder.requests.empty());  // the pen is up
  tap(ImGuiKey_Space);
  const EncodeRequest dot = drawing.take();
  stage->encoded(dot.ticket, {kRead, 2, 0.01f});
  const auto light = [](const EncodeRequest& request) {
    int sum = 0;
    for (const std::uint8_t value : request.pixels) sum += value;
    return sum;
  };
  tap(ImGuiKey_RightArrow);
  const EncodeRequest line = drawing.take();
  CHECK(light(line) > light(dot));
  stage->encoded(line.ticket, {kRead, 2, 0.01f});
  tap(ImGuiKey_LeftArrow, true);
  const EncodeRequest longer = drawing.take();
  CHECK(light(longer) > light(line) + 500);
  stage->encoded(longer.ticket, {kRead, 2, 0.01f});
  tap(ImGuiKey_Space);
  const EncodeRequest lifted = drawing.take();
  CHECK(light(lifted) == light(longer));
  stage->encoded(lifted.ticket, {kRead, 2, 0.01f});
  tap(ImGuiKey_RightArrow);
  CHECK(drawing.encoder.requests.empty());
  CHECK_FALSE(stage->session().playing);
}

TEST_CASE("draw: class, eraser, inversion and clearing do what they say") {
  Drawing drawing;
  Stage& stage = drawing.stage;
  stage.click("pad-class-2");
  CHECK(drawing.encoder.requests.empty());  // nothing is drawn yet
  drawing.draw_line();
  const EncodeRequest drawn = drawing.take();
  CHECK(drawn.only == 2);
  const int light = std::accumulate(drawn.pixels.begin(), drawn.pixels.end(), 0);
  CHECK(light > 0);
  stage->encoded(drawn.ticket, {kRead, 2, 0.01f});
  stage.settle();
  while (!drawing.encoder.requests.empty()) {
    stage->encoded(drawing.take().ticket, {kRead, 2, 0.01f});
    stage.settle();
  }
  stage.click("pad-invert");
  stage.settle();
  const EncodeRequest inverted = drawing.take();
  CHECK(std::accumulate(inverted.pixels.begin(), inverted.pixels.end(), 0) > 64 * 128);
  stage->encoded(inverted.ticket, {kRead, 2, 0.01f});
  stage.click("pad-clear");
  stage.settle();
  CHECK(drawing.encoder.requests.empty());
  stage.click("pad-eraser");
  drawing.draw_line();
  const EncodeRequest erased = drawing.take();
  CHECK(std::accumulate(erased.pixels.begin(), erased.pixels.end(), 0) == 0);
}

TEST_CASE("draw: undo and redo take the pad along, and what was cleared can be brought back") {
  Drawing drawing;
  Stage& stage = drawing.stage;
  const auto read = [&](const Keyframe& as) {
    while (!drawing.encoder.requests.empty()) {
      stage->encoded(drawing.take().ticket, {as, 2, 0.01f});
      stage.settle();
    }
  };
  const auto light = [&] {  // of what the model would be given now
    stage.click("pad-invert");
    stage.settle();
    int sum = 0;
    if (!drawing.encoder.requests.empty()) {
      const EncodeRequest request = drawing.take();
      for (const std::uint8_t value : request.pixels) sum += 255 - value;
      stage->failed(request.ticket, "");
    }
    stage.click("pad-invert");
    stage.settle();
    if (!drawing.encoder.requests.empty()) stage->failed(drawing.take().ticket, "");
    stage.settle();
    return sum;
  };
  drawing.draw_line();
  read(kRead);
  stage.settle();
  const int drawn = light();
  CHECK(drawn > 0);
  const Keyframe second = {Latent(8, 44), one_class(3, 2)};
  stage.click("pad-class-1");
  read(second);
  CHECK(stage.state().sample == second);
  (void)stage->command("undo");
  stage.settle();
  CHECK(stage.state().sample == kRead);
  CHECK_FALSE(stage.target("pad-class-1").on);
  CHECK(light() == drawn);
  (void)stage->command("undo");
  stage.settle();
  CHECK(light() == 0);  // as it was before anything was drawn
  (void)stage->command("redo");
  (void)stage->command("redo");
  stage.settle();
  CHECK(stage.target("pad-class-1").on);
  CHECK(light() == drawn);
  stage.click("pad-clear");
  CHECK(stage.target("pad-clear").label == "Bring back");
  stage.click("pad-clear");
  stage.settle();
  CHECK(drawing.encoder.requests.size() == 1);
  read(second);
  CHECK(light() == drawn);
}

TEST_CASE("draw: other models that can be compared read it too, and the compare view shows what they made of it") {
  const std::vector<ModelInfo> models = {model(1), model(2), model(3)};
  Drawing drawing(models);
  drawing.encoder.blind = {models[2].id};  // which looks for the nearest that it draws
  Stage& stage = drawing.stage;
  stage->draw_on(std::vector<std::uint8_t>(static_cast<std::size_t>(320 * 320), 90), false);
  stage.frame();
  const EncodeRequest own = drawing.take();
  stage->encoded(own.ticket, {kRead, 2, 0.01f});
  const EncodeRequest other = drawing.take();
  CHECK(other.model == models[1].id);
  CHECK(other.only == 2);
  CHECK(other.pixels == own.pixels);
  CHECK_FALSE(stage->session().own_picture);
  const Keyframe theirs = {Latent(8, -5), one_class(3, 2)}, nearest = {Latent(8, 6), one_class(3, 2)};
  stage->encoded(other.ticket, {theirs, 2, 0.02f});
  const EncodeRequest blind = drawing.take();
  CHECK(blind.model == models[2].id);
  CHECK_FALSE(stage->session().own_picture);
  stage->encoded(blind.ticket, {nearest, 2, 0.03f});
  REQUIRE(stage->session().own_picture);
  CHECK(stage->session().own_picture->keyframes ==
        std::map<ModelId, Keyframe>{{models[0].id, kRead}, {models[1].id, theirs}, {models[2].id, nearest}});
  CHECK(drawing.encoder.requests.empty());
}

TEST_CASE("draw: what cannot be read is said, and the sample stays") {
  Drawing drawing;
  Stage& stage = drawing.stage;
  const Keyframe before = stage.state().sample;
  drawing.draw_line();
  stage->failed(drawing.take().ticket, "no memory");
  CHECK(stage.state().sample == before);
  CHECK(stage.host.message.empty());  // the panel says it
  stage.frame();
  CHECK(drawing.encoder.requests.size() == 1);  // what was drawn meanwhile is tried
}

TEST_CASE("draw: a model without an encoder has no pad, nor has a page with a panel of its own") {
  {
    FakeEncoder encoder;
    encoder.blind = {model(1).id};
    Stage stage(1440.0f, 900.0f, true, {model(1), model(2)}, &encoder);
    (void)stage->command("view-draw");
    stage.settle();
    CHECK_FALSE(stage.has("pad"));
  }
  Stage page(1440.0f, 900.0f, false);
  (void)page->command("view-draw");
  page.settle();
  CHECK_FALSE(page.has("pad"));
  page->draw_on(std::vector<std::uint8_t>(10), false);
  CHECK(page->pending() == 0);
}

TEST_CASE("draw: the pad and its tools lie on the screen at every size") {
  for (const float width : {360.0f, 820.0f, 1440.0f}) {
    Drawing drawing({model(1)}, width);
    for (const char* name : {"pad", "pad-clear", "pad-invert"}) {
      INFO(name);
      const Rect at = drawing.stage.target(name).rect;
      CHECK(at.x >= 0.0f);
      CHECK(at.right() <= width);
    }
    CHECK(drawing.stage.target("pad").rect.w >= 200.0f);
  }
}

}  // namespace
}  // namespace avae
