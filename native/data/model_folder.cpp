#include "native/data/model_folder.hpp"

#include "native/data/files.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> if_there(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) ? std::optional(path) : std::nullopt;
}

}  // namespace

Result<ModelFolder> find_model(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return fail("no model at " + path, "give the folder of a run or of an exported model");
  fs::path folder = path;
  if (!fs::is_directory(status)) {
    if (folder.filename() != "decoder.safetensors")
      return fail(path + " is not a model folder", "give the folder that holds decoder.safetensors");
    folder = folder.has_parent_path() ? folder.parent_path() : ".";
  } else if (fs::is_directory(folder / "model", error)) {
    folder /= "model";
  }
  const auto decoder = if_there(folder / "decoder.safetensors");
  if (!decoder) {
    if (fs::exists(fs::path(path) / "metrics.jsonl", error) || fs::exists(fs::path(path) / "checkpoints", error)) {
      return fail("the run " + path + " has no model yet", "wait for its first epoch, or train it on with --resume");
    }
    return fail("no decoder.safetensors in " + folder.string(), "give the folder of a run or of an exported model");
  }
  return ModelFolder{*decoder, if_there(folder / "encoder.safetensors"), if_there(folder / "discriminator.safetensors"),
                     if_there(folder / kAtlasFile)};
}

Result<ModelFile> read_role(const fs::path& path, Role role) {
  auto bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  auto weights = read_model(*bytes);
  if (!weights) return fail(path.string() + ": " + weights.error().message, weights.error().hint);
  if (weights->role != role) {
    return fail(path.string() + " holds the " + std::string(role_name(weights->role)) + " of a model",
                "give its " + std::string(role_name(role)));
  }
  return ModelFile{std::move(*bytes), std::move(*weights)};
}

Result<void> check_same_model(const RoleWeights& a, const RoleWeights& b) {
  if (a.spec == b.spec) {
    // Every file of an export carries the same training record.
    const auto record = [](const RoleWeights& weights) {
      const auto found = weights.metadata.find("avae.train");
      return found == weights.metadata.end() ? std::string() : found->second;
    };
    if (record(a) == record(b)) return {};
    return fail("the " + std::string(role_name(b.role)) + " was exported at another step than the " +
                    std::string(role_name(a.role)),
                "try again if it is training now; otherwise train on with --resume, which exports them together");
  }
  return fail("the " + std::string(role_name(b.role)) + " is of another model (" + b.spec.name + ") than the " +
                  std::string(role_name(a.role)) + " (" + a.spec.name + ")",
              "use the files of one export");
}

std::optional<Atlas> kept_atlas(const ModelFolder& model, const ModelSpec& spec, const std::string& id) {
  if (!model.atlas) return std::nullopt;
  const auto bytes = read_file(*model.atlas);
  if (!bytes) return std::nullopt;
  auto atlas = read_atlas(*bytes, spec);
  if (!atlas || atlas->model != id) return std::nullopt;
  return std::move(*atlas);
}

}  // namespace avae
