// Which latents and classes a number of samples have: the same for every engine and machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/model/result.hpp"
#include "shared/model/spec.hpp"

namespace avae::cli {

struct SampleOptions {
  int n = 64;
  std::uint64_t seed = 1;
  std::optional<int> class_index;     ///< one class for all; otherwise the classes take turns
  std::vector<std::uint8_t> classes;  ///< [N] the class of each, instead of turns; empty for a model without classes
  int truncation_percent = 100;       ///< 0..100, scales the latents
};

struct Samples {
  std::vector<std::int8_t> latents;  ///< [N, Z]
  std::vector<std::uint8_t> mixes;   ///< [N, K] weights; empty when K = 0
  std::vector<std::uint8_t> labels;  ///< [N]; empty when K = 0
};

/// [n] classes, in the shares that they have among `labels` and mixed: turns, where each is there as often.
std::vector<std::uint8_t> classes_like(const std::vector<std::uint8_t>& labels, int classes, int n);

/// Sample i depends on (seed, i) alone, so a longer run begins as a shorter one.
Samples make_samples(const ModelSpec& spec, const SampleOptions& options);

/// The class that `text` names: a class name or an index. Errors: no such class (the hint lists them), a model without
/// classes.
Result<int> find_class(const ModelSpec& spec, const std::string& text);

/// "trouser", or "class 1" when the model has no names.
std::string class_label(const ModelSpec& spec, int index);

}  // namespace avae::cli
