#include <set>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using test::model;
using test::Stage;

/// A key goes down and up, with Shift or without, and what follows is drawn.
void tap(Stage& stage, ImGuiKey key, bool shift = false) {
  ImGuiIO& io = ImGui::GetIO();
  if (shift) io.AddKeyEvent(ImGuiMod_Shift, true);
  io.AddKeyEvent(key, true);
  stage->wake();
  stage.frame();
  io.AddKeyEvent(key, false);
  if (shift) io.AddKeyEvent(ImGuiMod_Shift, false);
  stage->wake();
  stage.settle();
}

const std::string& focus(Stage& stage) { return stage->session().focus; }

/// Tab until the focus is on `name`.
void tab_to(Stage& stage, const std::string& name) {
  for (int i = 0; i < 200 && focus(stage) != name; ++i) tap(stage, ImGuiKey_Tab);
  REQUIRE(focus(stage) == name);
}

}  // namespace

TEST_CASE("focus: Tab goes once round all that can be pressed, in sight, and Shift+Tab back") {
  for (const char* view : {"view-shape", "view-map", "view-morph", "view-compare"}) {
    CAPTURE(view);
    Stage stage;
    (void)stage->command(view);
    stage.settle();
    tap(stage, ImGuiKey_Tab);
    const std::string first = focus(stage);
    std::vector<std::string> order;
    do {
      order.push_back(focus(stage));
      CHECK(stage.has(focus(stage)));  // scrolled to where that was needed
      tap(stage, ImGuiKey_Tab);
      REQUIRE(order.size() < 100);
    } while (focus(stage) != first);
    const std::set<std::string> reached(order.begin(), order.end());
    CHECK(reached.size() == order.size());
    for (const Target& target : stage->targets()) {
      const bool in_row = target.kind == Target::Kind::kPicture;
      if (target.kind == Target::Kind::kText || !target.enabled || in_row) continue;
      CAPTURE(target.name);
      CHECK(reached.contains(target.name));
    }
    tap(stage, ImGuiKey_Tab, true);
    CHECK(focus(stage) == order.back());
  }
}

TEST_CASE("focus: space and Enter press, and a morph does not play meanwhile") {
  Stage stage;
  stage->edit([](Editor& editor) { editor.fill_morph(1); });
  stage.settle();
  const std::string before = stage->link();
  tab_to(stage, "random");
  tap(stage, ImGuiKey_Space);
  const std::string drawn = stage->link();
  CHECK(drawn != before);
  CHECK_FALSE(stage->session().playing);
  tap(stage, ImGuiKey_Enter);
  CHECK(stage->link() != drawn);
  tap(stage, ImGuiKey_Escape);
  CHECK(focus(stage).empty());
}

TEST_CASE("focus: arrows move a slider by one, and lead from picture to picture of a row") {
  Stage stage;
  tab_to(stage, "latent-0");
  const int before = stage.state().sample.latent[0];
  tap(stage, ImGuiKey_RightArrow);
  CHECK(stage.state().sample.latent[0] == before + 1);
  tab_to(stage, "tile-0");
  tap(stage, ImGuiKey_RightArrow);
  CHECK(focus(stage) == "tile-1");
  tap(stage, ImGuiKey_DownArrow);
  const std::string below = focus(stage);
  CHECK(stage.target(below).rect.y > stage.target("tile-1").rect.y);
  CHECK(stage.target(below).rect.x == stage.target("tile-1").rect.x);
  tap(stage, ImGuiKey_LeftArrow);
  tap(stage, ImGuiKey_LeftArrow);  // at the edge
  CHECK(stage.target(focus(stage)).rect.x == stage.target("tile-0").rect.x);
  const Keyframe sample = stage.state().sample;
  tap(stage, ImGuiKey_Enter);
  CHECK_FALSE(stage.state().sample == sample);
}

TEST_CASE("focus: below the share panel nothing is reached") {
  Stage stage;
  tab_to(stage, "share");
  tap(stage, ImGuiKey_Enter);
  REQUIRE(stage->session().sharing);
  std::set<std::string> reached;
  for (int i = 0; i < 20; ++i) {
    tap(stage, ImGuiKey_Tab);
    reached.insert(focus(stage));
  }
  CHECK(reached.contains("copy-link"));
  CHECK_FALSE(reached.contains("random"));
  CHECK_FALSE(reached.contains("share"));
  tap(stage, ImGuiKey_Escape);
  CHECK_FALSE(stage->session().sharing);
}

TEST_CASE("focus: a click takes it away, and so does its target when it is gone") {
  Stage stage;
  tab_to(stage, "random");
  stage.click("class-1");
  CHECK(focus(stage).empty());
  tab_to(stage, "tile-0");
  (void)stage->command("view-morph");
  stage.settle();
  CHECK(focus(stage).empty());
}

TEST_CASE("focus: a page, whose document has the controls, keeps Tab to itself") {
  Stage page(1440.0f, 900.0f, false);
  tap(page, ImGuiKey_Tab);
  CHECK(focus(page).empty());
}

}  // namespace avae
