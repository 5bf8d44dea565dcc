#include "native/playground/system_fonts.hpp"

#include <fontconfig/fontconfig.h>
#include <imgui_internal.h>
#include <stb/stb_truetype.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "native/data/files.hpp"

namespace avae {

struct SystemFonts::Font {
  std::vector<std::uint8_t> file;
  stbtt_fontinfo info{};
};

namespace {

/// The file and index of a font with this character, the best by fontconfig's own order; an empty file without one.
std::pair<std::string, int> match(unsigned code, bool strong) {
  std::pair<std::string, int> found{"", 0};
  FcPattern* pattern = FcPatternCreate();
  FcCharSet* characters = FcCharSetCreate();
  FcCharSetAddChar(characters, code);
  FcPatternAddCharSet(pattern, FC_CHARSET, characters);
  FcPatternAddString(pattern, FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
  FcPatternAddInteger(pattern, FC_WEIGHT, strong ? FC_WEIGHT_DEMIBOLD : FC_WEIGHT_REGULAR);
  FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
  FcConfigSubstitute(nullptr, pattern, FcMatchPattern);
  FcDefaultSubstitute(pattern);
  FcResult result = FcResultNoMatch;
  if (FcPattern* font = FcFontMatch(nullptr, pattern, &result)) {
    FcChar8* file = nullptr;
    FcCharSet* has = nullptr;
    FcPatternGetInteger(font, FC_INDEX, 0, &found.second);
    // The best match may lack the character when no font has it.
    if (FcPatternGetCharSet(font, FC_CHARSET, 0, &has) == FcResultMatch && FcCharSetHasChar(has, code) == FcTrue &&
        FcPatternGetString(font, FC_FILE, 0, &file) == FcResultMatch)
      found.first = reinterpret_cast<const char*>(file);
    FcPatternDestroy(font);
  }
  FcCharSetDestroy(characters);
  FcPatternDestroy(pattern);
  return found;
}

std::vector<unsigned> codes_of(const std::string& text) {
  std::vector<unsigned> codes;
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    unsigned code = 0;
    at += std::max(1, ImTextCharFromUtf8(&code, at, end));
    codes.push_back(code);
  }
  return codes;
}

}  // namespace

SystemFonts::SystemFonts() { FcInit(); }

SystemFonts::~SystemFonts() = default;

SystemFonts::Font* SystemFonts::font_for(unsigned code, bool strong) {
  const std::pair key(code, strong);
  if (const auto known = by_character_.find(key); known != by_character_.end()) return known->second;
  const auto [file, index] = match(code, strong);
  if (file.empty()) return by_character_[key] = nullptr;
  auto [font, fresh] = fonts_.try_emplace(file + '#' + std::to_string(index));
  if (fresh) {
    auto bytes = read_file(file);
    if (bytes) {
      font->second = std::make_unique<Font>();
      font->second->file = std::move(*bytes);
      const unsigned char* data = font->second->file.data();
      // fontconfig keeps the instance of a variable font in the upper bits.
      const int offset = stbtt_GetFontOffsetForIndex(data, index & 0xffff);
      if (offset < 0 || stbtt_InitFont(&font->second->info, data, offset) == 0) font->second.reset();
    }
  }
  return by_character_[key] = font->second.get();
}

TextPicture SystemFonts::draw(const std::string& text, float em_px, bool strong) {
  struct Glyph {
    Font* font;
    int index;
    float scale, x;
    int left, top, right, bottom;
  };
  std::vector<Glyph> glyphs;
  float pen = 0.0f;
  int left = 0, top = 0, right = 0, bottom = 0;
  for (const unsigned code : codes_of(text)) {
    Font* font = font_for(code, strong);
    if (font == nullptr) {
      if (glyphs.empty()) return {};
      continue;
    }
    Glyph glyph{font, stbtt_FindGlyphIndex(&font->info, static_cast<int>(code)), 0.0f, pen, 0, 0, 0, 0};
    glyph.scale = stbtt_ScaleForMappingEmToPixels(&font->info, em_px);
    int advance = 0, bearing = 0;
    stbtt_GetGlyphHMetrics(&font->info, glyph.index, &advance, &bearing);
    stbtt_GetGlyphBitmapBoxSubpixel(&font->info, glyph.index, glyph.scale, glyph.scale, pen - std::floor(pen), 0.0f,
                                    &glyph.left, &glyph.top, &glyph.right, &glyph.bottom);
    const int at = static_cast<int>(std::floor(pen));
    left = std::min(left, at + glyph.left), right = std::max(right, at + glyph.right);
    top = std::min(top, glyph.top), bottom = std::max(bottom, glyph.bottom);
    pen += static_cast<float>(advance) * glyph.scale;
    glyphs.push_back(glyph);
  }
  TextPicture picture{right - left, bottom - top, static_cast<float>(left), static_cast<float>(top), pen, {}};
  if (picture.width <= 0 || picture.height <= 0 || picture.width > 2000) return {};
  picture.alpha.resize(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
  std::vector<std::uint8_t> one;
  for (const Glyph& glyph : glyphs) {
    const int width = glyph.right - glyph.left, height = glyph.bottom - glyph.top;
    if (width <= 0 || height <= 0) continue;
    one.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
    const float part = glyph.x - std::floor(glyph.x);
    stbtt_MakeGlyphBitmapSubpixel(&glyph.font->info, one.data(), width, height, width, glyph.scale, glyph.scale, part,
                                  0.0f, glyph.index);
    const int x = static_cast<int>(std::floor(glyph.x)) + glyph.left - left, y = glyph.top - top;
    for (int row = 0; row < height; ++row) {
      for (int column = 0; column < width; ++column) {
        std::uint8_t& into = picture.alpha[static_cast<std::size_t>((y + row) * picture.width + x + column)];
        into = std::max(into, one[static_cast<std::size_t>(row * width + column)]);
      }
    }
  }
  return picture;
}

}  // namespace avae
