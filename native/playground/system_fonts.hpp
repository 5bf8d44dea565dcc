// Draws text in the fonts of this machine, found by fontconfig: for the characters that the playground's own font
// lacks.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/playground/services.hpp"

namespace avae {

class SystemFonts {
 public:
  SystemFonts();
  ~SystemFonts();
  SystemFonts(const SystemFonts&) = delete;
  SystemFonts& operator=(const SystemFonts&) = delete;

  /// As Host::draw_text(): UTF-8, left to right, one character after the other (no shaping). Empty when no font of this
  /// machine has its first character, or the font file cannot be read.
  TextPicture draw(const std::string& text, float em_px, bool strong);

 private:
  struct Font;
  Font* font_for(unsigned code, bool strong);

  std::map<std::pair<unsigned, bool>, Font*> by_character_;
  std::map<std::string, std::unique_ptr<Font>> fonts_;  // by file and index; null: unreadable
};

}  // namespace avae
