#include <algorithm>
#include <cmath>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using Catch::Approx;
using test::model;
using test::Stage;

/// A grid of 20 x 20 points; latents tell where they are, the left half is class 0 and the right half class 1.
Atlas grid_atlas() {
  Atlas atlas;
  atlas.latent = 8;
  atlas.classes = 3;
  for (int row = 0; row < 20; ++row) {
    for (int column = 0; column < 20; ++column) {
      atlas.positions.push_back((static_cast<float>(column) + 0.5f) / 20.0f);
      atlas.positions.push_back((static_cast<float>(row) + 0.5f) / 20.0f);
      for (int d = 0; d < 8; ++d)
        atlas.latents.push_back(static_cast<std::int8_t>(d == 0 ? 5 * column : d == 1 ? 5 * row : 0));
      atlas.labels.push_back(column < 10 ? 0 : 1);
    }
  }
  Direction direction{"brightness", std::vector<float>(24, 0.0f)};
  for (std::size_t label = 0; label < 3; ++label)
    direction.axes[label * 8] = 0.6f, direction.axes[label * 8 + 1] = 0.8f;
  atlas.directions = {direction};
  return atlas;
}

constexpr Rect kRect = {100.0f, 50.0f, 400.0f, 200.0f};

/// A stage that shows the map.
struct MapStage : Stage {
  explicit MapStage(float width = 1440.0f, float height = 900.0f) : Stage(width, height) {
    (*this)->set_atlas(model(1).id, grid_atlas());
    (void)(*this)->command("view-map");
    settle();
  }
  Rect map() { return target("map").rect; }
  ImVec2 middle() { return {map().x + map().w / 2.0f, map().y + map().h / 2.0f}; }
  /// A key goes down and up; what follows is not drawn yet.
  void press_key(ImGuiKey key) {
    ImGui::GetIO().AddKeyEvent(key, true);
    (*this)->wake();
    frame();
    ImGui::GetIO().AddKeyEvent(key, false);
    (*this)->wake();
  }
  const MapView& view() { return (*this)->session().map.view; }
};

}  // namespace

TEST_CASE("map view: screen and map are each other's inverse, and zooming holds the point under the pointer") {
  MapView view;
  CHECK(view.side(kRect) == 200.0f);
  CHECK(view.to_screen({0.5f, 0.5f}, kRect).x == 300.0f);
  const ImVec2 pointer = {260.0f, 120.0f};
  const MapPoint held = view.to_map(pointer, kRect);
  view.zoom_at(4.0f, pointer, kRect);
  CHECK(view.zoom == 4.0f);
  CHECK(view.to_screen(held, kRect).x == Approx(pointer.x));
  CHECK(view.to_screen(held, kRect).y == Approx(pointer.y));
  view.zoom_at(1e6f, pointer, kRect);
  CHECK(view.zoom == MapView::kMaxZoom);
  view.zoom_at(1e-9f, pointer, kRect);
  CHECK(view.zoom == 1.0f);
  view.pan({1e6f, -1e6f}, kRect);
  CHECK(view.centre.x == 0.0f);
  CHECK(view.centre.y == 1.0f);
}

TEST_CASE("map view: cells cover what is seen, the nearest to the pointer first, and grow finer with the zoom") {
  MapView view;
  const Rect square = {0.0f, 0.0f, 400.0f, 400.0f};
  CHECK(map_level(view, square, 50.0f) == 0);
  const std::vector<MapCell> all = visible_cells(view, square, 0, {399.0f, 399.0f});
  REQUIRE(all.size() == 64);
  CHECK(all.front() == MapCell{0, 7, 7});
  CHECK(all.back() == MapCell{0, 0, 0});
  float area = 0.0f;
  for (const MapCell& cell : all) area += cell_rect(cell, view, square).w * cell_rect(cell, view, square).h;
  CHECK(area == 160000.0f);
  view.zoom_at(4.0f, {0.0f, 0.0f}, square);
  CHECK(map_level(view, square, 50.0f) == 2);
  for (const MapCell& cell : visible_cells(view, square, 2, {0.0f, 0.0f})) CHECK((cell.column <= 8 && cell.row <= 8));
}

TEST_CASE("map view: names stand among their own points, once each and apart") {
  const std::vector<MapLabel> labels = place_labels(grid_atlas());
  REQUIRE(labels.size() == 2);
  for (const MapLabel& label : labels) CHECK((label.at.x < 0.5f) == (label.label == 0));
}

TEST_CASE("map view: a class that lies among others is named too") {
  Atlas atlas = grid_atlas();
  // All of it within a tenth of the map, the classes mixed.
  for (float& position : atlas.positions) position = 0.5f + 0.1f * (position - 0.5f);
  for (int i = 0; i < atlas.size(); ++i) atlas.labels[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i % 3);
  std::vector<int> named;
  for (const MapLabel& label : place_labels(atlas)) named.push_back(label.label);
  std::sort(named.begin(), named.end());
  CHECK(named == std::vector<int>{0, 1, 2});
}

TEST_CASE("map view: a line gives keyframes at equal distances from its start to its end") {
  const Atlas atlas = grid_atlas();
  const std::vector<Keyframe> frames = keyframes_along(atlas, {{0.125f, 0.525f}, {0.3f, 0.525f}, {0.475f, 0.525f}});
  REQUIRE(frames.size() == 9);
  CHECK(frames.front().latent[0] == 10);
  CHECK(frames.back().latent[0] == 45);
  for (std::size_t i = 1; i < frames.size(); ++i)
    CHECK(std::abs(frames[i].latent[0] - frames[i - 1].latent[0] - 4) <= 2);
  CHECK(keyframes_along(atlas, {{0.5f, 0.5f}, {0.505f, 0.5f}}).empty());
  std::vector<MapPoint> scribble;
  for (int i = 0; i < 500; ++i) scribble.push_back({i % 2 ? 0.1f : 0.9f, 0.5f});
  CHECK(keyframes_along(atlas, scribble).size() == static_cast<std::size_t>(kMaxKeyframes));
}

TEST_CASE("map: each press of a key moves the sample along a direction, however little a step of it is") {
  Stage stage;
  Atlas atlas = grid_atlas();
  std::fill(atlas.directions[0].axes.begin(), atlas.directions[0].axes.end(), std::sqrt(1.0f / 8.0f));
  stage->set_atlas(model(1).id, atlas);
  stage.settle();
  for (const int way : {1, 1, 1, -1, -1, -1, -1}) {
    const Latent before = stage.state().sample.latent;
    const int value = stage.target("direction-0").value;
    stage->slide("direction-0", value + way);
    stage.settle();
    CHECK(stage.state().sample.latent != before);
    CHECK((stage.target("direction-0").value - value) * way > 0);
  }
}

TEST_CASE("map: without an atlas the view shows the gallery") {
  Stage stage;
  (void)stage->command("view-map");
  stage.settle();
  CHECK(stage.has("tile-0"));
  CHECK_FALSE(stage.has("map"));
  stage->set_atlas(model(1).id, grid_atlas());
  stage.settle();
  CHECK(stage.has("map"));
  CHECK_FALSE(stage.has("tile-0"));
}

TEST_CASE("map: a click keeps the picture under the pointer, as one step back") {
  MapStage stage;
  const Keyframe before = stage.state().sample;
  stage.point(stage.middle().x + 3.0f, stage.middle().y);
  stage.press(true);
  stage.press(false);
  stage.settle();
  const Keyframe kept = stage.state().sample;
  CHECK(kept.latent[0] >= 47);
  CHECK(kept.latent[0] <= 50);
  CHECK(main_class(kept.mix) == 1);
  CHECK(stage->session().map.mark_exact);
  (void)stage->command("undo");
  CHECK(stage.state().sample == before);
}

TEST_CASE("map: pointing shows the picture under the pointer and keeps nothing") {
  MapStage stage;
  const Keyframe before = stage.state().sample;
  stage.point(stage.middle().x, stage.middle().y);
  stage.settle();
  stage.point(stage.middle().x + 1.0f, stage.middle().y);
  stage.settle();
  REQUIRE(stage->session().preview);
  CHECK(std::abs(stage->session().preview->latent[0] - 48) <= 2);
  CHECK(stage.state().sample == before);
}

TEST_CASE("map: the picture under the pointer is on show in the first frame after it was decoded") {
  MapStage stage;
  stage.point(stage.middle().x, stage.middle().y);
  stage.settle();
  stage.point(stage.middle().x + 40.0f, stage.middle().y);
  stage.frame();
  const int before = stage.host.large_uploads;
  REQUIRE(stage.service.count(Priority::kHover) == 1);
  stage.answer_all();
  stage.frame();
  CHECK(stage.host.large_uploads == before + 1);
}

TEST_CASE("map: what lies where the pointer comes is asked for before the next frame, and once") {
  MapStage stage;
  const ImVec2 at = {stage.middle().x + 31.4f, stage.middle().y + 7.7f};
  stage.point(stage.middle().x, stage.middle().y);
  stage.settle();
  REQUIRE(stage.service.requests.empty());
  stage->pointer_comes(at.x, at.y);
  REQUIRE(stage.service.requests.size() == 1);
  const DecodeRequest early = stage.service.requests.front();
  CHECK(early.priority == Priority::kHover);
  CHECK(early.count == 1);
  stage.point(at.x, at.y);
  CHECK(stage.service.requests.size() == 1);
  stage->pointer_comes(at.x, at.y);
  CHECK(stage.service.requests.size() == 1);
  stage.answer_all();
  stage.frame();
  REQUIRE(stage->session().preview);
  CHECK(std::equal(early.latents.begin(), early.latents.end(), stage->session().preview->latent.begin()));
  // Not more than a few at a time, not beside the map, not below the share panel, not in another view.
  stage.service.requests.clear();
  for (int i = 1; i <= 9; ++i) stage->pointer_comes(at.x + 20.0f * static_cast<float>(i), at.y);
  CHECK(stage.service.requests.size() == 2);
  stage.answer_all();
  stage->pointer_comes(2.0f, 2.0f);
  stage->press("share");
  stage.settle();
  stage->pointer_comes(at.x - 60.0f, at.y);
  (void)stage->command("view-shape");
  stage.settle();
  stage->pointer_comes(at.x - 60.0f, at.y);
  CHECK(stage.service.requests.empty());
}

TEST_CASE("map: a pointer that hurries never has more than a few requests under way, and the last wish comes true") {
  MapStage stage;
  for (int i = 0; i < 40; ++i) {
    stage.point(stage.middle().x + 5.0f * static_cast<float>(i), stage.middle().y);
    CHECK(stage.service.count(Priority::kHover) <= 4);
  }
  stage.settle();
  stage->wake();
  stage.settle();
  REQUIRE(stage->session().preview);
  const AtlasPlace last = place_at(grid_atlas(), stage.view().to_map(ImGui::GetIO().MousePos, stage.map()).x,
                                   stage.view().to_map(ImGui::GetIO().MousePos, stage.map()).y);
  CHECK(*stage->session().preview == last.keyframe);
}

TEST_CASE("map: dragging pans and selects nothing; wheel, buttons and keys zoom") {
  MapStage stage;
  const Keyframe before = stage.state().sample;
  stage.point(stage.middle().x, stage.middle().y);
  ImGui::GetIO().AddMouseWheelEvent(0.0f, 5.0f);
  stage->wake();
  stage.settle();
  const float zoom = stage.view().zoom;
  CHECK(zoom > 2.0f);
  stage.press(true);
  stage.point(stage.middle().x - 60.0f, stage.middle().y);
  stage.press(false);
  stage.settle();
  CHECK(stage.view().centre.x > 0.52f);
  CHECK(stage.state().sample == before);
  stage.click("map-in");
  stage.settle();
  CHECK(stage.view().zoom > zoom);
  (void)stage->command("map-fit");
  stage.settle();
  CHECK(stage.view().zoom == 1.0f);
}

TEST_CASE("map: two fingers zoom around what lies between them") {
  MapStage stage(400.0f, 800.0f);
  const float zoom = stage.view().zoom;
  stage->pinch(stage.middle().x, stage.middle().y, 0.0f, 0.0f, 2.0f);
  stage.settle();
  CHECK(stage.view().zoom == Approx(2.0f * zoom));
}

TEST_CASE("map: a line drawn after pressing Path is a morph along it") {
  MapStage stage;
  stage.click("map-path");
  stage.settle();
  const ImVec2 from = {stage.middle().x - 120.0f, stage.middle().y};
  stage.point(from.x, from.y);
  stage.press(true);
  for (int i = 1; i <= 8; ++i) stage.point(from.x + 30.0f * static_cast<float>(i), from.y);
  stage.press(false);
  stage.settle();
  CHECK(stage.state().morph.size() >= 4);
  CHECK(stage.state().morph.front().latent[0] < stage.state().morph.back().latent[0]);
  CHECK_FALSE(stage->session().map.drawing);
}

TEST_CASE("map: with Shift held a drag draws the line at once") {
  MapStage stage;
  const ImVec2 from = {stage.middle().x - 120.0f, stage.middle().y};
  ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, true);
  stage.point(from.x, from.y);
  const float zoom = stage.view().zoom, x = stage.view().centre.x;
  stage.press(true);
  for (int i = 1; i <= 8; ++i) stage.point(from.x + 30.0f * static_cast<float>(i), from.y);
  stage.press(false);
  ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, false);
  stage.settle();
  CHECK(stage.state().morph.size() >= 4);
  CHECK(stage.view().zoom == zoom);
  CHECK(stage.view().centre.x == x);
}

TEST_CASE("map: L and the arrow keys draw a line too, which space plays and Escape gives up") {
  MapStage stage;
  const auto tap = [&](ImGuiKey key) {
    stage.press_key(key);
    for (int i = 0; i < 4; ++i) stage.frame();
    stage.answer_all();
  };
  stage.host.calm = true;  // no transitions: a morph that was drawn waits to be played
  tap(ImGuiKey_L);
  CHECK(stage->session().map.drawing);
  for (int i = 0; i < 3; ++i) tap(ImGuiKey_RightArrow);
  CHECK(stage->session().map.line.size() == 4);
  tap(ImGuiKey_Escape);
  CHECK_FALSE(stage->session().map.drawing);
  CHECK(stage.state().morph.empty());
  tap(ImGuiKey_L);
  for (int i = 0; i < 8; ++i) tap(ImGuiKey_DownArrow);
  tap(ImGuiKey_Space);
  CHECK_FALSE(stage->session().map.drawing);
  REQUIRE(stage.state().morph.size() >= 3);
  CHECK(stage.state().morph.front().latent[1] < stage.state().morph.back().latent[1]);
  // Elsewhere the letter means nothing.
  (void)stage->command("view-shape");
  tap(ImGuiKey_L);
  CHECK_FALSE(stage->session().map.drawing);
}

TEST_CASE("map: a line that was begun goes when another model's map is shown") {
  MapStage stage;
  stage->set_atlas(model(2).id, grid_atlas());
  stage.press_key(ImGuiKey_L);
  stage.settle();
  for (int i = 0; i < 3; ++i) {
    stage.press_key(ImGuiKey_RightArrow);
    stage.settle();
  }
  REQUIRE(stage->session().map.drawing);
  REQUIRE(stage->session().map.line.size() > 1);
  REQUIRE(stage->set_model(model(2).id));
  stage.settle();
  CHECK_FALSE(stage->session().map.drawing);
  CHECK(stage->session().map.line.empty());
}

TEST_CASE("map: the arrow keys walk from picture to picture") {
  MapStage stage;
  const auto tap = [&](ImGuiKey key) {
    stage.press_key(key);
    stage.settle();
  };
  tap(ImGuiKey_RightArrow);
  const int before = stage.state().sample.latent[0];
  tap(ImGuiKey_RightArrow);
  CHECK(stage.state().sample.latent[0] > before);
  // Not below the share panel.
  stage->press("share");
  stage.settle();
  const Latent shared = stage.state().sample.latent;
  tap(ImGuiKey_RightArrow);
  CHECK(stage.state().sample.latent == shared);
}

TEST_CASE("directions: a slider moves the sample along its axis and leaves the rest") {
  MapStage stage;
  (void)stage->command("view-shape");
  stage.settle();
  REQUIRE(stage.has("direction-0"));
  CHECK_FALSE(stage.has("latent-0"));
  const Latent before = stage.state().sample.latent;
  const Atlas atlas = grid_atlas();
  const std::span<const float> axis = atlas.axis(0, main_class(stage.state().sample.mix));
  stage->edit([&](Editor& editor) { editor.set_along(axis, 64, before); });
  const Latent after = stage.state().sample.latent;
  CHECK(std::abs(steps_along(axis, after) - 64) <= 1);
  for (std::size_t i = 2; i < before.size(); ++i) CHECK(after[i] == before[i]);
  (void)stage->command("all-coordinates");
  stage.settle();
  stage.frame();
  CHECK(stage->session().sliders == 9);
}

TEST_CASE("map: for the keyboard it comes before the sliders, as the gallery does not") {
  MapStage stage;
  const auto place_of = [&](std::string_view name) {
    const auto found = std::ranges::find(stage->targets(), name, &Target::name);
    REQUIRE(found != stage->targets().end());
    return found - stage->targets().begin();
  };
  CHECK(place_of("map") < place_of("direction-0"));
  (void)stage->command("view-shape");
  stage.settle();
  CHECK(place_of("direction-0") < place_of("tile-0"));
}

}  // namespace avae
