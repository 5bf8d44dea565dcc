#include <algorithm>
#include <fstream>
#include <sstream>

#include <imgui_internal.h>
#include <catch2/catch_test_macros.hpp>

#include "shared/playground/strings.hpp"
#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using test::model;
using test::Stage;

/// English again, whatever the test did.
struct English {
  ~English() {
    (void)set_strings("");
    set_name_glyphs({});
  }
};

}  // namespace

TEST_CASE("strings: a catalogue speaks where it has words, and English does elsewhere") {
  const English after;
  REQUIRE(set_strings(R"({"Random":"随机","class {}":"类别 {}"})"));
  CHECK(std::string(tr("Random")) == "随机");
  CHECK(std::string(tr("Blend")) == "Blend");
  CHECK(tr("class {}", "7") == "类别 7");
  CHECK(tr("change {}", "2") == "change 2");
  CHECK_FALSE(set_strings("[1]"));
  CHECK_FALSE(set_strings(R"({"Random":1})"));
  CHECK_FALSE(set_strings(R"({"Random":)"));
  CHECK(std::string(tr("Random")) == "随机");
  REQUIRE(set_strings(""));
  CHECK(std::string(tr("Random")) == "Random");
}

TEST_CASE("strings: only characters that the built-in font lacks are the host's to draw") {
  CHECK(has_glyphs("T-shirt, 93 % – “été” ↑"));
  CHECK_FALSE(has_glyphs("T恤"));
  CHECK_FALSE(has_glyphs("кроссовка"));
  CHECK_FALSE(has_glyphs("😀"));
}

TEST_CASE("strings: names in other scripts are one picture each, drawn whole") {
  const English after;
  ModelInfo info = model(1);
  info.spec.class_names = {"sneaker", "حذاء", "運動靴"};
  Stage stage(1440.0f, 900.0f, true, {info});
  for (const char* name : {"حذاء", "運動靴"})
    CHECK(std::find(stage.host.texts.begin(), stage.host.texts.end(), name) != stage.host.texts.end());
  CHECK(std::find(stage.host.texts.begin(), stage.host.texts.end(), "sneaker") == stage.host.texts.end());
  CHECK(drawn("sneaker") == "sneaker");
  CHECK(drawn("حذاء") == "\xEE\x80\x80");  // U+E000
  const ImFontGlyph* glyph = ImGui::GetIO().Fonts->Fonts[0]->FindGlyphNoFallback(0xE001);
  REQUIRE(glyph != nullptr);
  CHECK(glyph->AdvanceX == 12.0f);
  // What the host drew is in the atlas: every pixel of its box is 200.
  unsigned char* pixels = nullptr;
  int width = 0, height = 0;
  ImGui::GetIO().Fonts->GetTexDataAsAlpha8(&pixels, &width, &height);
  const int x = static_cast<int>(glyph->U0 * static_cast<float>(width) + 0.5f),
            y = static_cast<int>(glyph->V0 * static_cast<float>(height) + 0.5f);
  for (int row = 0; row < 12; ++row)
    for (int column = 0; column < 10; ++column) CHECK(pixels[(y + row) * width + x + column] == 200);
  stage.settle();
  CHECK(stage.target("class-1").rect.w >= 32.0f);
}

TEST_CASE("strings: every character of a catalogue is drawn once a font, and a name that repeats once") {
  const English after;
  REQUIRE(set_strings(R"({"Random":"随机随","Blend":"机"})"));
  ModelInfo info = model(1);
  info.spec.class_names = {"包", "包", "x"};
  Stage stage(1440.0f, 900.0f, true, {info});
  CHECK(std::count(stage.host.texts.begin(), stage.host.texts.end(), "随") == 3);
  CHECK(std::count(stage.host.texts.begin(), stage.host.texts.end(), "机") == 3);
  CHECK(std::count(stage.host.texts.begin(), stage.host.texts.end(), "包") == 3);
  CHECK(ImGui::GetIO().Fonts->Fonts[0]->FindGlyphNoFallback(0x968F) != nullptr);
}

}  // namespace avae
