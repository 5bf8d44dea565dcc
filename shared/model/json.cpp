#include "shared/model/json.hpp"

#include <rapidjson/encodings.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

namespace avae {
namespace {

using Kind = JsonValue::Kind;

// Builds a JsonValue from events. A method that returns false stops the parse; `fault` then says why.
class TreeBuilder {
 public:
  using Ch = char;

  explicit TreeBuilder(const JsonLimits& limits) : limits_(limits) {}

  std::string fault;
  JsonValue root;

  bool Null() { return attach({}); }
  bool Bool(bool value) {
    JsonValue out;
    out.kind = Kind::kBool;
    out.boolean = value;
    return attach(std::move(out));
  }
  bool Int(int value) { return Int64(value); }
  bool Uint(unsigned value) { return Int64(value); }
  bool Int64(std::int64_t value) {
    JsonValue out;
    out.kind = Kind::kInteger;
    out.integer = value;
    out.number = static_cast<double>(value);
    return attach(std::move(out));
  }
  bool Uint64(std::uint64_t value) {
    return value <= INT64_MAX ? Int64(static_cast<std::int64_t>(value)) : Double(static_cast<double>(value));
  }
  bool Double(double value) {
    JsonValue out;
    out.kind = Kind::kNumber;
    out.number = value;
    return attach(std::move(out));
  }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    JsonValue out;
    out.kind = Kind::kString;
    out.text.assign(text, length);
    return attach(std::move(out));
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    open_.back().keys.emplace_back(text, length);
    return true;
  }
  bool StartObject() { return open(Kind::kObject); }
  bool EndObject(rapidjson::SizeType) {
    const auto& keys = open_.back().keys;
    std::vector<std::string_view> sorted(keys.begin(), keys.end());
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) {
      fault = "JSON has the key " + quoted(*twice) + " twice";
      return false;
    }
    return close();
  }
  bool StartArray() { return open(Kind::kArray); }
  bool EndArray(rapidjson::SizeType) { return close(); }

 private:
  bool count() {
    if (++values_ <= limits_.values) return true;
    fault = "JSON holds more than " + std::to_string(limits_.values) + " values";
    return false;
  }
  bool open(Kind kind) {
    if (open_.size() >= static_cast<std::size_t>(limits_.depth)) {
      fault = "JSON is nested deeper than " + std::to_string(limits_.depth);
      return false;
    }
    open_.emplace_back().kind = kind;
    return count();
  }
  bool close() {
    JsonValue done = std::move(open_.back());
    open_.pop_back();
    return place(std::move(done));
  }
  bool attach(JsonValue value) { return count() && place(std::move(value)); }
  bool place(JsonValue value) {
    if (open_.empty()) {
      root = std::move(value);
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }

  JsonLimits limits_;
  std::size_t values_ = 0;
  std::vector<JsonValue> open_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

Result<JsonValue> parse_json(std::string_view json, const JsonLimits& limits) {
  if (json.size() > limits.bytes) return fail("JSON is longer than " + std::to_string(limits.bytes) + " bytes");
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  TreeBuilder builder(limits);
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (!builder.fault.empty()) return fail(builder.fault);
  if (result.IsError()) {
    std::string reason = rapidjson::GetParseError_En(result.Code());
    if (!reason.empty() && reason.back() == '.') reason.pop_back();
    return fail("JSON is malformed at byte " + std::to_string(result.Offset()) + " (" + reason + ")");
  }
  // The reader takes a NUL byte for the end of its input.
  if (stream.Tell() != json.size())
    return fail("JSON is malformed at byte " + std::to_string(stream.Tell()) + " (NUL)");
  return std::move(builder.root);
}

bool is_utf8(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  while (stream.Tell() < text.size()) {
    unsigned codepoint = 0;
    if (!rapidjson::UTF8<>::Decode(stream, &codepoint)) return false;
  }
  return true;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) out += (c >= 0x20 && c < 0x7f) ? c : '?';
  out += text.size() > kMost ? "...\"" : "\"";
  return out;
}

}  // namespace avae
