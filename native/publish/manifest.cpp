#include "native/publish/manifest.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "shared/model/hash.hpp"
#include "shared/model/json.hpp"

namespace avae {
namespace {

using Json = nlohmann::ordered_json;

constexpr JsonLimits kLimits = {.bytes = std::size_t{4} << 20, .depth = 8, .values = std::size_t{1} << 20};

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Reads fields of one object and keeps the first fault, so that callers read on and ask once at the end.
class Reader {
 public:
  Reader(const JsonValue& object, std::string where, std::string& fault)
      : object_(object), where_(std::move(where)), fault_(fault) {
    if (!object.is(JsonValue::Kind::kObject)) blame("", "is not an object");
  }

  const JsonValue* need(const char* key, JsonValue::Kind kind, const char* what) {
    const JsonValue* value = object_.find(key);
    if (value != nullptr && value->is(kind)) return value;
    blame(key, value == nullptr ? "is missing" : std::string("is not ") + what);
    return nullptr;
  }
  std::string text(const char* key) {
    const JsonValue* value = need(key, JsonValue::Kind::kString, "text");
    return value ? value->text : "";
  }
  std::string hex_text(const char* key, std::size_t digits) {
    const std::string value = text(key);
    if (!is_hex(value, digits)) blame(key, "is not " + std::to_string(digits) + " hex digits");
    return value;
  }
  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) {
    const JsonValue* value = need(key, JsonValue::Kind::kInteger, "a whole number");
    if (value && (value->integer < low || value->integer > high)) blame(key, "is out of range");
    return value ? value->integer : 0;
  }
  float number(const char* key) {
    const JsonValue* value = object_.find(key);
    if (value && value->is(JsonValue::Kind::kNumber)) return static_cast<float>(value->number);
    if (value && value->is(JsonValue::Kind::kInteger)) return static_cast<float>(value->integer);
    blame(key, value == nullptr ? "is missing" : "is not a number");
    return 0.0f;
  }
  bool boolean(const char* key) {
    const JsonValue* value = need(key, JsonValue::Kind::kBool, "true or false");
    return value && value->boolean;
  }
  /// The items of a list, or none.
  const std::vector<JsonValue>& list(const char* key) {
    static const std::vector<JsonValue> kNone;
    const JsonValue* value = need(key, JsonValue::Kind::kArray, "a list");
    return value ? value->items : kNone;
  }
  /// Null when the key is absent or null.
  const JsonValue* optional(const char* key) {
    const JsonValue* value = object_.find(key);
    return value && !value->is(JsonValue::Kind::kNull) ? value : nullptr;
  }
  std::string at(const std::string& key) const {
    return where_.empty() ? key : where_ + (key.empty() ? "" : "." + key);
  }
  void blame(const std::string& key, const std::string& what) {
    const std::string place = at(key);
    if (fault_.empty()) fault_ = (place.empty() ? "it" : place) + " " + what;
  }

 private:
  const JsonValue& object_;
  std::string where_;
  std::string& fault_;
};

SiteFile read_site_file(const JsonValue& json, const std::string& where, std::string& fault) {
  Reader reader(json, where, fault);
  SiteFile file{reader.text("path"), reader.integer("bytes", 1, std::int64_t{1} << 31), reader.hex_text("sha256", 64),
                0};
  if (!is_site_path(file.path)) reader.blame("path", "is not a path inside the site");
  if (reader.optional("gzip_bytes")) file.gzip_bytes = reader.integer("gzip_bytes", 1, file.bytes);
  return file;
}

/// A value as nlohmann has it, to be printed for parse_spec().
Json copied(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      return nullptr;
    case JsonValue::Kind::kBool:
      return value.boolean;
    case JsonValue::Kind::kInteger:
      return value.integer;
    case JsonValue::Kind::kNumber:
      return value.number;
    case JsonValue::Kind::kString:
      return value.text;
    case JsonValue::Kind::kArray: {
      Json list = Json::array();
      for (const JsonValue& item : value.items) list.push_back(copied(item));
      return list;
    }
    case JsonValue::Kind::kObject:
      break;
  }
  Json object = Json::object();
  for (std::size_t i = 0; i < value.keys.size(); ++i) object[value.keys[i]] = copied(value.items[i]);
  return object;
}

SiteModel read_site_model(const JsonValue& json, const std::string& where, std::string& fault) {
  Reader reader(json, where, fault);
  SiteModel model;
  model.id = reader.hex_text("id", 16);
  model.name = reader.text("name");
  model.title = reader.text("title");
  model.current = reader.boolean("current");
  if (const JsonValue* spec = reader.need("spec", JsonValue::Kind::kObject, "an object")) {
    if (auto parsed = parse_spec(copied(*spec).dump())) {
      model.spec = std::move(*parsed);
    } else {
      reader.blame("spec", "is refused: " + parsed.error().message);
    }
  }
  if (const JsonValue* decoder = reader.need("decoder", JsonValue::Kind::kObject, "an object")) {
    model.decoder = read_site_file(*decoder, reader.at("decoder"), fault);
    if (!model.decoder.sha256.starts_with(model.id)) reader.blame("id", "is not the start of its decoder's sha256");
  }
  if (const auto* file = reader.optional("encoder")) model.encoder = read_site_file(*file, reader.at("encoder"), fault);
  if (const auto* file = reader.optional("discriminator"))
    model.discriminator = read_site_file(*file, reader.at("discriminator"), fault);
  if (const auto* file = reader.optional("atlas")) model.atlas = read_site_file(*file, reader.at("atlas"), fault);
  if (const auto* realism = reader.optional("realism")) {
    Reader scale(*realism, reader.at("realism"), fault);
    model.realism = {scale.number("scale"), scale.number("offset")};
    if (!(model.realism->scale > 0.0f)) scale.blame("scale", "is not above 0");
  }
  if (reader.optional("opening")) model.opening = reader.text("opening");
  return model;
}

void check_lists(const Manifest& manifest, Reader& root) {
  std::set<std::string> ids, paths;
  if (manifest.models.empty()) root.blame("models", "is empty");
  for (const SiteModel& model : manifest.models) {
    if (!ids.insert(model.id).second) root.blame("models", "has the id " + model.id + " twice");
  }
  for (const SiteFile& file : manifest.files) {
    if (!paths.insert(file.path).second) root.blame("files", "has the path " + file.path + " twice");
  }
  if (!ids.contains(manifest.default_id))
    root.blame("default", "is " + avae::quoted(manifest.default_id) + ", which no model has");
}

Json as_json(const SiteFile& file) {
  Json json = {{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}};
  if (file.gzip_bytes > 0) json["gzip_bytes"] = file.gzip_bytes;
  return json;
}
Json as_json(const RealismScale& realism) { return {{"scale", realism.scale}, {"offset", realism.offset}}; }

template <typename T>
void add_if_there(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = as_json(*value);
}

}  // namespace

bool is_site_path(std::string_view path) {
  if (path.empty() || path.size() > 200) return false;
  char before = '/';
  for (const char c : path) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    const bool inner = c == '.' || c == '/';
    if (!plain && !(inner && before != '/')) return false;
    before = c;
  }
  return before != '/';
}

SiteFile site_file(std::string path, std::span<const std::uint8_t> bytes) {
  return {std::move(path), static_cast<std::int64_t>(bytes.size()), hex(sha256(bytes)), 0};
}

Result<Manifest> parse_manifest(std::string_view json) {
  const char* hint = "publish into a new folder, or restore the file";
  const auto refuse = [hint](const std::string& fault) { return fail("manifest.json is damaged, " + fault, hint); };
  const auto value = parse_json(json, kLimits);
  if (!value) return refuse(value.error().message);
  std::string fault;
  Reader root(*value, "", fault);
  if (!fault.empty()) return refuse("it is not an object");
  const std::int64_t version = root.integer("version", 1, INT64_MAX);
  if (fault.empty() && version > 1)
    return fail("manifest.json was made by a newer avae (version " + std::to_string(version) + ")", "update avae");
  Manifest manifest;
  manifest.default_id = root.text("default");
  const auto& models = root.list("models");
  for (std::size_t i = 0; i < models.size(); ++i)
    manifest.models.push_back(read_site_model(models[i], "models[" + std::to_string(i) + "]", fault));
  const auto& files = root.list("files");
  for (std::size_t i = 0; i < files.size(); ++i)
    manifest.files.push_back(read_site_file(files[i], "files[" + std::to_string(i) + "]", fault));
  if (root.optional("live")) manifest.live = root.text("live");
  if (!manifest.live.empty() && !is_site_path(manifest.live)) root.blame("live", "is not a path inside the site");
  if (root.optional("base_url")) manifest.base_url = root.text("base_url");
  if (fault.empty()) check_lists(manifest, root);
  if (!fault.empty()) return refuse(fault);
  return manifest;
}

std::string to_json(const Manifest& manifest) {
  Json json = {{"version", 1}, {"default", manifest.default_id}};
  json["live"] = manifest.live.empty() ? Json(nullptr) : Json(manifest.live);
  json["base_url"] = manifest.base_url;
  json["models"] = Json::array();
  for (const SiteModel& model : manifest.models) {
    Json entry = {{"id", model.id},
                  {"name", model.name},
                  {"title", model.title},
                  {"current", model.current},
                  {"spec", Json::parse(to_json(model.spec), nullptr, false)},
                  {"decoder", as_json(model.decoder)}};
    add_if_there(entry, "encoder", model.encoder);
    add_if_there(entry, "discriminator", model.discriminator);
    add_if_there(entry, "atlas", model.atlas);
    add_if_there(entry, "realism", model.realism);
    if (!model.opening.empty()) entry["opening"] = model.opening;
    json["models"].push_back(std::move(entry));
  }
  json["files"] = Json::array();
  for (const SiteFile& file : manifest.files) json["files"].push_back(as_json(file));
  return json.dump() + "\n";
}

}  // namespace avae
