#include "wasm/core_link.hpp"

#include <algorithm>
#include <cstdint>

#include "shared/model/json.hpp"

namespace avae {

namespace {

using Kind = JsonValue::Kind;

// 17 keyframes of 256 + 256 numbers of at most 5 characters, and room for the rest.
constexpr JsonLimits kLimits = {.bytes = 64 * 1024, .depth = 6, .values = 16384};

tl::unexpected<Error> bad(std::string_view what) { return fail("state: " + std::string(what)); }

template <typename T>
void append_numbers(std::string& json, std::string_view key, const std::vector<T>& values) {
  json.append("\"").append(key).append("\":[");
  for (std::size_t i = 0; i < values.size(); ++i) json.append(i == 0 ? "" : ",").append(std::to_string(values[i]));
  json.append("]");
}

void append_keyframe(std::string& json, const Keyframe& keyframe) {
  append_numbers(json, "latent", keyframe.latent);
  json.append(",");
  append_numbers(json, "mix", keyframe.mix);
  json.append(",\"encoded\":").append(keyframe.encoded ? "true" : "false");
}

// An integer in [low, high] at `key`.
Result<std::int64_t> integer(const JsonValue& object, std::string_view key, std::int64_t low, std::int64_t high) {
  const JsonValue* value = object.find(key);
  if (value == nullptr || !value->is(Kind::kInteger) || value->integer < low || value->integer > high) {
    return bad(std::string(key) + " is not a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value->integer;
}

template <typename T>
Result<std::vector<T>> numbers(const JsonValue& object, std::string_view key, std::int64_t low, std::int64_t high) {
  const JsonValue* value = object.find(key);
  if (value == nullptr || !value->is(Kind::kArray) || value->items.size() > 256)
    return bad(std::string(key) + " is not a list");
  std::vector<T> result;
  for (const JsonValue& item : value->items) {
    if (!item.is(Kind::kInteger) || item.integer < low || item.integer > high) {
      return bad(std::string(key) + " holds something else than whole numbers from " + std::to_string(low) + " to " +
                 std::to_string(high));
    }
    result.push_back(static_cast<T>(item.integer));
  }
  return result;
}

Result<Keyframe> keyframe(const JsonValue& object) {
  auto latent = numbers<std::int8_t>(object, "latent", -127, 127);
  if (!latent) return tl::unexpected(latent.error());
  if (latent->empty()) return bad("latent is empty");
  auto mix = numbers<std::uint8_t>(object, "mix", 0, 255);
  if (!mix) return tl::unexpected(mix.error());
  if (!mix->empty() && std::ranges::all_of(*mix, [](std::uint8_t weight) { return weight == 0; })) {
    return bad("mix has no class");
  }
  const JsonValue* encoded = object.find("encoded");
  if (encoded != nullptr && !encoded->is(Kind::kBool)) return bad("encoded is not true or false");
  return Keyframe{std::move(*latent), std::move(*mix), encoded != nullptr && encoded->boolean};
}

Result<ModelId> model(const JsonValue& object) {
  const JsonValue* value = object.find("model");
  ModelId id{};
  const auto refuse = [] { return bad("model is not 16 hex digits"); };
  if (value == nullptr || !value->is(Kind::kString) || value->text.size() != 2 * id.size()) return refuse();
  for (std::size_t i = 0; i < value->text.size(); ++i) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(value->text[i]);
    if (digit == std::string_view::npos) return refuse();
    id[i / 2] = static_cast<std::uint8_t>(id[i / 2] * 16 + digit);
  }
  return id;
}

Result<void> known_keys(const JsonValue& object, std::initializer_list<std::string_view> known) {
  for (const std::string& key : object.keys) {
    if (std::ranges::find(known, key) == known.end()) return bad("key " + quoted(key) + " is unknown");
  }
  return {};
}

Result<void> read_morph(const JsonValue& morph, LinkState& state) {
  if (!morph.is(Kind::kObject)) return bad("morph is not an object");
  if (auto known = known_keys(morph, {"speed", "loop", "position", "keyframes"}); !known) return known;
  const auto speed = integer(morph, "speed", 1, kMaxMorphSpeed);
  if (!speed) return tl::unexpected(speed.error());
  const auto position = integer(morph, "position", 0, 65535);
  if (!position) return tl::unexpected(position.error());
  const JsonValue* loop = morph.find("loop");
  if (loop == nullptr || !loop->is(Kind::kBool)) return bad("loop is not true or false");
  const JsonValue* keyframes = morph.find("keyframes");
  if (keyframes == nullptr || !keyframes->is(Kind::kArray) || keyframes->items.size() < kMinMorph ||
      keyframes->items.size() > kMaxMorph) {
    return bad("keyframes is not a list of 2 to 16");
  }
  for (const JsonValue& item : keyframes->items) {
    if (auto known = known_keys(item, {"latent", "mix", "encoded"}); !known) return known;
    auto read = keyframe(item);
    if (!read) return tl::unexpected(read.error());
    if (read->latent.size() != state.sample.latent.size() || read->mix.size() != state.sample.mix.size()) {
      return bad("a keyframe is of another size than the sample");
    }
    state.morph.push_back(std::move(*read));
  }
  state.morph_speed = static_cast<std::uint8_t>(*speed);
  state.morph_position = static_cast<std::uint16_t>(*position);
  state.morph_loop = loop->boolean;
  return {};
}

}  // namespace

std::string link_state_to_json(const LinkState& state) {
  std::string json = "{\"model\":\"" + hex(state.model) + "\",\"view\":\"";
  json.append(view_name(state.view)).append("\",");
  append_keyframe(json, state.sample);
  if (!state.morph.empty()) {
    json.append(",\"morph\":{\"speed\":").append(std::to_string(state.morph_speed));
    json.append(",\"loop\":").append(state.morph_loop ? "true" : "false");
    json.append(",\"position\":").append(std::to_string(state.morph_position)).append(",\"keyframes\":[");
    for (std::size_t i = 0; i < state.morph.size(); ++i) {
      json.append(i == 0 ? "{" : ",{");
      append_keyframe(json, state.morph[i]);
      json.append("}");
    }
    json.append("]}");
  }
  return json + "}";
}

Result<LinkState> link_state_from_json(std::string_view json) {
  const auto value = parse_json(json, kLimits);
  if (!value) return fail("state: " + value.error().message, value.error().hint);
  if (!value->is(Kind::kObject)) return bad("not an object");
  if (auto known = known_keys(*value, {"model", "view", "latent", "mix", "encoded", "morph"}); !known)
    return tl::unexpected(known.error());
  LinkState state;
  const auto id = model(*value);
  if (!id) return tl::unexpected(id.error());
  state.model = *id;
  const JsonValue* view = value->find("view");
  const auto parsed = parse_view(view != nullptr && view->is(Kind::kString) ? std::string_view(view->text) : "");
  if (!parsed) return bad("view is not one of shape, map, morph, draw, compare");
  state.view = *parsed;
  auto sample = keyframe(*value);
  if (!sample) return tl::unexpected(sample.error());
  state.sample = std::move(*sample);
  if (const JsonValue* morph = value->find("morph"); morph != nullptr && !morph->is(Kind::kNull)) {
    if (auto read = read_morph(*morph, state); !read) return tl::unexpected(read.error());
  }
  return state;
}

}  // namespace avae
