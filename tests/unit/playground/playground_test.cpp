#include "shared/playground/playground.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using test::model;
using test::Stage;

TEST_CASE("playground: the first request is the sample, alone") {
  Stage stage;
  stage.frame();
  REQUIRE_FALSE(stage.service.requests.empty());
  CHECK(stage.service.requests[0].priority == Priority::kSample);
  CHECK(stage.service.requests[0].count == 1);
  CHECK(stage.service.requests[0].mixes == stage.state().sample.mix);
}

TEST_CASE("playground: draws, decodes and reports nothing while idle") {
  Stage stage;
  stage.settle();
  const int frames = stage.frames;
  const int changes = stage.host.changes;
  stage.host.clock_ms += 60'000.0;
  CHECK_FALSE(stage->needs_frame());
  CHECK(stage->wait_ms() < 0.0);
  CHECK(stage.frames == frames);
  CHECK(stage.service.requests.empty());
  CHECK(stage.host.changes == changes);
  const int uploads = stage.host.uploads;
  stage->wake();
  stage.settle();
  CHECK(stage.host.uploads == uploads);
  CHECK(stage.service.requests.empty());
}

TEST_CASE("playground: answers wake it, stray ones do not") {
  Stage stage;
  stage.settle();
  stage->decoded(99'999, std::vector<std::uint8_t>(64));
  CHECK_FALSE(stage->needs_frame());
  stage->failed(99'999, "lost");
  CHECK_FALSE(stage->needs_frame());
  CHECK(stage.host.message.empty());
}

TEST_CASE("playground: pixels() are those of the sample") {
  Stage stage;
  CHECK(stage->pixels().empty());
  stage.settle();
  REQUIRE(stage->pixels().size() == 64);
  CHECK(stage->pixels()[0] == static_cast<std::uint8_t>(128 + stage.state().sample.latent[0]));
}

TEST_CASE("playground: the random button draws, reports once and can be undone by a key") {
  Stage stage;
  stage.settle();
  const Keyframe before = stage.state().sample;
  stage.click("random");
  CHECK_FALSE(stage.state().sample == before);
  CHECK(stage.host.changes == 1);
  stage.key(ImGuiKey_Z, true);
  CHECK(stage.state().sample == before);
  CHECK(stage.host.changes == 2);
}

TEST_CASE("playground: a tile is previewed under the pointer and kept by a click") {
  Stage stage;
  stage.settle();
  const Keyframe before = stage.state().sample;
  const Rect tile = stage.target("tile-5").shown;
  stage.point(tile.x + 10.0f, tile.y + 10.0f);
  stage.frame();
  REQUIRE(stage->session().preview);
  CHECK(stage.state().sample == before);
  CHECK(stage.host.changes == 0);
  const Keyframe seen = *stage->session().preview;
  stage.click("tile-5");
  CHECK(stage.state().sample == seen);
}

TEST_CASE("playground: the host hears of a first keyframe, which the link does not tell, and of its going") {
  Stage stage;
  const int before = stage.host.changes;
  (void)stage->command("add-keyframe");
  stage.settle();
  CHECK(stage.host.changes == before + 1);
  (void)stage->command("undo");
  stage.settle();
  CHECK(stage.host.changes == before + 2);
}

TEST_CASE("playground: a class chip changes the class and nothing else") {
  Stage stage;
  stage.settle();
  const Latent latent = stage.state().sample.latent;
  stage.click("class-2");
  CHECK(stage.state().sample.mix == ClassMix{0, 0, 255});
  CHECK(stage.state().sample.latent == latent);
}

TEST_CASE("playground: dragging a slider is one step of the history and never starves the sample") {
  Stage stage(1440.0f, 1600.0f);
  stage.settle();
  const Keyframe before = stage.state().sample;
  const Rect slider = stage.target("latent-0").shown;
  const float y = slider.y + slider.h / 2.0f;
  stage.point(slider.x + 150.0f, y);
  stage.press(true);
  for (int i = 0; i < 30; ++i) {
    stage.point(slider.x + 150.0f + static_cast<float>(i) * 3.0f, y);
    CHECK(stage.service.count(Priority::kSample) <= 1);
    if (i % 5 == 4) stage.answer_all();
  }
  CHECK(stage.host.changes == 0);
  stage.press(false);
  stage.settle();
  CHECK(stage.host.changes == 1);
  CHECK(stage.state().sample.latent[0] != before.latent[0]);
  CHECK(stage->pixels()[0] == static_cast<std::uint8_t>(128 + stage.state().sample.latent[0]));
  stage.key(ImGuiKey_Z, true);
  CHECK(stage.state().sample == before);
}

TEST_CASE("playground: arrows step the focused slider and a double click resets it") {
  Stage stage(1440.0f, 1600.0f);
  stage.settle();
  stage.click("latent-1");
  const int value = stage.state().sample.latent[1];
  stage.key(ImGuiKey_RightArrow);
  CHECK(stage.state().sample.latent[1] == value + 1);
  stage.key(ImGuiKey_DownArrow);
  const int next = stage.state().sample.latent[2];
  stage.key(ImGuiKey_LeftArrow);
  CHECK(stage.state().sample.latent[2] == next - 1);
  for (int i = 0; i < 40; ++i) stage.frame();
  stage.click("latent-1");
  stage.click("latent-1");
  CHECK(stage.state().sample.latent[1] == 0);
}

TEST_CASE("playground: a finger drags the panel without moving a slider, and sideways moves it") {
  Stage stage(360.0f, 780.0f, false, {model(1, 32, 3)});
  stage.settle();
  const Keyframe before = stage.state().sample;
  const Rect panel = stage->layout().panel;
  const auto drag = [&](float x, float y, float dx, float dy) {
    stage.point(x, y, true);
    stage.press(true, true);
    for (int i = 1; i <= 10; ++i) stage.point(x + dx * static_cast<float>(i), y + dy * static_cast<float>(i), true);
    stage.press(false, true);
  };
  const float variation = stage.target("variation-0").rect.y;
  drag(panel.x + 180.0f, panel.bottom() - 20.0f, 0.0f, -20.0f);
  stage.settle();
  CHECK(stage.state().sample == before);
  REQUIRE(stage.has("latent-0"));
  CHECK((!stage.has("variation-0") || stage.target("variation-0").rect.y < variation));
  const Rect slider = stage.target("latent-0").shown;
  drag(slider.x + 150.0f, slider.y + slider.h / 2.0f, 6.0f, 0.0f);
  stage.settle();
  CHECK(stage.state().sample.latent[0] > before.latent[0]);
}

TEST_CASE("playground: a morph plays by the clock, moves the sample, and stops at a press") {
  Stage stage;
  stage->edit([](Editor& editor) { editor.fill_morph(5); });
  stage.settle();
  stage.click("play");
  REQUIRE(stage->session().playing);
  const int changes = stage.host.changes;
  const std::uint16_t start = stage.state().morph_position;
  for (int i = 0; i < 60; ++i) {
    stage.frame();
    stage.answer_all();
  }
  CHECK(stage.state().morph_position > start);
  CHECK(stage->needs_frame());
  CHECK(stage.host.changes == changes);
  stage.key(ImGuiKey_Space);
  CHECK_FALSE(stage->session().playing);
  CHECK(stage.host.changes == changes + 1);
  stage.settle();
}

TEST_CASE("playground: scrubbing shows what lies between keyframes") {
  Stage stage;
  stage->edit([](Editor& editor) { editor.fill_morph(5); });
  stage.settle();
  const Rect bar = stage.target("scrub").rect;
  stage.point(bar.x + bar.w * 0.37f, bar.y + 3.0f);
  stage.press(true);
  stage.press(false);
  CHECK(stage.state().morph_position > 20'000);
  CHECK(stage.state().morph_position < 28'000);
  for (const Keyframe& keyframe : stage.state().morph) CHECK_FALSE(stage.state().sample == keyframe);
}

TEST_CASE("playground: a bad link shows a message and the defaults") {
  Stage stage;
  stage.settle();
  const std::string defaults = stage->link();
  REQUIRE(stage->command("random"));
  CHECK_FALSE(stage->open("nonsense"));
  CHECK_FALSE(stage.host.message.empty());
  CHECK(stage->link() == defaults);
}

TEST_CASE("playground: copies a link that opens the same state") {
  Stage stage;
  REQUIRE(stage->command("random"));
  stage.settle();
  stage.key(ImGuiKey_C, true);
  REQUIRE(stage.host.copied == "#" + stage->link());
  const Keyframe sample = stage.state().sample;
  REQUIRE(stage->command("random"));
  REQUIRE(stage->open(stage.host.copied));
  CHECK(stage.state().sample == sample);
}

TEST_CASE("playground: a visit that begins with a link has nothing to undo, a link opened later has") {
  std::string link;
  {
    Stage stage;
    (void)stage->command("random");
    link = stage->link();
  }
  Stage stage;
  REQUIRE(stage->open(link));
  CHECK_FALSE(stage->editor().history().can_undo());
  stage.settle();
  (void)stage->command("random");
  (void)stage->command("random");
  stage.settle();
  REQUIRE(stage->open(link));
  (void)stage->command("undo");
  CHECK(stage->link() != link);
  (void)stage->command("undo");
  (void)stage->command("undo");
  CHECK(stage->link() == link);
}

TEST_CASE("playground: a model that learned is decoded anew with the same latents") {
  Stage stage;
  stage.settle();
  const Keyframe sample = stage.state().sample;
  stage->replace_model(model(1).id, model(1));
  CHECK(stage->needs_frame());
  stage.frame();
  CHECK(stage.service.count(Priority::kSample) == 1);
  CHECK(stage.state().sample == sample);
  stage.settle();
}

TEST_CASE("playground: choosing another model decodes everything with it") {
  Stage stage;
  stage.settle();
  REQUIRE(stage->set_model(model(2).id));
  stage.frame();
  REQUIRE_FALSE(stage.service.requests.empty());
  for (const DecodeRequest& request : stage.service.requests) CHECK(request.model == model(2).id);
  CHECK_FALSE(stage->set_model(model(9).id));
  stage.settle();
}

TEST_CASE("playground: a failed request is told once and leaves the window idle") {
  Stage stage;
  stage.frame();
  stage->failed(stage.service.take(Priority::kSample).ticket, "the decoder is damaged");
  CHECK(stage.host.message == "the decoder is damaged");
  stage.settle();
}

TEST_CASE("playground: frees every texture it made") {
  Stage stage;
  stage.settle();
  REQUIRE(stage->set_model(model(2).id));
  stage.settle();
  stage->textures_lost();
  stage.settle();
  CHECK(stage.host.textures > stage.host.destroyed);
  stage.close();
  CHECK(stage.host.textures == stage.host.destroyed);
}

TEST_CASE("playground: unknown commands are refused") {
  Stage stage;
  CHECK_FALSE(stage->command("dance"));
  CHECK_FALSE(stage->command("model 0123"));
}

TEST_CASE("playground: pictures that come in a row from outside are one step back, once they are settled") {
  Stage stage;
  stage.settle();
  const Keyframe before = stage.state().sample;
  const int changes = stage.host.changes;
  Keyframe picture = before;
  for (int i = 1; i <= 5; ++i) {
    picture.latent[0] = static_cast<std::int8_t>(10 * i);
    stage->keep(picture, i == 5);
    stage.settle();
    CHECK(stage.state().sample == picture);
  }
  CHECK(stage.host.changes == changes + 1);
  (void)stage->command("undo");
  CHECK(stage.state().sample == before);
}

TEST_CASE("playground: a model that is chosen for a picture from outside is one step with it") {
  Stage stage(1440.0f, 900.0f, true, {model(1), model(2)});
  stage.settle();
  const AppState before = stage.state();
  Keyframe picture = before.sample;
  stage->keep(picture, false);
  REQUIRE(stage->set_model(model(2).id));
  stage.settle();
  picture.latent[0] = 44;
  stage->keep(picture, true);
  stage.settle();
  CHECK(stage.state().model == model(2).id);
  CHECK(stage.state().sample == picture);
  (void)stage->command("undo");
  CHECK(stage.state().model == before.model);
  CHECK(stage.state().sample == before.sample);
  REQUIRE(stage->set_model(model(2).id));  // by itself it is a step at once
  CHECK(stage.state().model == model(2).id);
  (void)stage->command("undo");
  CHECK(stage.state().model == before.model);
}

TEST_CASE("playground: pictures from outside that never settle become a step by themselves") {
  Stage stage;
  stage.settle();
  const int changes = stage.host.changes;
  Keyframe picture = stage.state().sample;
  picture.latent[0] = 77;
  stage->keep(picture, false);
  stage.settle();
  CHECK(stage.host.changes == changes);
  CHECK(stage->wait_ms() > 0.0);
  stage.host.clock_ms += 2000.0;
  stage.frame();
  CHECK(stage.host.changes == changes + 1);
}

}  // namespace
TEST_CASE("playground: from outside a target is pressed, moved and found as by hand") {
  test::Stage stage(1440.0f, 900.0f, false, {test::model(1, 32, 10)});
  stage.settle();
  stage->press("class-2");
  stage.settle();
  CHECK(main_class(stage.state().sample.mix) == 2);
  stage->press("revert");  // back to how it was drawn, of class 0
  stage.settle();
  CHECK(main_class(stage.state().sample.mix) == 0);
  const AppState before = stage.state();
  stage->press("revert");  // nothing to do now
  stage->press("no-such-thing");
  stage.settle();
  CHECK(stage.state() == before);

  stage->press("blend");  // all three before a frame is drawn: none is lost
  stage->press("class-4");
  stage->press("class-5");
  stage.settle();
  CHECK(class_count(stage.state().sample.mix) == 3);
  (void)stage->command("undo");
  (void)stage->command("undo");

  const int steps = stage.host.changes;
  for (const int value : {40, 50, 60}) {
    stage->slide("latent-30", value);
    stage.frame();
    stage.frame();
  }
  CHECK(stage.state().sample.latent[30] == 60);
  CHECK(stage.host.changes == steps);  // one step, once the hand rests
  stage.host.clock_ms += 2000.0;
  stage->wake();
  stage.settle();
  CHECK(stage.host.changes == steps + 1);
  (void)stage->command("undo");
  CHECK(stage.state() == before);
  stage->slide("latent-30", 1000);
  stage.frame();
  CHECK(stage.state().sample.latent[30] == 127);

  // The last slider is below the panel's edge until it is looked for.
  const auto shown = [&] { return stage.has("latent-31"); };
  CHECK_FALSE(shown());
  stage->reveal("latent-31");
  stage.settle();
  CHECK(shown());
}

TEST_CASE("playground: everything that can be pressed has a name for people") {
  const float width = GENERATE(360.0f, 1440.0f);
  for (const char* view : {"view-shape", "view-morph", "view-compare"}) {
    test::Stage stage(width, 900.0f, true, {test::model(1, 32, 10), test::model(2, 32, 10)});
    (void)stage->command("fill-morph");
    (void)stage->command(view);
    stage.settle();
    for (const Target& target : stage->targets()) {
      CAPTURE(view, target.name);
      CHECK_FALSE(target.label.empty());
    }
  }
}

}  // namespace avae
