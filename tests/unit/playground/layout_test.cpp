#include "shared/playground/layout.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "shared/playground/morph.hpp"
#include "shared/playground/morph_strip.hpp"
#include "shared/playground/widgets.hpp"
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

TEST_CASE("layout: lines are broken between words, and between Chinese characters but not before punctuation") {
  test::Stage stage(360.0f, 780.0f, true, {test::model(1, 32, 10)});
  stage.settle();
  for (const std::string text : {"Crisp, varied, and it can read your picture too.", "清晰、多样，也能读懂你的图片。",
                                 "真实度：Fashion AVAE 的判别器（D）有多确信这是一张照片。"}) {
    for (float width = 40.0f; width < 400.0f; width += 7.0f) {
      std::string lines = wrapped(text, width);
      CAPTURE(width, lines);
      for (const char* mark : {"\n。", "\n，", "\n、", "\n：", "\n）", "（\n", "\n ", " \n"})
        CHECK(lines.find(mark) == std::string::npos);
      const bool narrow = width < 100.0f;  // than some word
      CHECK((narrow || ImGui::CalcTextSize(lines.c_str()).x <= width + 40.0f));
      std::string letters = text;
      for (std::string* each : {&lines, &letters}) std::erase_if(*each, [](char c) { return c == ' ' || c == '\n'; });
      CHECK(lines == letters);
    }
  }
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

TEST_CASE("layout: a phone shows all of a morph's controls at once") {
  const Size size = GENERATE(Size{320, 568}, Size{360, 640}, Size{360, 740}, Size{412, 900});
  test::Stage stage(size.width, size.height, true, {test::model(1, 32, 10)});
  stage->edit([&](Editor& editor) {
    editor.set_view(View::kMorph);
    editor.fill_morph(3);
  });
  stage.settle();
  for (const char* name : {"play", "scrub", "speed", "loop", "fill-morph", "remove-keyframe"}) {
    const Rect rect = stage.target(name).rect;
    CAPTURE(name, rect.y, rect.h);
    CHECK(stage.target(name).shown == rect);
  }
}

TEST_CASE(
    "layout: a strip too narrow for all keyframes shows those around the playhead, each as large as a finger needs") {
  const Size size = GENERATE(Size{600, 900}, Size{768, 1024});
  test::Stage stage(size.width, size.height, true, {test::model(1, 32, 10)});
  stage->edit([&](Editor& editor) {
    editor.set_view(View::kMorph);
    std::vector<Keyframe> keyframes;
    for (int i = 0; i < kMaxKeyframes; ++i) {
      editor.random(static_cast<std::uint64_t>(i));
      keyframes.push_back(editor.state().sample);
    }
    editor.set_morph(std::move(keyframes));
  });
  stage.settle();
  const auto shown = [&] {
    std::vector<int> numbers;
    for (const Target& target : stage->targets()) {
      if (!target.name.starts_with("keyframe-")) continue;
      CHECK(std::min(target.shown.w, target.shown.h) >= kTouchTarget);
      numbers.push_back(std::stoi(target.name.substr(9)));
      for (const Target& other : stage->targets()) {
        if (&other != &target && other.name != "scrub" && other.shown.shown()) CHECK(apart(target.shown, other.shown));
      }
    }
    return numbers;
  };
  CHECK(shown().front() == 0);
  CHECK(shown().size() >= 4);
  for (const int place : {50, 100, 0}) {
    stage->slide("scrub", place);
    stage.settle();
    const int now =
        static_cast<int>(std::lround(place / 100.0 * morph_segments(kMaxKeyframes, stage.state().morph_loop)));
    const std::vector<int> numbers = shown();
    CAPTURE(place, numbers);
    CHECK(numbers.front() <= now);
    CHECK(numbers.back() + 1 >= now);  // a loop ends with its first keyframe
  }
}

TEST_CASE("layout: a drag that begins on a keyframe scrubs, a click there chooses it") {
  test::Stage stage(1440.0f, 900.0f, true, {test::model(1, 32, 10)});
  stage->edit([&](Editor& editor) {
    editor.set_view(View::kMorph);
    editor.fill_morph(3);
  });
  stage.settle();
  const auto middle = [&](const char* name) {
    const Rect rect = stage.target(name).shown;
    return ImVec2{rect.x + rect.w / 2.0f, rect.y + rect.h / 2.0f};
  };
  const ImVec2 first = middle("keyframe-0"), second = middle("keyframe-1");
  REQUIRE(stage.state().morph_position == 0);
  stage.point(first.x, first.y);
  stage.press(true);
  stage.point((first.x + second.x) / 2.0f, first.y);
  stage.press(false);
  stage.settle();
  const int between = stage.state().morph_position;
  CHECK(between > 0);
  stage.click("keyframe-1");
  stage.settle();
  CHECK(stage.state().morph_position > between);
  CHECK(current_keyframe(stage.state()) == 1);
  stage->press("keyframe-0");  // by the keyboard, after a drag
  stage.settle();
  CHECK(current_keyframe(stage.state()) == 0);
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
