#include "native/train/run_folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>

#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "native/data/files.hpp"
#include "native/data/png_grid.hpp"
#include "shared/latent/latent.hpp"
#include "shared/model/hash.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kCheckpoint = "checkpoints/latest.safetensors";
constexpr int kRowsWithoutClasses = 8;
constexpr int kSampleColumns = 10;

std::span<const std::uint8_t> bytes_of(const at::Tensor& host) {
  return {static_cast<const std::uint8_t*>(host.const_data_ptr()), host.nbytes()};
}

Error in_file(const fs::path& path, const Error& error) { return {path.string() + ": " + error.message, error.hint}; }

/// The training record that travels in every exported file.
std::string training_record(const Avae& model, const Progress& progress) {
  return ordered_json{{"command", progress.command},
                      {"steps", progress.step},
                      {"images_seen", progress.step * model.options().batch},
                      {"seconds", std::round(progress.seconds)},
                      {"data", progress.data},
                      {"options", ordered_json::parse(to_json(model.options()))}}
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);  // file names may be of any bytes
}

Result<std::vector<std::uint8_t>> exported(const Avae& model, Role role, const Progress& progress, DType dtype) {
  RoleWeights weights = model.published(role).to_weights();
  weights.metadata["avae.train"] = training_record(model, progress);
  return write_model(weights, dtype);
}

/// The roles worth exporting now: a discriminator that has learned nothing yet has nothing to say.
std::vector<Role> roles(const Avae& model, std::int64_t step) {
  std::vector<Role> roles{Role::kDecoder};
  if (model.options().has_encoder()) roles.push_back(Role::kEncoder);
  const bool judges = model.options().objective != Objective::kVae && step > model.options().vae_steps;
  if (judges) roles.push_back(Role::kDiscriminator);
  return roles;
}

/// live.json, or a decoder beside it.
bool is_live_file(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == "live.json" || (name.starts_with("decoder-") && name.ends_with(".safetensors"));
}

/// All of `text` as a finite number that is not negative.
template <typename T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0) ||
      value > std::numeric_limits<T>::max())
    return std::nullopt;
  return value;
}

}  // namespace

bool RunFolder::has_checkpoint() const {
  std::error_code unreadable;  // prepare() says what is wrong
  return fs::exists(fs::path(path_) / kCheckpoint, unreadable);
}

bool RunFolder::has_model() const {
  std::error_code unreadable;
  return fs::exists(fs::path(path_) / "model/decoder.safetensors", unreadable);
}

Result<void> RunFolder::prepare() {
  if (auto made = make_folder(path_); !made) return made;
  auto lock = FolderLock::take(path_);
  if (!lock) return tl::unexpected(lock.error());
  lock_ = std::move(*lock);
  for (const char* folder : {"checkpoints", "samples", "model", "live"})
    if (auto made = make_folder(fs::path(path_) / folder); !made) return made;
  return {};
}

Result<void> RunFolder::save_checkpoint(const Avae& model, const Progress& progress) const {
  std::vector<at::Tensor> hosts;
  std::vector<SafetensorsTensor> tensors;
  for (const auto& [name, tensor] : model.state()) {
    hosts.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    if (!at::isfinite(hosts.back()).all().item<bool>())
      return fail("'" + name + "' holds NaN or Inf at step " + std::to_string(progress.step), diverged_hint());
    tensors.push_back({name, DType::kF32, {tensor.sizes().begin(), tensor.sizes().end()}, bytes_of(hosts.back())});
  }
  const std::map<std::string, std::string> metadata{{"avae.spec", to_json(model.spec())},
                                                    {"avae.checkpoint", "1"},
                                                    {"options", progress.options},
                                                    {"data", progress.data},
                                                    {"command", progress.command},
                                                    {"step", std::to_string(progress.step)},
                                                    {"seconds", std::to_string(progress.seconds)}};
  return write_file_atomically(fs::path(path_) / kCheckpoint, write_safetensors(tensors, metadata));
}

Result<Progress> RunFolder::load_checkpoint(Avae& model, const Progress& expected) const {
  const fs::path file = fs::path(path_) / kCheckpoint;
  const auto bytes = read_file(file);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto parsed = parse_safetensors(*bytes);
  if (!parsed) return tl::unexpected(in_file(file, parsed.error()));
  const auto entry = [&](const char* key) {
    const auto found = parsed->metadata.find(key);
    return found == parsed->metadata.end() ? std::string() : found->second;
  };
  const char* hint = "resume with the options of the first run, or choose another --out";
  if (entry("avae.checkpoint") != "1") return fail(file.string() + " is not a checkpoint of this version", hint);
  if (entry("avae.spec") != to_json(model.spec())) return fail(file.string() + " is of another network", hint);
  if (entry("options") != expected.options) return fail(file.string() + " was trained with other options", hint);
  if (entry("data") != expected.data) return fail(file.string() + " was trained on other data", hint);

  const auto step = parse_number<std::int64_t>(entry("step"));
  const auto seconds = parse_number<double>(entry("seconds"));
  if (!step || !seconds) return fail(file.string() + " does not say at which step it was written", hint);
  Progress progress = expected;

  const auto state = model.state();
  if (state.size() != parsed->tensors.size()) return fail(file.string() + " holds another set of tensors", hint);
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : state) {
    const SafetensorsEntry* stored = parsed->find(name);
    const std::vector<std::int64_t> shape(tensor.sizes().begin(), tensor.sizes().end());
    if (!stored || stored->dtype != DType::kF32 || stored->shape != shape)
      return fail(file.string() + " lacks '" + name + "' in its shape", hint);
  }
  for (const auto& [name, tensor] : state) {
    const SafetensorsEntry* stored = parsed->find(name);
    at::Tensor host = at::empty(tensor.sizes());
    std::copy(stored->data.begin(), stored->data.end(), static_cast<std::uint8_t*>(host.data_ptr()));
    at::Tensor(tensor.detach()).copy_(host);
  }
  progress.seconds = *seconds;
  progress.step = *step;
  return progress;
}

Result<void> RunFolder::append_metrics(const Progress& progress, double images_per_second, std::int64_t batch,
                                       const Losses& losses) const {
  ordered_json line{{"step", progress.step},
                    {"epoch", static_cast<double>(progress.step) / static_cast<double>(progress.steps_per_epoch)},
                    {"images_seen", progress.step * batch},
                    {"seconds", progress.seconds},
                    {"images_per_second", images_per_second}};
  for (const auto& [name, value] : losses) line["losses"][name] = value.item<double>();
  const fs::path file = fs::path(path_) / "metrics.jsonl";
  std::ofstream out(file, std::ios::app);
  out << line.dump() << '\n' << std::flush;
  if (!out) return fail("cannot write " + file.string(), "is the disk full or read-only?");
  return {};
}

Result<void> RunFolder::rewind_metrics(std::int64_t step) const {
  const fs::path file = fs::path(path_) / "metrics.jsonl";
  std::ifstream in(file);
  if (!in) return {};
  std::string kept, line;
  while (std::getline(in, line)) {
    const auto json = ordered_json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("step") && json["step"].is_number_integer() && json["step"] <= step)
      kept += line + "\n";
  }
  return write_file_atomically(file, kept);
}

Result<void> RunFolder::start_over() const {
  if (auto cleared = rewind_metrics(0); !cleared) return cleared;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::path(path_) / "live", ignored))
    if (is_live_file(entry.path())) fs::remove(entry.path(), ignored);
  return {};
}

std::string RunFolder::diverged_hint() const {
  return std::string(has_checkpoint() ? "the last good checkpoint is kept; " : "") +
         "start again in another --out with a lower --learning-rate";
}

Result<void> RunFolder::export_model(const Avae& model, const Progress& progress) const {
  for (const Role role : roles(model, progress.step)) {
    const auto bytes = exported(model, role, progress, weights_);
    if (!bytes) return tl::unexpected(bytes.error());
    const fs::path file = fs::path(path_) / "model" / (std::string(role_name(role)) + ".safetensors");
    if (auto written = write_file_atomically(file, *bytes); !written) return written;
  }
  return {};
}

Result<void> RunFolder::save_samples(const Avae& model, std::int64_t epoch) const {
  const ModelSpec& spec = model.spec();
  const int rows = spec.classes > 0 ? std::min(spec.classes, 16) : kRowsWithoutClasses;
  std::vector<Latent> latents;
  std::vector<ClassMix> mixes;
  for (int i = 0; i < rows * kSampleColumns; ++i) {
    latents.push_back(random_latent(static_cast<std::uint64_t>(i % kSampleColumns + (spec.classes > 0 ? 0 : i)),
                                    spec.latent, 100, spec.switches));
    mixes.push_back(one_class(spec.classes, i / kSampleColumns));
  }
  const auto pixels = decode_latents(model.published(Role::kDecoder), spec, model.device(), latents, mixes);
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "epoch-%04lld.png", static_cast<long long>(epoch));
  return write_grid_png(fs::path(path_) / "samples" / name.data(), pixels, spec.height, spec.width, spec.channels,
                        {.columns = kSampleColumns, .scale = spec.height < 64 ? 2 : 1, .gap = 2});
}

Result<void> RunFolder::publish_live(const Avae& model, const Progress& progress, std::int64_t batch, bool done) const {
  const auto bytes = exported(model, Role::kDecoder, progress, weights_);
  if (!bytes) return tl::unexpected(bytes.error());
  const fs::path folder = fs::path(path_) / "live";
  const std::string name = "decoder-" + std::to_string(progress.step) + ".safetensors";
  if (auto written = write_file_atomically(folder / name, *bytes); !written) return written;
  const ordered_json live{{"version", 1},
                          {"step", progress.step},
                          {"epoch", static_cast<double>(progress.step) / static_cast<double>(progress.steps_per_epoch)},
                          {"images_seen", progress.step * batch},
                          {"decoder", name},
                          {"sha256", hex(sha256(*bytes))},
                          {"bytes", bytes->size()},
                          {"done", done}};
  if (auto written = write_file_atomically(folder / "live.json", live.dump()); !written) return written;
  // A page may still be fetching the decoders named before this one.
  std::vector<std::pair<std::int64_t, fs::path>> decoders;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!is_live_file(entry.path()) || entry.path().extension() != ".safetensors") continue;
    decoders.emplace_back(std::strtoll(entry.path().filename().c_str() + 8, nullptr, 10), entry.path());
  }
  // Decoders of later steps are of a sitting that was lost.
  std::erase_if(decoders, [&](const auto& decoder) {
    if (decoder.first > progress.step) fs::remove(decoder.second, ignored);
    return decoder.first > progress.step;
  });
  std::sort(decoders.begin(), decoders.end());
  for (std::size_t i = 0; i + 3 < decoders.size(); ++i) fs::remove(decoders[i].second, ignored);
  return {};
}

std::vector<std::uint8_t> decode_latents(const Net& decoder, const ModelSpec& spec, at::Device device,
                                         const std::vector<std::vector<std::int8_t>>& latents,
                                         const std::vector<std::vector<std::uint8_t>>& mixes) {
  const at::NoGradGuard no_grad;
  const auto n = static_cast<std::int64_t>(latents.size());
  at::Tensor u = at::empty({n, spec.latent});
  at::Tensor mix = spec.classes > 0 ? at::empty({n, spec.classes}) : at::Tensor();
  for (std::int64_t i = 0; i < n; ++i) {
    const auto index = static_cast<std::size_t>(i);
    dequantise(latents[index], {u.data_ptr<float>() + i * spec.latent, static_cast<std::size_t>(spec.latent)});
    if (spec.classes > 0)
      normalise_mix(mixes[index], {mix.data_ptr<float>() + i * spec.classes, static_cast<std::size_t>(spec.classes)});
  }
  const at::Tensor out = decoder.forward(u.to(device), mix.defined() ? mix.to(device) : mix);
  const at::Tensor nhwc =
      out.permute({0, 2, 3, 1}).mul(255).add(0.5).clamp(0, 255).to(at::kByte).to(at::kCPU).contiguous();
  const auto* data = nhwc.const_data_ptr<std::uint8_t>();
  return {data, data + nhwc.numel()};
}

}  // namespace avae
