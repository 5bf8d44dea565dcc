#include "shared/playground/strings.hpp"

#include <algorithm>
#include <unordered_map>

#include <imgui_internal.h>

#include "shared/model/json.hpp"
#include "shared/playground/theme.hpp"

namespace avae {

namespace {

constexpr JsonLimits kLimits = {.bytes = 64 * 1024, .depth = 1, .values = 2048};

std::unordered_map<std::string, std::string>& catalogue() {
  static std::unordered_map<std::string, std::string> strings;
  return strings;
}

std::vector<std::string>& names_with_glyphs() {
  static std::vector<std::string> names;
  return names;
}

}  // namespace

Result<void> set_strings(std::string_view json) {
  if (json.empty()) {
    catalogue().clear();
    return {};
  }
  const Result<JsonValue> value = parse_json(json, kLimits);
  if (!value) return tl::unexpected<Error>(value.error());
  const auto is_text = [](const JsonValue& item) { return item.is(JsonValue::Kind::kString); };
  if (!value->is(JsonValue::Kind::kObject) || !std::all_of(value->items.begin(), value->items.end(), is_text))
    return fail("the catalogue is not an object of texts");
  catalogue().clear();
  for (std::size_t i = 0; i < value->keys.size(); ++i) catalogue()[value->keys[i]] = value->items[i].text;
  return {};
}

const char* tr(const char* english) {
  const auto found = catalogue().find(english);
  return found == catalogue().end() ? english : found->second.c_str();
}

std::string tr(const std::string& english) { return tr(english.c_str()); }

std::string tr(const char* english, std::string_view value) {
  std::string text = tr(english);
  if (const std::size_t at = text.find("{}"); at != std::string::npos) text.replace(at, 2, value);
  return text;
}

std::vector<std::string> translations() {
  std::vector<std::string> out;
  for (const auto& [english, text] : catalogue()) out.push_back(text);
  return out;
}

bool has_glyphs(std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    unsigned code = 0;
    at += std::max(1, ImTextCharFromUtf8(&code, at, end));
    if (!in_built_in_font(code)) return false;
  }
  return true;
}

void set_name_glyphs(const std::vector<std::string>& names) {
  std::vector<std::string>& kept = names_with_glyphs();
  kept.clear();
  for (const std::string& name : names) {
    const bool listed = std::find(kept.begin(), kept.end(), name) != kept.end();
    if (!has_glyphs(name) && !listed && kept.size() < kMaxNameGlyphs) kept.push_back(name);
  }
}

std::vector<std::string> name_glyphs() { return names_with_glyphs(); }

std::string drawn(const std::string& name) {
  const std::vector<std::string>& names = names_with_glyphs();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return name;
  char utf8[5];
  return ImTextCharToUtf8(utf8, kFirstNameGlyph + static_cast<unsigned>(found - names.begin()));
}

}  // namespace avae
