// Model files: a safetensors file whose metadata holds the spec and whose tensors are exactly those of the tensor
// table.
#include <algorithm>
#include <bit>
#include <cmath>

#include "shared/model/json.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {
namespace {

constexpr const char* kSpecKey = "avae.spec";
constexpr const char* kRoleKey = "avae.role";
constexpr const char* kNotOurs = "is this a model that avae exported?";

tl::unexpected<Error> bad(std::string what, std::string hint) {
  return fail("model file: " + std::move(what), std::move(hint));
}

template <typename Sizes>
std::string shape_text(const Sizes& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Result<Role> parse_role(const std::string& name) {
  for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
    if (name == role_name(role)) return role;
  }
  return bad("role " + quoted(name) + " is unknown", "it must be decoder, encoder or discriminator");
}

std::uint16_t read_u16(const std::uint8_t* p) { return static_cast<std::uint16_t>(p[0] | p[1] << 8); }
std::uint32_t read_u32(const std::uint8_t* p) { return read_u16(p) | std::uint32_t{read_u16(p + 2)} << 16; }

constexpr std::string_view kStepEnding = ".step";

std::string step_name(const std::string& tensor) { return tensor + std::string(kStepEnding); }

Result<std::vector<float>> read_floats(const SafetensorsEntry& entry) {
  if (entry.dtype != DType::kF16 && entry.dtype != DType::kF32) {
    return bad("tensor " + quoted(entry.name) + " has dtype " + std::string(dtype_name(entry.dtype)),
               "weights must be F16, F32, or I8 with two dimensions");
  }
  const std::size_t step = static_cast<std::size_t>(dtype_bytes(entry.dtype));
  std::vector<float> values(entry.data.size() / step);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint8_t* p = entry.data.data() + i * step;
    values[i] = step == 2 ? half_to_float(read_u16(p)) : std::bit_cast<float>(read_u32(p));
    if (!std::isfinite(values[i])) {
      return bad("tensor " + quoted(entry.name) + " has NaN or Inf at element " + std::to_string(i),
                 "train again from an earlier checkpoint");
    }
  }
  return values;
}

bool is_matrix(const SafetensorsEntry& entry) { return entry.shape.size() >= 2; }

Result<std::vector<float>> read_values(const SafetensorsFile& file, const SafetensorsEntry& entry) {
  if (entry.dtype != DType::kI8 || !is_matrix(entry)) return read_floats(entry);
  const SafetensorsEntry* step = file.find(step_name(entry.name));
  if (!step) return bad("tensor " + quoted(step_name(entry.name)) + " is missing", "I8 weights need their steps");
  if (!std::equal(entry.shape.begin(), entry.shape.end() - 1, step->shape.begin(), step->shape.end())) {
    return bad("tensor " + quoted(step->name) + " has shape " + shape_text(step->shape),
               "it must have that of " + quoted(entry.name) + " without the last dimension");
  }
  const auto steps = read_floats(*step);
  if (!steps) return steps;
  std::vector<float> values(entry.data.size());
  const std::size_t width = values.size() / steps->size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(static_cast<std::int8_t>(entry.data[i])) * (*steps)[i / width];
    if (!std::isfinite(values[i])) {
      return bad("tensor " + quoted(step->name) + " overflows at element " + std::to_string(i / width),
                 "train again from an earlier checkpoint");
    }
  }
  return values;
}

/// NAME.step of an I8 tensor NAME.
bool is_step(const SafetensorsFile& file, const SafetensorsEntry& entry) {
  if (!entry.name.ends_with(kStepEnding)) return false;
  const SafetensorsEntry* of =
      file.find(std::string_view(entry.name).substr(0, entry.name.size() - kStepEnding.size()));
  return of && of->dtype == DType::kI8;
}

Result<void> check_shape(const TensorInfo& info, const SafetensorsEntry& entry) {
  if (std::equal(info.shape.begin(), info.shape.end(), entry.shape.begin(), entry.shape.end())) return {};
  return bad("tensor " + quoted(info.name) + " has shape " + shape_text(entry.shape),
             "its spec asks for " + shape_text(info.shape));
}

Result<void> append_values(const std::string& name, const std::vector<float>& values, DType dtype,
                           std::vector<std::uint8_t>& bytes) {
  const std::string where = "tensor " + quoted(name) + " has ";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return bad(where + "NaN or Inf at element " + std::to_string(i), "train again from an earlier checkpoint");
    }
    std::uint32_t bits = std::bit_cast<std::uint32_t>(values[i]);
    if (dtype == DType::kF16) {
      bits = float_to_half(values[i]);
      if ((bits & 0x7c00u) == 0x7c00u) {
        return bad(where + "a value too large for F16 at element " + std::to_string(i), "export as F32");
      }
    }
    for (int byte = 0; byte < dtype_bytes(dtype); ++byte)
      bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * byte)));
  }
  return {};
}

/// The step of a row of weights; appends the row as multiples of it.
float quantise(std::span<const float> row, std::vector<std::uint8_t>& bytes) {
  float largest = 0;
  for (const float weight : row) largest = std::max(largest, std::abs(weight));
  std::uint16_t half = float_to_half(largest / 127);
  if (half_to_float(half) * 127 < largest) ++half;
  const float step = half_to_float(half);
  for (const float weight : row) {
    const long multiple = step > 0 ? std::lround(weight / step) : 0;
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::int8_t>(std::clamp(multiple, -127l, 127l))));
  }
  return step;
}

/// A tensor as it is written.
struct Written {
  std::string name;
  DType dtype = DType::kF16;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;
};

/// One tensor, or two when it is quantised.
Result<void> append_tensor(const TensorInfo& info, const std::vector<float>& values, DType dtype,
                           std::vector<Written>& tensors) {
  const std::vector<std::int64_t> shape(info.shape.begin(), info.shape.end());
  Written whole{info.name, dtype == DType::kI8 ? DType::kF16 : dtype, shape, {}};
  // Also checks the values.
  if (auto ok = append_values(info.name, values, whole.dtype, whole.bytes); !ok) return ok;
  if (dtype != DType::kI8 || shape.size() < 2 || info.elements() < kMinI8Elements) {
    tensors.push_back(std::move(whole));
    return {};
  }
  Written integers{info.name, DType::kI8, shape, {}};
  Written steps{step_name(info.name), DType::kF16, {shape.begin(), shape.end() - 1}, {}};
  const std::size_t width = static_cast<std::size_t>(shape.back());
  std::vector<float> step_values;
  for (std::size_t row = 0; row < values.size(); row += width)
    step_values.push_back(quantise(std::span(values).subspan(row, width), integers.bytes));
  if (auto ok = append_values(steps.name, step_values, DType::kF16, steps.bytes); !ok) return ok;
  tensors.push_back(std::move(integers));
  tensors.push_back(std::move(steps));
  return {};
}

Result<void> check_names(const RoleWeights& weights, const std::vector<TensorInfo>& table) {
  for (const TensorInfo& info : table) {
    const auto found = weights.tensors.find(info.name);
    if (found == weights.tensors.end()) return bad("tensor " + quoted(info.name) + " is missing", "");
    if (found->second.size() != static_cast<std::size_t>(info.elements())) {
      return bad("tensor " + quoted(info.name) + " has " + std::to_string(found->second.size()) + " elements",
                 "its spec asks for " + shape_text(info.shape));
    }
  }
  if (weights.tensors.size() == table.size()) return {};
  for (const auto& tensor : weights.tensors) {
    const auto listed = [&](const TensorInfo& info) { return info.name == tensor.first; };
    if (std::none_of(table.begin(), table.end(), listed)) {
      return bad("tensor " + quoted(tensor.first) + " is not part of a " + std::string(role_name(weights.role)),
                 kNotOurs);
    }
  }
  return {};
}

/// Version 1 kept whole squares of the prior's scales, [G, D, D]; the newest keeps their lower triangles.
Result<void> upgrade(RoleWeights& weights) {
  weights.spec.version = ModelSpec::kVersion;
  const auto scale = weights.tensors.find("prior.scale");
  if (scale == weights.tensors.end()) return {};
  const std::size_t size = static_cast<std::size_t>(weights.spec.code());
  std::vector<float> triangles;
  for (std::size_t i = 0; i < scale->second.size(); ++i) {
    const std::size_t row = i / size % size, column = i % size;
    if (column <= row) {
      triangles.push_back(scale->second[i]);
    } else if (scale->second[i] != 0.0f) {
      return bad("tensor \"prior.scale\" is not lower triangular at element " + std::to_string(i), kNotOurs);
    }
  }
  scale->second = std::move(triangles);
  return {};
}

}  // namespace

Result<RoleWeights> read_model(std::span<const std::uint8_t> bytes) {
  auto file = parse_safetensors(bytes);
  if (!file) return tl::unexpected(file.error());
  for (const char* key : {kSpecKey, kRoleKey}) {
    if (!file->metadata.contains(key)) return bad(std::string("no ") + key + " in its metadata", kNotOurs);
  }
  const auto spec = parse_spec(file->metadata[kSpecKey]);
  if (!spec) return tl::unexpected(spec.error());
  const auto role = parse_role(file->metadata[kRoleKey]);
  if (!role) return tl::unexpected(role.error());

  RoleWeights weights{*spec, *role, {}, {}};
  const auto table = tensor_table(*spec, *role);
  for (const TensorInfo& info : table) {
    const SafetensorsEntry* entry = file->find(info.name);
    if (!entry)
      return bad("tensor " + quoted(info.name) + " is missing", "its spec asks for " + shape_text(info.shape));
    if (auto ok = check_shape(info, *entry); !ok) return tl::unexpected(ok.error());
  }
  for (const SafetensorsEntry& entry : file->tensors) {
    if (is_step(*file, entry)) continue;
    const auto listed = [&](const TensorInfo& info) { return info.name == entry.name; };
    if (std::none_of(table.begin(), table.end(), listed)) {
      return bad("tensor " + quoted(entry.name) + " is not part of a " + std::string(role_name(*role)), kNotOurs);
    }
    auto values = read_values(*file, entry);
    if (!values) return tl::unexpected(values.error());
    weights.tensors.emplace(entry.name, std::move(*values));
  }
  weights.metadata = std::move(file->metadata);
  weights.metadata.erase(kSpecKey);
  weights.metadata.erase(kRoleKey);
  if (weights.spec.version < ModelSpec::kVersion) {
    if (auto ok = upgrade(weights); !ok) return tl::unexpected(ok.error());
  }
  return weights;
}

Result<std::vector<std::uint8_t>> write_model(const RoleWeights& weights, DType dtype) {
  if (dtype != DType::kF16 && dtype != DType::kF32 && dtype != DType::kI8) {
    return bad("weights cannot be written as " + std::string(dtype_name(dtype)), "use F16, F32 or I8");
  }
  if (auto ok = validate(weights.spec); !ok) return tl::unexpected(ok.error());
  const auto table = tensor_table(weights.spec, weights.role);
  if (auto ok = check_names(weights, table); !ok) return tl::unexpected(ok.error());

  std::vector<Written> written;
  for (const TensorInfo& info : table) {
    if (auto ok = append_tensor(info, weights.tensors.find(info.name)->second, dtype, written); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  std::vector<SafetensorsTensor> tensors;
  for (const Written& tensor : written) tensors.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.bytes});
  auto metadata = weights.metadata;
  metadata[kSpecKey] = to_json(weights.spec);
  metadata[kRoleKey] = std::string(role_name(weights.role));
  return write_safetensors(tensors, metadata);
}

}  // namespace avae
