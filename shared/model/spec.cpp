#include "shared/model/spec.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <limits>

#include "shared/model/json.hpp"

namespace avae {
namespace {

constexpr int kMaxStages = 7;
constexpr int kMaxWidth = 512;
constexpr int kMaxBlocks = 8;
constexpr std::int64_t kMaxValue = std::int64_t{1} << 22;

std::string_view prior_name(Prior prior) { return prior == Prior::kStandard ? "standard" : "class-gaussian"; }

tl::unexpected<Error> bad(const std::string& what, const std::string& allowed) {
  return fail("model spec: " + what, allowed);
}

Result<void> check_range(const char* field, int value, int low, int high) {
  if (value >= low && value <= high) return {};
  return bad(std::string(field) + " is " + std::to_string(value),
             "it must be " + std::to_string(low) + " to " + std::to_string(high));
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

Result<void> check_names(const ModelSpec& spec) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (spec.name.empty() || spec.name.size() > 40 || !std::all_of(spec.name.begin(), spec.name.end(), allowed)) {
    return bad("name is " + quoted(spec.name), "it must be 1 to 40 of a-z, 0-9 and -");
  }
  if (spec.modality != "image") return bad("modality is " + quoted(spec.modality), "it must be \"image\"");
  constexpr std::string_view kObjectives[] = {"seed", "vae", "gan", "avae"};
  if (std::find(std::begin(kObjectives), std::end(kObjectives), spec.objective) == std::end(kObjectives)) {
    return bad("objective is " + quoted(spec.objective), "it must be seed, vae, gan or avae");
  }
  if (!spec.class_names.empty() && spec.class_names.size() != static_cast<std::size_t>(spec.classes)) {
    return bad("class_names has " + std::to_string(spec.class_names.size()) + " entries",
               "it must have one per class (" + std::to_string(spec.classes) + ") or none");
  }
  for (const std::string& name : spec.class_names) {
    if (name.empty() || name.size() > 40 || std::any_of(name.begin(), name.end(), is_control) || !is_utf8(name)) {
      return bad("class_names has " + quoted(name),
                 "a class name must be 1 to 40 bytes of UTF-8 without control characters");
    }
  }
  return {};
}

Result<void> check_widths(const char* field, const ModelSpec& spec, const std::vector<int>& widths) {
  const int stages = static_cast<int>(spec.stage_widths.size());
  if (widths.size() != spec.stage_widths.size()) {
    return bad(std::string(field) + " has " + std::to_string(widths.size()) + " entries",
               "it must have one per stage (" + std::to_string(stages) + ")");
  }
  for (int stage = 0; stage < stages; ++stage) {
    const int width = widths[static_cast<std::size_t>(stage)];
    if (width < 8 || width > kMaxWidth || width % 8 != 0) {
      return bad(std::string(field) + " has " + std::to_string(width),
                 "a width must be a multiple of 8, 8 to " + std::to_string(kMaxWidth));
    }
    const int shift = stages - 1 - stage;
    const std::int64_t numbers = std::int64_t{width} * (spec.height >> shift) * (spec.width >> shift);
    if (numbers > kMaxValue) {
      return bad(std::string(field) + " has " + std::to_string(width) + " at stage " + std::to_string(stage) +
                     ": that stage would hold " + std::to_string(numbers) + " numbers a sample",
                 "at most " + std::to_string(kMaxValue) + " are allowed");
    }
  }
  return {};
}

Result<void> check_stages(const ModelSpec& spec) {
  const int stages = static_cast<int>(spec.stage_widths.size());
  if (stages > kMaxStages) {
    return bad("stage_widths has " + std::to_string(stages) + " entries",
               "it must have at most " + std::to_string(kMaxStages));
  }
  if (spec.stage_blocks.size() != spec.stage_widths.size()) {
    return bad("stage_blocks has " + std::to_string(spec.stage_blocks.size()) + " entries",
               "it must have one per stage (" + std::to_string(stages) + ")");
  }
  for (const int blocks : spec.stage_blocks) {
    if (auto ok = check_range("an entry of stage_blocks", blocks, 0, kMaxBlocks); !ok) return ok;
  }
  const int divisor = stages == 0 ? 1 : 1 << (stages - 1);
  for (const auto& [field, size] : {std::pair{"height", spec.height}, std::pair{"width", spec.width}}) {
    if (size % divisor != 0) {
      return bad(std::string(field) + " is " + std::to_string(size),
                 "with " + std::to_string(stages) + " stages it must be divisible by " + std::to_string(divisor));
    }
  }
  if (auto ok = check_widths("stage_widths", spec, spec.stage_widths); !ok) return ok;
  return check_widths("discriminator_widths", spec, spec.discriminator_widths);
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(Writer& writer, const char* key, std::string_view value) {
  writer.Key(key);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void put(Writer& writer, const char* key, int value) {
  writer.Key(key);
  writer.Int(value);
}
void put(Writer& writer, const char* key, const std::vector<int>& values) {
  writer.Key(key);
  writer.StartArray();
  for (const int value : values) writer.Int(value);
  writer.EndArray();
}
void put(Writer& writer, const char* key, const std::vector<std::string>& values) {
  writer.Key(key);
  writer.StartArray();
  for (const auto& value : values) writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  writer.EndArray();
}

// Takes the fields of an object one by one and keeps the first fault.
class FieldReader {
 public:
  explicit FieldReader(const JsonValue& object) : object_(object), taken_(object.keys.size(), false) {}

  void take(const char* key, int& out) {
    if (const JsonValue* value = field(key)) read(key, *value, out);
  }
  void take(const char* key, std::string& out) {
    if (const JsonValue* value = field(key)) read(key, *value, out);
  }
  template <typename T>
  void take(const char* key, std::vector<T>& out) {
    const JsonValue* value = field(key);
    if (!value) return;
    if (!value->is(JsonValue::Kind::kArray)) return complain(quoted(key) + " is not an array");
    out.assign(value->items.size(), T{});
    for (std::size_t i = 0; i < out.size(); ++i) read(key, value->items[i], out[i]);
  }
  Result<void> finish() {
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      if (!taken_[i]) complain("unknown key " + quoted(object_.keys[i]));
    }
    if (fault_.empty()) return {};
    return bad(fault_, "make the model file again with this version of avae");
  }

 private:
  void complain(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
  }
  const JsonValue* field(const char* key) {
    const JsonValue* value = object_.find(key);
    if (!value) {
      complain("missing key " + quoted(key));
    } else {
      taken_[static_cast<std::size_t>(value - object_.items.data())] = true;
    }
    return value;
  }
  void read(const char* key, const JsonValue& value, int& out) {
    if (!value.is(JsonValue::Kind::kInteger)) return complain(quoted(key) + " is not an integer");
    if (value.integer < std::numeric_limits<int>::min() || value.integer > std::numeric_limits<int>::max()) {
      return complain(quoted(key) + " is out of range");
    }
    out = static_cast<int>(value.integer);
  }
  void read(const char* key, const JsonValue& value, std::string& out) {
    if (!value.is(JsonValue::Kind::kString)) return complain(quoted(key) + " is not a string");
    out = value.text;
  }

  const JsonValue& object_;
  std::vector<bool> taken_;
  std::string fault_;
};

Result<void> check_version(const JsonValue& object) {
  const JsonValue* version = object.find("version");
  if (version && version->is(JsonValue::Kind::kInteger) && version->integer > ModelSpec::kVersion) {
    return bad("version " + std::to_string(version->integer) + " was made by a newer avae",
               "update avae; this one knows versions up to " + std::to_string(ModelSpec::kVersion));
  }
  return {};
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kDecoder:
      return "decoder";
    case Role::kEncoder:
      return "encoder";
    case Role::kDiscriminator:
      break;
  }
  return "discriminator";
}

Result<void> validate(const ModelSpec& spec) {
  if (auto ok = check_range("version", spec.version, 1, ModelSpec::kVersion); !ok) return ok;
  if (auto ok = check_range("height", spec.height, 4, 256); !ok) return ok;
  if (auto ok = check_range("width", spec.width, 4, 256); !ok) return ok;
  if (auto ok = check_range("latent", spec.latent, 1, 256); !ok) return ok;
  const int most = spec.version == 1 || spec.prior == Prior::kStandard ? 0 : ModelSpec::kMaxSwitches;
  if (auto ok = check_range("switches", spec.switches, 0, std::min(most, spec.latent - 1)); !ok) return ok;
  if (spec.channels != 1 && spec.channels != 3) {
    return bad("channels is " + std::to_string(spec.channels), "it must be 1 or 3");
  }
  if (spec.classes != 0 && (spec.classes < 2 || spec.classes > 256)) {
    return bad("classes is " + std::to_string(spec.classes), "it must be 0 or 2 to 256");
  }
  if (spec.prior != Prior::kStandard && spec.prior != Prior::kClassGaussian) {
    return bad("prior is " + std::to_string(static_cast<int>(spec.prior)), "it must be standard or class-gaussian");
  }
  if (auto ok = check_names(spec); !ok) return ok;
  return check_stages(spec);
}

std::string to_json(const ModelSpec& spec) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  put(writer, "version", spec.version);
  put(writer, "name", spec.name);
  put(writer, "modality", spec.modality);
  put(writer, "objective", spec.objective);
  put(writer, "height", spec.height);
  put(writer, "width", spec.width);
  put(writer, "channels", spec.channels);
  put(writer, "latent", spec.latent);
  if (spec.version > 1) put(writer, "switches", spec.switches);
  put(writer, "classes", spec.classes);
  put(writer, "class_names", spec.class_names);
  put(writer, "prior", prior_name(spec.prior));
  put(writer, "stage_widths", spec.stage_widths);
  put(writer, "stage_blocks", spec.stage_blocks);
  put(writer, "discriminator_widths", spec.discriminator_widths);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Result<ModelSpec> parse_spec(std::string_view json) {
  const auto object = parse_json(json);
  if (!object) return bad(object.error().message, object.error().hint);
  if (!object->is(JsonValue::Kind::kObject)) return bad("JSON is not an object", "");
  if (auto ok = check_version(*object); !ok) return tl::unexpected(ok.error());

  ModelSpec spec;
  std::string prior;
  FieldReader reader(*object);
  reader.take("version", spec.version);
  reader.take("name", spec.name);
  reader.take("modality", spec.modality);
  reader.take("objective", spec.objective);
  reader.take("height", spec.height);
  reader.take("width", spec.width);
  reader.take("channels", spec.channels);
  reader.take("latent", spec.latent);
  if (spec.version != 1) reader.take("switches", spec.switches);
  reader.take("classes", spec.classes);
  reader.take("class_names", spec.class_names);
  reader.take("prior", prior);
  reader.take("stage_widths", spec.stage_widths);
  reader.take("stage_blocks", spec.stage_blocks);
  reader.take("discriminator_widths", spec.discriminator_widths);
  if (auto ok = reader.finish(); !ok) return tl::unexpected(ok.error());

  if (prior != prior_name(Prior::kStandard) && prior != prior_name(Prior::kClassGaussian)) {
    return bad("prior is " + quoted(prior), "it must be standard or class-gaussian");
  }
  spec.prior = prior == prior_name(Prior::kStandard) ? Prior::kStandard : Prior::kClassGaussian;
  if (auto ok = validate(spec); !ok) return tl::unexpected(ok.error());
  return spec;
}

}  // namespace avae
