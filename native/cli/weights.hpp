// What an exported model's weights are stored as, as the command line names it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/model/safetensors.hpp"

namespace avae::cli {

/// "int8", "fp16", "fp32".
extern const std::vector<std::string> kWeights;
inline constexpr const char* kWeightsHelp = "how exported weights are stored: int8 (half of fp16), fp16 or fp32";

/// One of kWeights; nothing for another word.
std::optional<DType> parse_weights(const std::string& name);

}  // namespace avae::cli
