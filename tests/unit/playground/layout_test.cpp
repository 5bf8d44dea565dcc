#include "shared/playground/layout.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

struct Size {
  float width;
  float height;
};

bool within(const Rect& inner, const Size& outer) {
  return inner.x >= 0.0f && inner.y >= 0.0f && inner.right() <= outer.width + 0.5f &&
         inner.bottom() <= outer.height + 0.5f;
}

bool apart(const Rect& a, const Rect& b) {
  return a.right() <= b.x + 0.5f || b.right() <= a.x + 0.5f || a.bottom() <= b.y + 0.5f || b.bottom() <= a.y + 0.5f;
}

TEST_CASE("layout: every area lies in the window and none covers another") {
  const Size size = GENERATE(Size{360, 640}, Size{360, 780}, Size{320, 480}, Size{780, 360}, Size{768, 1024},
                             Size{1024, 768}, Size{1100, 700}, Size{1440, 900}, Size{2560, 1440});
  const View view = GENERATE(View::kShape, View::kMap, View::kMorph);
  const bool chrome = GENERATE(true, false);
  CAPTURE(size.width, size.height, view_name(view), chrome);
  const Layout layout = arrange(size.width, size.height, view, chrome, false);
  std::vector<Rect> areas;
  for (const Rect& area :
       {layout.header, layout.tabs, layout.carpet, layout.sample, layout.actions, layout.panel, layout.strip}) {
    if (area.shown()) areas.push_back(area);
  }
  for (std::size_t i = 0; i < areas.size(); ++i) {
    CHECK(within(areas[i], size));
    for (std::size_t j = i + 1; j < areas.size(); ++j) CHECK(apart(areas[i], areas[j]));
  }
  CHECK(layout.sample.w == layout.sample.h);
  CHECK(layout.sample.w >= 120.0f);
}

TEST_CASE("layout: the form follows the width") {
  CHECK(arrange(360, 780, View::kShape, false, true).form == Form::kPhone);
  CHECK(arrange(780, 360, View::kShape, false, true).form == Form::kPhone);
  CHECK(arrange(768, 1024, View::kShape, false, true).form == Form::kTablet);
  CHECK(arrange(1440, 900, View::kShape, false, false).form == Form::kDesktop);
  CHECK(arrange(360, 780, View::kShape, false, true).sample.w >= 360.0f);
  CHECK(arrange(1440, 900, View::kShape, false, false).side.w == 384.0f);
}

TEST_CASE("layout: everything pressed on a phone is 44 high and wide, and inside the window") {
  const float width = GENERATE(360.0f, 412.0f);
  const View view = GENERATE(View::kShape, View::kMap, View::kMorph);
  const bool filled = GENERATE(false, true);
  test::Stage stage(width, 780.0f, true, {test::model(1, 32, 10)});
  stage->edit([&](Editor& editor) {
    editor.set_view(view);
    if (filled) editor.fill_morph(3);
  });
  stage.settle();
  REQUIRE(stage->targets().size() > 5);
  for (const Target& target : stage->targets()) {
    if (!target.shown.shown() || target.kind == Target::Kind::kText) continue;
    CAPTURE(target.name, target.rect.w, target.rect.h);
    CHECK(target.rect.w >= kTouchTarget);
    CHECK(target.rect.h >= kTouchTarget);
    CHECK(target.rect.x >= 0.0f);
    CHECK(target.rect.right() <= width);
    CHECK(within(target.shown, {width, 780.0f}));
  }
}

TEST_CASE("layout: targets on wider windows keep their size and do not overlap") {
  const Size size = GENERATE(Size{768, 1024}, Size{1440, 900});
  const View view = GENERATE(View::kShape, View::kMorph);
  test::Stage stage(size.width, size.height, true, {test::model(1, 32, 10)});
  stage->edit([&](Editor& editor) {
    editor.set_view(view);
    editor.fill_morph(3);
  });
  stage.settle();
  const auto targets = stage->targets();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    CAPTURE(targets[i].name, targets[i].rect.x, targets[i].rect.y, targets[i].rect.w, targets[i].rect.h);
    if (targets[i].shown.shown()) CHECK(within(targets[i].shown, size));
    CHECK(std::min(targets[i].rect.w, targets[i].rect.h) >= 28.0f);
    // Keyframes lie on the scrub bar on purpose.
    if (targets[i].name == "scrub" || !targets[i].shown.shown()) continue;
    for (std::size_t j = i + 1; j < targets.size(); ++j) {
      if (targets[j].name == "scrub" || !targets[j].shown.shown()) continue;
      CAPTURE(targets[j].name, targets[j].rect.x, targets[j].rect.y);
      CHECK(apart(targets[i].shown, targets[j].shown));
    }
  }
}

}  // namespace
}  // namespace avae
