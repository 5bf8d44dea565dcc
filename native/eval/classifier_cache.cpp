#include "native/eval/classifier_cache.hpp"

#include <cstdlib>
#include <span>
#include <utility>

#include "native/data/files.hpp"
#include "native/train/trainer.hpp"
#include "shared/model/hash.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;

fs::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// One name per training split and recipe.
fs::path file_of(const std::string& data) {
  const std::string key = data + " recipe " + kClassifierRecipe;
  const auto hash = sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
  return classifier_folder() / (hex(std::span(hash).first(8)) + ".safetensors");
}

}  // namespace

fs::path classifier_folder() {
  if (const fs::path own = variable("AVAE_CACHE"); !own.empty()) return own / "classifiers";
  const fs::path cache = variable("XDG_CACHE_HOME");
  return (cache.empty() ? variable("HOME") / ".cache" : cache) / "avae/classifiers";
}

CachedClassifier cached_classifier(const Dataset& train, at::Device device,
                                   const std::function<void(double fraction)>& report) {
  const std::string data = fingerprint(train);
  const fs::path file = file_of(data);
  std::string note;
  std::error_code error;
  if (fs::exists(file, error)) {
    Classifier classifier(train.height, train.width, train.channels, train.classes, device, 0);
    const auto bytes = read_file(file);
    const Result<void> loaded = bytes ? classifier.load(*bytes, data) : tl::unexpected(bytes.error());
    if (loaded) return {std::move(classifier), hex(sha256(*bytes)), {}};
    note = "the cached classifier " + file.string() + " cannot be used (" + loaded.error().message +
           ") and was trained again";
  }
  Classifier classifier = train_classifier(train, {.device = device}, report);
  const auto bytes = classifier.to_bytes(data);
  Result<void> kept = make_folder(file.parent_path());
  if (kept) kept = write_file_atomically(file, bytes);
  if (!kept) note = "the classifier is not kept for next time (" + kept.error().message + ")";
  return {std::move(classifier), hex(sha256(bytes)), note};
}

}  // namespace avae
