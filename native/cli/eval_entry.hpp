// What `avae eval` scores: a model, or a file of samples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "native/data/dataset.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae::cli {

/// One row of the table before it has figures. Either `decoder` or `samples` is there.
struct EvalEntry {
  std::string name;                    ///< the path, as it was given
  std::optional<RoleWeights> decoder;  ///< of a model
  std::optional<RoleWeights> encoder;  ///< of a model that has one
  Dataset samples;                     ///< of a file, with labels if there are any
};

/// Reads a run or an exported model. Errors: as find_model() and read_role(), an encoder of another model; pictures or
/// classes that are not `data`'s.
Result<EvalEntry> open_model(const std::string& path, const Dataset& data);

/// Reads an IDX file of pictures with `labels`, or, when that is empty, the labels beside it if any. Errors: as
/// load_idx_file(); pictures of another shape than `data`'s, labels of another count or beyond its classes.
Result<EvalEntry> open_samples(const std::string& path, const std::string& labels, const Dataset& data);

/// n samples, of a model by `engine` and `seed` with classes in the shares that they have in `like`, of a file drawn
/// from all, `seed` or not (or all of them, when it has no more). Labels are empty where there are none. `device` is
/// the engine's, as for decode_with().
Result<Dataset> draw_samples(const EvalEntry& entry, std::size_t n, std::uint64_t seed, const Dataset& like,
                             const std::string& engine, const std::string& device);

/// What the posterior's mean, or with a seed a draw from it, decodes to for each of `pictures`, told their classes:
/// uint8 [N, H, W, C]. The entry has an encoder.
Result<std::vector<std::uint8_t>> reconstructions(const EvalEntry& entry, const Dataset& pictures,
                                                  std::optional<std::uint64_t> seed, const std::string& engine,
                                                  const std::string& device);

}  // namespace avae::cli
