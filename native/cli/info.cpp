#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "native/cli/command.hpp"
#include "native/data/files.hpp"
#include "native/data/model_folder.hpp"
#include "shared/model/hash.hpp"

namespace avae::cli {
namespace {

std::string prior_text(const ModelSpec& spec) {
  if (spec.prior == Prior::kStandard) return ", standard normal";
  const std::string each = spec.classes > 0 ? " per class" : "";
  if (spec.switches == 0) return ", one Gaussian" + each;
  return ", " + std::to_string(spec.switches) + " of it choose one of " + std::to_string(1 << spec.switches) +
         " Gaussians" + each;
}

using Json = nlohmann::ordered_json;

struct Options {
  std::string path, json;
};

std::string dims(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const auto d : shape) text += (text.empty() ? "" : " x ") + std::to_string(d);
  return "[" + text + "]";
}

/// Everything that info tells about a model file, under the names that --json uses.
Result<Json> describe(const std::string& path) {
  const auto bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto weights = read_model(*bytes);
  if (!weights) return fail(path + ": " + weights.error().message, weights.error().hint);
  const auto file = parse_safetensors(*bytes);
  if (!file) return fail(path + ": " + file.error().message, file.error().hint);

  Json info;
  info["path"] = path;
  info["role"] = role_name(weights->role);
  info["bytes"] = bytes->size();
  info["sha256"] = hex(sha256(*bytes));
  if (weights->role == Role::kDecoder) info["id"] = hex(model_id(*bytes));
  info["spec"] = Json::parse(to_json(weights->spec), nullptr, false);
  std::int64_t parameters = 0;
  info["tensors"] = Json::array();
  for (const auto& tensor : file->tensors) {
    info["tensors"].push_back({{"name", tensor.name}, {"dtype", dtype_name(tensor.dtype)}, {"shape", tensor.shape}});
  }
  // The file's tensors include the steps of int8 ones, which are no parameters.
  for (const auto& [name, values] : weights->tensors) parameters += static_cast<std::int64_t>(values.size());
  info["parameters"] = parameters;
  info["multiply_adds"] = multiply_adds(layers(weights->spec, weights->role));
  info["metadata"] = weights->metadata;
  return info;
}

/// Text of a file, without the control characters that a terminal would obey.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

void print(const Json& info, const ModelSpec& spec) {
  std::cout << spec.name << ", " << info["role"].get<std::string>() << " of objective " << spec.objective << '\n'
            << "  file           " << info["path"].get<std::string>() << ", " << info["bytes"] << " bytes\n"
            << "  sha256         " << info["sha256"].get<std::string>() << '\n';
  if (info.contains("id")) std::cout << "  id in links    " << info["id"].get<std::string>() << '\n';
  std::cout << "  pictures       " << spec.width << " x " << spec.height << " x " << spec.channels << '\n'
            << "  latent         " << spec.latent << prior_text(spec) << "\n"
            << "  classes        " << spec.classes;
  for (std::size_t i = 0; i < spec.class_names.size(); ++i) std::cout << (i == 0 ? ": " : ", ") << spec.class_names[i];
  std::cout << "\n  parameters     " << info["parameters"] << "\n  multiply-adds  " << info["multiply_adds"]
            << " per sample\n";
  for (const auto& [key, value] : info["metadata"].items())
    std::cout << "  " << printable(key) << "  " << printable(value.get<std::string>()) << '\n';
  std::cout << "  tensors\n";
  for (const auto& tensor : info["tensors"]) {
    std::cout << "    " << tensor["name"].get<std::string>() << "  " << tensor["dtype"].get<std::string>() << ' '
              << dims(tensor["shape"].get<std::vector<std::int64_t>>()) << '\n';
  }
}

/// One file, or each file of a model folder.
Result<std::vector<std::string>> files_of(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector{path};
  const auto model = find_model(path);
  if (!model) return tl::unexpected(model.error());
  std::vector<std::string> files = {model->decoder.string()};
  for (const auto& more : {model->encoder, model->discriminator}) {
    if (more) files.push_back(more->string());
  }
  return files;
}

Result<void> inform(const Options& options) {
  const auto files = files_of(options.path);
  if (!files) return tl::unexpected(files.error());
  Json all = Json::array();
  for (const auto& file : *files) {
    auto info = describe(file);
    if (!info) return tl::unexpected(info.error());
    const auto spec = parse_spec((*info)["spec"].dump());
    if (!spec) return tl::unexpected(spec.error());
    print(*info, *spec);
    all.push_back(std::move(*info));
  }
  if (options.json.empty()) return {};
  return write_file_atomically(options.json, all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("info", "Describe a model file, or every file of a model folder");
  command->add_option("file", options->path, "model file or folder")->required()->type_name("FILE");
  command->add_option("--json", options->json, "also write it as JSON: a list with one entry per file")
      ->type_name("FILE");
  command->callback([options, &action] { action = [options] { return inform(*options); }; });
}

}  // namespace avae::cli
