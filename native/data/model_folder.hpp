// Finds and reads the model files of a run, of an exported model, or of a published site.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "shared/latent/atlas.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

/// Where the files of one model are.
struct ModelFolder {
  std::filesystem::path decoder;
  std::optional<std::filesystem::path> encoder;        ///< a gan has none
  std::optional<std::filesystem::path> discriminator;  ///< a vae has none
  std::optional<std::filesystem::path> atlas;          ///< where avae atlas was run; perhaps of an earlier decoder
};

inline constexpr const char* kAtlasFile = "atlas.safetensors";

/// A model file as bytes and as weights.
struct ModelFile {
  std::vector<std::uint8_t> bytes;
  RoleWeights weights;
};

/// `path` is RUN/ (with model/ inside), a folder with decoder.safetensors, or that file. Errors: nothing there, a run
/// that has exported no model yet, a folder of something else.
Result<ModelFolder> find_model(const std::string& path);

/// Reads one role. Errors name the file: as read_file() and read_model(), and a file of another role.
Result<ModelFile> read_role(const std::filesystem::path& path, Role role);

/// The two files belong to one model, so that one may read what the other wrote. Errors: their specs
/// differ, or their training records, as when a run was killed between two files.
Result<void> check_same_model(const RoleWeights& a, const RoleWeights& b);

/// The atlas that lies beside the decoder, if it was made for it: `decoder` as read, `id` its name in links.
std::optional<Atlas> kept_atlas(const ModelFolder& model, const ModelSpec& spec, const std::string& id);

}  // namespace avae
