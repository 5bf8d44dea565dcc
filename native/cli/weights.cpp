#include "native/cli/weights.hpp"

namespace avae::cli {

const std::vector<std::string> kWeights = {"int8", "fp16", "fp32"};

std::optional<DType> parse_weights(const std::string& name) {
  if (name == "int8") return DType::kI8;
  if (name == "fp16") return DType::kF16;
  if (name == "fp32") return DType::kF32;
  return std::nullopt;
}

}  // namespace avae::cli
