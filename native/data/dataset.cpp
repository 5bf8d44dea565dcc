#include "native/data/dataset.hpp"

#include <cstdlib>
#include <filesystem>
#include <span>
#include <utility>

#include "native/data/idx.hpp"
#include "native/data/image.hpp"
#include "native/data/sources.hpp"
#include "shared/model/hash.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;

Result<Dataset> load_fashion_mnist(Split split) {
  std::error_code error;
  fs::path folder = "/usr/share/datasets/fashion-mnist";
  if (!fs::is_directory(folder, error)) {
    const char* data = std::getenv("AVAE_DATA");
    if (data == nullptr) {
      return fail("no Fashion-MNIST in /usr/share/datasets",
                  "install dataset-fashion-mnist, or put a folder fashion-mnist with its four files into $AVAE_DATA");
    }
    folder = fs::path(data) / "fashion-mnist";
    if (!fs::is_directory(folder, error))
      return fail("no Fashion-MNIST in " + folder.string(), "put its four .gz files there");
  }
  auto set = load_idx_folder(folder, split);
  if (set) {
    set->classes = 10;
    set->class_names = {"t-shirt", "trouser", "pullover", "dress", "coat",
                        "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
  }
  return set;
}

Result<Dataset> load_any(const std::string& source, Split split, const DataOptions& options) {
  if (source == "fashion-mnist") return load_fashion_mnist(split);
  std::error_code error;
  const fs::file_status status = fs::status(source, error);
  if (!fs::exists(status))
    return fail("no data set at " + source, "give fashion-mnist, a folder of pictures, or an IDX file");
  if (!fs::is_directory(status)) {
    if (is_image_name(source)) return fail(source + " is one picture", "give the folder that it is in");
    const auto whole = load_idx_set(source);
    return whole ? hold_out(*whole, split) : whole;
  }
  if (is_idx_folder(source)) return load_idx_folder(source, split);
  if (is_cifar_folder(source)) return load_cifar_folder(source, split);
  return load_image_folder(source, split, options);
}

/// Size and channels, for the sources that do not see to it themselves.
void convert(Dataset& set, const DataOptions& options) {
  const int height = options.size > 0 ? options.size : set.height;
  const int width = options.size > 0 ? options.size : set.width;
  const int channels = options.channels > 0 ? options.channels : set.channels;
  if (height == set.height && width == set.width && channels == set.channels) return;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(set.size() * static_cast<std::size_t>(height) * width * channels);
  const std::size_t bytes = set.picture_bytes();
  for (auto from = set.pixels.begin(); from != set.pixels.end(); from += static_cast<std::ptrdiff_t>(bytes)) {
    const Image image{set.height, set.width, set.channels, {from, from + static_cast<std::ptrdiff_t>(bytes)}};
    const Image fitted = fit_image(with_channels(image, channels), height, width);
    pixels.insert(pixels.end(), fitted.pixels.begin(), fitted.pixels.end());
  }
  set.height = height;
  set.width = width;
  set.channels = channels;
  set.pixels = std::move(pixels);
}

Result<void> settle_classes(Dataset& set, int wanted) {
  if (set.labels.empty()) {
    if (wanted > 0)
      return fail("the pictures have no labels, " + std::to_string(wanted) + " classes were expected",
                  "give the labels too");
    set.classes = 0;
    set.class_names.clear();
    return {};
  }
  if (wanted > 0) set.classes = wanted;
  // One class says nothing: the set is unlabelled.
  if (set.classes == 1) {
    set.classes = 0;
    set.class_names.clear();
    set.labels.clear();
  }
  for (std::size_t i = 0; i < set.labels.size(); ++i) {
    if (set.labels[i] >= set.classes) {
      return fail("label " + std::to_string(set.labels[i]) + " of picture " + std::to_string(i) + " is not below " +
                      std::to_string(set.classes) + " classes",
                  "the labels belong to another set or are damaged");
    }
  }
  if (set.class_names.size() != static_cast<std::size_t>(set.classes)) set.class_names.clear();
  return {};
}

}  // namespace

bool held_out(std::string_view name) {
  const auto digest = sha256(std::span(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
  return (digest[0] << 8 | digest[1]) % 10 == 0;
}

Dataset hold_out(const Dataset& whole, Split split) {
  if (split == Split::kAll) return whole;
  Dataset part = whole;
  part.pixels.clear();
  part.labels.clear();
  const std::size_t bytes = whole.picture_bytes();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (held_out(std::to_string(i)) != (split == Split::kTest)) continue;
    const auto from = whole.pixels.begin() + static_cast<std::ptrdiff_t>(i * bytes);
    part.pixels.insert(part.pixels.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
    if (!whole.labels.empty()) part.labels.push_back(whole.labels[i]);
  }
  return part;
}

Result<Dataset> join(Dataset set, const Dataset& more) {
  if (set.height != more.height || set.width != more.width || set.channels != more.channels) {
    return fail("train and test pictures have different sizes", "use files of one set");
  }
  set.pixels.insert(set.pixels.end(), more.pixels.begin(), more.pixels.end());
  set.labels.insert(set.labels.end(), more.labels.begin(), more.labels.end());
  set.classes = std::max(set.classes, more.classes);
  return set;
}

Result<Dataset> load_dataset(const std::string& source, Split split, const DataOptions& options) {
  if (options.size != 0 && (options.size < 4 || options.size > 256)) {
    return fail("size " + std::to_string(options.size) + " is out of range", "use 4 to 256");
  }
  if (options.channels != 0 && options.channels != 1 && options.channels != 3) {
    return fail(std::to_string(options.channels) + " channels are not supported", "use 1 (grey) or 3 (RGB)");
  }
  auto set = load_any(source, split, options);
  if (!set) return set;
  if (set->size() == 0) {
    return fail("the " + std::string(split == Split::kTest ? "test" : "training") + " split of " + source + " is empty",
                "give more pictures");
  }
  if (const auto done = settle_classes(*set, options.classes); !done) return tl::unexpected(done.error());
  convert(*set, options);
  return set;
}

}  // namespace avae
