// What the visitor reads, in their language. English is in the code; a catalogue (web/zh.json) maps it to another one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

/// Speaks another language from here on: a JSON object of English -> translation. Empty text: English again. Errors:
/// not such an object; nothing changes then. Playground::set_scale() must follow.
Result<void> set_strings(std::string_view json);

/// `english` in the language of the catalogue, or as it is where that lacks it. Valid until set_strings().
const char* tr(const char* english);
std::string tr(const std::string& english);

/// The same, with `value` in the place of "{}".
std::string tr(const char* english, std::string_view value);

/// Every translation.
std::vector<std::string> translations();

/// Whether the built-in font has every character of `text`, which is UTF-8.
bool has_glyphs(std::string_view text);

/// Names that have other characters are drawn as one picture each, as the host shapes them (native scripts join and
/// turn around). name_glyphs() says which pictures there are; drawn() gives the one character that stands for a name's
/// picture, or the name itself.
void set_name_glyphs(const std::vector<std::string>& names);
std::vector<std::string> name_glyphs();
std::string drawn(const std::string& name);

inline constexpr unsigned kFirstNameGlyph = 0xE000;  ///< Unicode's private use
inline constexpr std::size_t kMaxNameGlyphs = 512;

}  // namespace avae
