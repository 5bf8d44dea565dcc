// Reads JSON from strangers: by events, without exceptions, within limits, and never hiding a key that appears twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

struct JsonLimits {
  std::size_t bytes = 64 * 1024;
  int depth = 4;               ///< nested objects and arrays; a scalar has depth 0
  std::size_t values = 65536;  ///< scalars, arrays and objects in total
};

/// A parsed value. Objects keep the order of their keys: items[i] belongs to keys[i].
struct JsonValue {
  enum class Kind : std::uint8_t { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::int64_t integer = 0;  ///< kInteger: no fraction, no exponent, fits 64 bits
  double number = 0;         ///< kInteger and kNumber
  std::string text;          ///< kString, valid UTF-8
  std::vector<std::string> keys;
  std::vector<JsonValue> items;  ///< of an array or an object

  bool is(Kind k) const { return kind == k; }
  /// The value at `key`, or null when this is no object or has no such key.
  const JsonValue* find(std::string_view key) const;
};

/// Parses one value. Errors: beyond a limit, not JSON (with the byte offset), not UTF-8, a key twice in one object.
/// Messages begin with "JSON".
Result<JsonValue> parse_json(std::string_view json, const JsonLimits& limits = {});

/// True when `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

/// `text` in double quotes for a message: at most 60 characters, anything but printable ASCII as '?'.
std::string quoted(std::string_view text);

}  // namespace avae
