// What a role's layers write for a golden input, as a file: <role>.values.safetensors beside <role>.safetensors.
//   "input" F32 [N, ...], "mix" F32 [N, K] (if K), and "layer.<name>" F32 [N, h, w, c] for every layer.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "shared/model/layers.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae::test {

struct GoldenValues {
  std::vector<float> input;                // [N, ...]
  std::vector<float> mix;                  // [N, K]
  std::vector<std::vector<float>> layers;  // [N, h, w, c] each, in the order of layers()
};

inline std::vector<float> floats_of(const SafetensorsEntry& entry) {
  std::vector<float> values(entry.data.size() / sizeof(float));
  std::memcpy(values.data(), entry.data.data(), values.size() * sizeof(float));
  return values;
}

/// Bytes of a values file for `list`. `values.layers` are as `list`.
inline std::vector<std::uint8_t> write_golden_values(const std::vector<Layer>& list, int samples,
                                                     const GoldenValues& values) {
  std::vector<SafetensorsTensor> tensors;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape, const std::vector<float>& data) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
    tensors.push_back({name, DType::kF32, std::move(shape), {bytes, data.size() * sizeof(float)}});
  };
  add("input", {samples, list.front().in.size()}, values.input);
  if (!values.mix.empty()) add("mix", {samples, static_cast<std::int64_t>(values.mix.size()) / samples}, values.mix);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const ValueShape& out = list[i].out;
    add("layer." + list[i].name, {samples, out.height, out.width, out.channels}, values.layers[i]);
  }
  return write_safetensors(tensors, {});
}

/// Errors: not safetensors, a layer missing.
inline Result<GoldenValues> read_golden_values(const std::vector<Layer>& list, std::span<const std::uint8_t> bytes) {
  const auto file = parse_safetensors(bytes);
  if (!file) return tl::unexpected(file.error());
  GoldenValues values;
  if (const auto* input = file->find("input")) values.input = floats_of(*input);
  if (const auto* mix = file->find("mix")) values.mix = floats_of(*mix);
  for (const Layer& layer : list) {
    const auto* entry = file->find("layer." + layer.name);
    if (entry == nullptr) return fail("the golden values lack layer " + layer.name, "make the goldens again");
    values.layers.push_back(floats_of(*entry));
  }
  return values;
}

}  // namespace avae::test
