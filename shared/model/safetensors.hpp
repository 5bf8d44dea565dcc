// Reads and writes safetensors bytes, and model files on top of them. No file system here: bytes in, bytes out.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "shared/model/layers.hpp"
#include "shared/model/result.hpp"
#include "shared/model/spec.hpp"

namespace avae {

enum class DType : std::uint8_t { kF16, kF32, kI8, kI64, kU8 };

/// "F16", "F32", "I8", "I64", "U8", as safetensors spells them.
std::string_view dtype_name(DType dtype);
int dtype_bytes(DType dtype);

/// One tensor of a parsed file. `data` points into the bytes that were parsed and lives as long as they do.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> data;  ///< little-endian, row-major; not necessarily aligned
};

struct SafetensorsFile {
  std::vector<SafetensorsEntry> tensors;  ///< in the order of their offsets
  std::map<std::string, std::string> metadata;
  const SafetensorsEntry* find(std::string_view name) const;
};

/// Parses without copying tensor data. Refuses, naming the fault: fewer than 8 bytes, header longer than the file or
/// than kMaxHeaderBytes, header not JSON (or deeper than 4), duplicate key, unknown dtype, negative or overflowing
/// shape, offsets out of order, overlapping, with a hole or beyond the end, shape x dtype unlike the bytes, bytes after
/// the last tensor.
Result<SafetensorsFile> parse_safetensors(std::span<const std::uint8_t> bytes);
inline constexpr std::size_t kMaxHeaderBytes = 1 << 20;

/// A tensor to write; `data` is borrowed until the call returns.
struct SafetensorsTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> data;
};

/// The whole file, tensors in the order given. Names must differ and, as metadata, be UTF-8. The header is padded with
/// spaces to a multiple of 8, as the format's own writer does.
std::vector<std::uint8_t> write_safetensors(std::span<const SafetensorsTensor> tensors,
                                            const std::map<std::string, std::string>& metadata);

/// One role of a model, weights as fp32, ready for the trainer or the inference core.
struct RoleWeights {
  ModelSpec spec;
  Role role = Role::kDecoder;
  std::map<std::string, std::vector<float>> tensors;  ///< exactly the names of tensor_table(spec, role)
  std::map<std::string, std::string> metadata;        ///< every other metadata entry of the file
};

/// Reads a model file: metadata "avae.spec" (JSON) and "avae.role". Recomputes the tensor table and refuses what
/// differs, as well as NaN or Inf in weights. F16 and F32 are both accepted, and I8 for tensors of two dimensions or
/// more: then tensor NAME + ".step", F16 or F32, of the same shape without its last dimension, holds what 1 stands for
/// along that dimension, and a weight is its integer times that. Files of older versions are read as the newest would
/// have written them.
Result<RoleWeights> read_model(std::span<const std::uint8_t> bytes);

/// Writes a model file with all weights as `dtype`: kF16, kF32, or kI8: kF16 for biases and tensors of fewer than
/// kMinI8Elements, elsewhere the nearest multiples of a step along the last dimension, the largest magnitude there /
/// 127, rounded up to fp16. Errors: a tensor missing, unlisted or of another size, a weight that is not finite (or
/// overflows fp16).
Result<std::vector<std::uint8_t>> write_model(const RoleWeights& weights, DType dtype);

/// Smaller tensors are few bytes, and their rounding shows most: the last layers of a decoder are among them.
inline constexpr std::int64_t kMinI8Elements = 8192;

/// IEEE half precision, round to nearest even.
std::uint16_t float_to_half(float value);
float half_to_float(std::uint16_t bits);

}  // namespace avae
