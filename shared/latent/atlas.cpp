#include "shared/latent/atlas.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "shared/model/json.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {
namespace {

constexpr const char* kKey = "avae.atlas";
constexpr std::int64_t kVersion = 1;
constexpr JsonLimits kLimits = {.bytes = 8192, .depth = 3, .values = 128};
/// Distance, in typical spacings, from which a place is empty, and up to which it is full.
constexpr float kEmptySpacings = 5.0f, kFullSpacings = 2.0f;

tl::unexpected<Error> bad(std::string what) {
  return fail("atlas: " + std::move(what), "make it anew with avae atlas");
}

std::vector<std::uint8_t> halves(std::span<const float> values) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(values.size() * 2);
  for (const float value : values) {
    const std::uint16_t half = float_to_half(value);
    bytes.push_back(static_cast<std::uint8_t>(half));
    bytes.push_back(static_cast<std::uint8_t>(half >> 8));
  }
  return bytes;
}

std::vector<float> floats(std::span<const std::uint8_t> halves) {
  std::vector<float> values(halves.size() / 2);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = half_to_float(static_cast<std::uint16_t>(halves[2 * i] | halves[2 * i + 1] << 8));
  return values;
}

/// The bytes of a tensor that must be there with this type and shape.
Result<std::span<const std::uint8_t>> tensor(const SafetensorsFile& file, const char* name, DType dtype,
                                             std::vector<std::int64_t> shape) {
  const SafetensorsEntry* entry = file.find(name);
  if (entry == nullptr) return bad("the tensor " + quoted(name) + " is missing");
  if (entry->dtype != dtype || entry->shape != shape)
    return bad("the tensor " + quoted(name) + " has another type or shape than the model's");
  return entry->data;
}

/// Fills in the model and the names of directions.
Result<void> read_metadata(const SafetensorsFile& file, Atlas& atlas) {
  const auto text = file.metadata.find(kKey);
  if (text == file.metadata.end()) return bad("it has no metadata " + quoted(kKey));
  const auto json = parse_json(text->second, kLimits);
  if (!json) return bad("its metadata is damaged, " + json.error().message);
  const JsonValue* version = json->find("version");
  if (version == nullptr || !version->is(JsonValue::Kind::kInteger)) return bad("it has no version");
  if (version->integer != kVersion) return bad("it is of version " + std::to_string(version->integer));
  const JsonValue* list = json->find("directions");
  if (list == nullptr || !list->is(JsonValue::Kind::kArray)) return bad("it has no list of directions");
  if (list->items.size() > kMaxDirections) return bad("it has too many directions");
  const JsonValue* model = json->find("model");
  if (model == nullptr || !model->is(JsonValue::Kind::kString)) return bad("it does not say which model it is for");
  atlas.model = model->text;
  for (const JsonValue& item : list->items) {
    if (!item.is(JsonValue::Kind::kString) || item.text.size() > kMaxDirectionName)
      return bad("a direction's name is not short text");
    atlas.directions.push_back({item.text, {}});
  }
  return {};
}

/// Mean distance to the next point if the points lay evenly where they are.
float spacing(const Atlas& atlas) { return 0.5f / std::sqrt(static_cast<float>(atlas.size())); }

}  // namespace

float RealismScale::operator()(float logit) const { return 1.0f / (1.0f + std::exp(-scale * logit - offset)); }

std::span<const float> Atlas::axis(int index, int label) const {
  const auto z = static_cast<std::size_t>(latent);
  const std::size_t row = label < 0 ? 0 : static_cast<std::size_t>(label);
  return std::span(directions[static_cast<std::size_t>(index)].axes).subspan(row * z, z);
}

std::vector<std::uint8_t> write_atlas(const Atlas& atlas) {
  const std::int64_t n = atlas.size(), z = atlas.latent, rows = std::max(atlas.classes, 1);
  std::vector<float> axes;
  std::string names;
  for (const Direction& direction : atlas.directions) {
    axes.insert(axes.end(), direction.axes.begin(), direction.axes.end());
    names += (names.empty() ? "" : ",") + quoted(direction.name);
  }
  const std::vector<std::uint8_t> positions = halves(atlas.positions), directions = halves(axes);
  std::vector<std::uint8_t> latents(atlas.latents.size());
  std::copy(atlas.latents.begin(), atlas.latents.end(), latents.begin());
  std::vector<SafetensorsTensor> tensors = {
      {"position", DType::kF16, {n, 2}, positions},
      {"direction", DType::kF16, {static_cast<std::int64_t>(atlas.directions.size()), rows, z}, directions},
      {"latent", DType::kI8, {n, z}, latents}};
  if (atlas.classes > 0) tensors.push_back({"label", DType::kU8, {n}, atlas.labels});
  std::vector<std::uint8_t> realism(sizeof(float) * 2);
  if (atlas.realism) {
    const std::array both = {atlas.realism->scale, atlas.realism->offset};
    std::memcpy(realism.data(), both.data(), realism.size());
    tensors.push_back({"realism", DType::kF32, {2}, realism});
  }
  return write_safetensors(
      tensors, {{kKey, "{\"version\":1,\"model\":\"" + atlas.model + "\",\"directions\":[" + names + "]}"}});
}

Result<Atlas> read_atlas(std::span<const std::uint8_t> bytes, const ModelSpec& spec) {
  const auto file = parse_safetensors(bytes);
  if (!file) return tl::unexpected(file.error());
  Atlas atlas;
  if (const auto read = read_metadata(*file, atlas); !read) return tl::unexpected(read.error());
  const SafetensorsEntry* latents = file->find("latent");
  if (latents == nullptr || latents->shape.size() != 2) return bad("the tensor 'latent' is missing");
  const std::int64_t n = latents->shape[0], z = spec.latent, m = static_cast<std::int64_t>(atlas.directions.size());
  if (n < kAtlasNeighbours || n > kMaxAtlasPoints) return bad("it has " + std::to_string(n) + " points");

  atlas.latent = spec.latent;
  atlas.classes = spec.classes;
  const auto positions = tensor(*file, "position", DType::kF16, {n, 2});
  if (!positions) return tl::unexpected(positions.error());
  atlas.positions = floats(*positions);
  for (const float value : atlas.positions)
    if (!(value >= 0.0f && value <= 1.0f)) return bad("a position is outside 0 to 1");
  const auto steps = tensor(*file, "latent", DType::kI8, {n, z});
  if (!steps) return tl::unexpected(steps.error());
  atlas.latents.resize(steps->size());
  std::memcpy(atlas.latents.data(), steps->data(), steps->size());
  std::replace(atlas.latents.begin(), atlas.latents.end(), std::int8_t{-128}, std::int8_t{-127});
  if (spec.classes > 0) {
    const auto labels = tensor(*file, "label", DType::kU8, {n});
    if (!labels) return tl::unexpected(labels.error());
    atlas.labels.assign(labels->begin(), labels->end());
    for (const std::uint8_t label : atlas.labels)
      if (label >= spec.classes) return bad("a label is " + std::to_string(label) + ", beyond the model's classes");
  }
  const auto axes = tensor(*file, "direction", DType::kF16, {m, std::max(spec.classes, 1), z});
  if (!axes) return tl::unexpected(axes.error());
  const std::vector<float> values = floats(*axes);
  for (const float value : values)
    if (!std::isfinite(value)) return bad("an axis is not finite");
  auto next = values.begin();
  for (Direction& direction : atlas.directions) {
    const auto end = next + std::max(spec.classes, 1) * spec.latent;
    direction.axes.assign(next, end);
    next = end;
  }
  if (file->find("realism") != nullptr) {
    const auto both = tensor(*file, "realism", DType::kF32, {2});
    if (!both) return tl::unexpected(both.error());
    RealismScale realism;
    std::memcpy(&realism.scale, both->data(), sizeof(float));
    std::memcpy(&realism.offset, both->data() + sizeof(float), sizeof(float));
    if (!(realism.scale > 0.0f) || !std::isfinite(realism.scale) || !std::isfinite(realism.offset))
      return bad("its realism is no rising scale");
    atlas.realism = realism;
  }
  return atlas;
}

AtlasPlace place_at(const Atlas& atlas, float x, float y) {
  // The nearest ones in order, and one more, whose distance is where weights end.
  constexpr int kKept = kAtlasNeighbours + 1;
  std::array<float, kKept> squares;
  std::array<int, kKept> nearest;
  squares.fill(1e9f);
  nearest.fill(0);
  for (int i = 0; i < atlas.size(); ++i) {
    const float dx = atlas.positions[static_cast<std::size_t>(2 * i)] - x;
    const float dy = atlas.positions[static_cast<std::size_t>(2 * i + 1)] - y;
    const float square = dx * dx + dy * dy;
    if (square >= squares.back()) continue;
    int at = kKept - 1;
    for (; at > 0 && squares[static_cast<std::size_t>(at - 1)] > square; --at) {
      squares[static_cast<std::size_t>(at)] = squares[static_cast<std::size_t>(at - 1)];
      nearest[static_cast<std::size_t>(at)] = nearest[static_cast<std::size_t>(at - 1)];
    }
    squares[static_cast<std::size_t>(at)] = square;
    nearest[static_cast<std::size_t>(at)] = i;
  }

  const float reach = std::sqrt(squares.back());
  std::array<float, kAtlasNeighbours> weights{};
  float total = 0.0f;
  for (std::size_t i = 0; i < kAtlasNeighbours; ++i) {
    const float distance = std::sqrt(squares[i]) + 1e-6f;
    const float share = std::max(0.0f, 1.0f - distance / (reach + 2e-6f)) / distance;
    weights[i] = share * share;
    total += weights[i];
  }
  if (!(total > 0.0f)) weights[0] = total = 1.0f;

  const auto z = static_cast<std::size_t>(atlas.latent);
  std::vector<float> u(z, 0.0f), mix(static_cast<std::size_t>(atlas.classes), 0.0f);
  for (std::size_t i = 0; i < kAtlasNeighbours; ++i) {
    const float weight = weights[i] / total;
    const auto point = static_cast<std::size_t>(nearest[i]);
    for (std::size_t d = 0; d < z; ++d) u[d] += weight * static_cast<float>(atlas.latents[point * z + d]) * kLatentStep;
    if (!mix.empty()) mix[atlas.labels[point]] += weight;
  }
  AtlasPlace place;
  place.keyframe.encoded = true;
  place.keyframe.latent = quantise(u);
  for (const float weight : mix) place.keyframe.mix.push_back(static_cast<std::uint8_t>(std::lround(255.0f * weight)));
  if (atlas.classes > 0) place.label = atlas.labels[static_cast<std::size_t>(nearest[0])];
  const float apart = std::sqrt(squares[0]) / spacing(atlas);
  place.density = std::clamp((kEmptySpacings - apart) / (kEmptySpacings - kFullSpacings), 0.0f, 1.0f);
  return place;
}

}  // namespace avae
