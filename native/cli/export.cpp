#include <algorithm>
#include <iostream>
#include <memory>

#include "native/cli/command.hpp"
#include "native/cli/weights.hpp"
#include "native/data/files.hpp"
#include "native/data/model_folder.hpp"

namespace avae::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, out, name, weights = "int8";
};

struct NewFile {
  fs::path path;
  std::vector<std::uint8_t> bytes;
};

/// Everything is read and converted before the first file is written.
Result<std::vector<NewFile>> converted(const ModelFolder& model, const Options& options) {
  const fs::path out = options.out;
  std::vector<NewFile> files;
  std::optional<RoleWeights> decoder;
  for (const auto& [role, path] : {std::pair{Role::kDecoder, std::optional(model.decoder)},
                                   {Role::kEncoder, model.encoder},
                                   {Role::kDiscriminator, model.discriminator}}) {
    if (!path) continue;
    auto file = read_role(*path, role);
    if (!file) return tl::unexpected(file.error());
    if (!decoder) decoder = file->weights;
    if (const auto same = check_same_model(*decoder, file->weights); !same) return tl::unexpected(same.error());
    if (!options.name.empty()) file->weights.spec.name = options.name;
    auto bytes = write_model(file->weights, *parse_weights(options.weights));
    if (!bytes) return fail(path->string() + ": " + bytes.error().message, bytes.error().hint);
    files.push_back({out / path->filename(), std::move(*bytes)});
  }
  return files;
}

/// A role that is in the folder and not written now would be another model's.
Result<void> check_free(const fs::path& out, const std::vector<NewFile>& files) {
  for (const Role role : {Role::kEncoder, Role::kDiscriminator}) {
    const fs::path path = out / (std::string(role_name(role)) + ".safetensors");
    const bool written =
        std::any_of(files.begin(), files.end(), [&](const NewFile& file) { return file.path == path; });
    std::error_code error;
    if (!written && fs::exists(path, error))
      return fail(path.string() + " is there and belongs to another model", "choose another folder");
  }
  return {};
}

Result<void> export_model(const Options& options) {
  const auto model = find_model(options.model);
  if (!model) return tl::unexpected(model.error());
  const auto files = converted(*model, options);
  if (!files) return tl::unexpected(files.error());
  if (auto free = check_free(options.out, *files); !free) return free;
  if (auto made = make_folder(options.out); !made) return made;
  for (const NewFile& file : *files) {
    if (auto written = write_file_atomically(file.path, file.bytes); !written) return written;
    std::cout << file.path.string() << ": " << file.bytes.size() << " bytes\n";
  }
  return {};
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("export", "Write a model again with other weights or another name");
  command->add_option("--model", options->model, "folder of a run or of an exported model")->required();
  command->add_option("--out", options->out, "folder for the new files")->required()->type_name("DIR");
  command->add_option("--name", options->name, "another name for the page, [a-z0-9-]");
  command->add_option("--weights", options->weights, kWeightsHelp)
      ->check(CLI::IsMember(kWeights))
      ->capture_default_str();
  command->callback([options, &action] { action = [options] { return export_model(*options); }; });
}

}  // namespace avae::cli
