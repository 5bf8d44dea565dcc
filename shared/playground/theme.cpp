#include "shared/playground/theme.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <imgui_internal.h>

#include "shared/playground/font/inter.hpp"
#include "shared/playground/strings.hpp"

namespace avae {

namespace {

constexpr ImU32 rgb(unsigned hex) { return IM_COL32(hex >> 16, hex >> 8 & 0xff, hex & 0xff, 255); }

constexpr Theme kDark = {rgb(0x0F1115), rgb(0x171A21), rgb(0x20242D), rgb(0x2A2F3A), rgb(0xE8EAF0),
                         rgb(0x9AA3B2), rgb(0x7C9CFF), rgb(0x0F1115), rgb(0x5BD6A0), rgb(0xFFB454)};
constexpr Theme kLight = {rgb(0xF7F8FA), rgb(0xFFFFFF), rgb(0xEEF1F5), rgb(0xE1E6ED), rgb(0x1A1D24),
                          rgb(0x5A6372), rgb(0x3B5BDB), rgb(0xFFFFFF), rgb(0x1B7F55), rgb(0x9A5B00)};

// What the subset fonts hold: see font/subset.py.
constexpr ImWchar kRanges[] = {0x0020, 0x007E, 0x00A0, 0x017F, 0x2010, 0x2026, 0x2190, 0x2193, 0x2212, 0x2212, 0};

ImFont* add_font(std::span<const unsigned char> bytes, float size, float scale) {
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  config.OversampleH = scale < 1.5f ? 2 : 1;
  config.OversampleV = 1;
  config.GlyphRanges = kRanges;
  config.SizePixels = size * scale;
  // The atlas only reads the bytes.
  config.FontData = const_cast<unsigned char*>(bytes.data());
  config.FontDataSize = static_cast<int>(bytes.size());
  return ImGui::GetIO().Fonts->AddFont(&config);
}

// Of Inter: where the baseline is in a line, and how large the em is, both of the line's height.
constexpr float kBaseline = 0.8f, kEm = 0.826f;
// Heights of lines, in screen units: texts are of 15 and 13.
constexpr float kBodyLine = 18.0f, kSmallLine = 16.0f, kTitleLine = 22.0f;

/// Pictures that stand in the atlas for characters, to be filled in once it is built.
struct HostGlyphs {
  Host& host;
  std::vector<std::pair<int, TextPicture>> pictures;  // place in the atlas

  void add(ImFont* font, float line_px, unsigned code, const std::string& text, bool strong) {
    TextPicture picture = host.draw_text(text, line_px * kEm, strong);
    if (picture.alpha.empty()) return;
    const int place = ImGui::GetIO().Fonts->AddCustomRectFontGlyph(
        font, static_cast<ImWchar>(code), picture.width, picture.height, picture.advance,
        {picture.left, std::round(line_px * kBaseline) + picture.top});
    pictures.emplace_back(place, std::move(picture));
  }

  void fill_in() const {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    atlas.GetTexDataAsAlpha8(&pixels, &width, &height);
    for (const auto& [place, picture] : pictures) {
      const ImFontAtlasCustomRect& rect = *atlas.GetCustomRectByIndex(place);
      for (int y = 0; y < picture.height; ++y)
        std::copy_n(picture.alpha.begin() + y * picture.width, picture.width, pixels + (rect.Y + y) * width + rect.X);
    }
  }
};

/// Each character of the catalogue that Inter lacks, once, as UTF-8.
std::map<unsigned, std::string> lacking() {
  std::map<unsigned, std::string> out;
  for (const std::string& text : translations()) {
    for (const char *at = text.data(), *end = at + text.size(); at < end;) {
      unsigned code = 0;
      const int bytes = std::max(1, ImTextCharFromUtf8(&code, at, end));
      if (code <= IM_UNICODE_CODEPOINT_MAX && !in_built_in_font(code)) out[code] = {at, at + bytes};
      at += bytes;
    }
  }
  return out;
}

}  // namespace

bool in_built_in_font(unsigned code) {
  for (const ImWchar* range = kRanges; *range != 0; range += 2)
    if (code >= range[0] && code <= range[1]) return true;
  return false;
}

const Theme& theme(ThemeName name) { return name == ThemeName::kLight ? kLight : kDark; }

Fonts build_fonts(float scale, Host& host) {
  ImGuiIO& io = ImGui::GetIO();
  io.Fonts->Clear();
  Fonts fonts;
  fonts.body = add_font(inter_regular(), kBodyLine, scale);
  fonts.small = add_font(inter_regular(), kSmallLine, scale);
  fonts.strong = add_font(inter_semibold(), kBodyLine, scale);
  fonts.title = add_font(inter_semibold(), kTitleLine, scale);
  HostGlyphs glyphs{host, {}};
  const std::map<unsigned, std::string> characters = lacking();
  const std::vector<std::string> names = name_glyphs();
  if (!names.empty()) io.Fonts->TexDesiredWidth = 2048;  // a name is one picture
  for (ImFont* font : {fonts.body, fonts.small, fonts.strong}) {
    const float line_px = (font == fonts.small ? kSmallLine : kBodyLine) * scale;
    for (const auto& [code, text] : characters) glyphs.add(font, line_px, code, text, font == fonts.strong);
    for (std::size_t i = 0; i < names.size(); ++i)
      glyphs.add(font, line_px, kFirstNameGlyph + static_cast<unsigned>(i), names[i], font == fonts.strong);
  }
  io.Fonts->Build();
  glyphs.fill_in();
  io.FontGlobalScale = 1.0f / scale;
  io.FontDefault = fonts.body;
  return fonts;
}

void apply_style(const Theme& theme, float target) {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {0.0f, 0.0f};
  style.WindowBorderSize = 0.0f;
  style.WindowRounding = 0.0f;
  style.ChildBorderSize = 0.0f;
  style.PopupBorderSize = 0.0f;
  style.PopupRounding = kRadiusControl;
  style.FrameRounding = kRadiusControl;
  style.FramePadding = {12.0f, (target - kBodyLine) / 2.0f};
  style.ItemSpacing = {8.0f, 8.0f};
  style.ScrollbarSize = 10.0f;
  style.ScrollbarRounding = 5.0f;
  style.WindowMinSize = {1.0f, 1.0f};
  style.AntiAliasedLinesUseTex = false;

  const auto set = [&style](ImGuiCol index, ImU32 colour) {
    style.Colors[index] = ImGui::ColorConvertU32ToFloat4(colour);
  };
  for (int i = 0; i < ImGuiCol_COUNT; ++i) set(i, theme.raised);
  set(ImGuiCol_Text, theme.text);
  set(ImGuiCol_TextDisabled, theme.quiet);
  set(ImGuiCol_WindowBg, 0);
  set(ImGuiCol_ChildBg, 0);
  set(ImGuiCol_PopupBg, theme.raised);
  set(ImGuiCol_Border, 0);
  set(ImGuiCol_Header, theme.hovered);
  set(ImGuiCol_HeaderHovered, theme.hovered);
  set(ImGuiCol_HeaderActive, theme.hovered);
  set(ImGuiCol_FrameBgHovered, theme.hovered);
  set(ImGuiCol_FrameBgActive, theme.hovered);
  set(ImGuiCol_ScrollbarBg, 0);
  set(ImGuiCol_ScrollbarGrab, theme.hovered);
  set(ImGuiCol_ScrollbarGrabHovered, faded(theme.quiet, 0.6f));
  set(ImGuiCol_ScrollbarGrabActive, theme.quiet);
}

ImU32 faded(ImU32 colour, float alpha) {
  const auto old = static_cast<float>(colour >> IM_COL32_A_SHIFT & 0xff);
  return (colour & ~IM_COL32_A_MASK) | static_cast<ImU32>(old * alpha + 0.5f) << IM_COL32_A_SHIFT;
}

}  // namespace avae
