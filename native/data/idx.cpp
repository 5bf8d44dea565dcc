#include "native/data/idx.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "native/data/files.hpp"
#include "native/data/gzip.hpp"
#include "native/data/sources.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t kUnsignedBytes = 0x08;
const char* const kDamaged = "the file is incomplete or damaged, fetch it again";

/// The path or the path with .gz, whichever is there.
std::optional<fs::path> with_or_without_gz(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return path;
  fs::path zipped = path;
  zipped += ".gz";
  if (fs::is_regular_file(zipped, error)) return zipped;
  return std::nullopt;
}

/// MNIST's file of one kind ("images", "labels") and split ("train", "t10k"), in either spelling.
std::optional<fs::path> find_part(const fs::path& folder, const std::string& split, const std::string& kind) {
  const std::string rank = kind == "images" ? "idx3" : "idx1";
  for (const char* separator : {"-", "."}) {
    if (auto path = with_or_without_gz(folder / (split + "-" + kind + separator + rank + "-ubyte"))) return path;
  }
  return std::nullopt;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (const auto at = text.rfind(from); at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

std::optional<fs::path> labels_beside(const fs::path& images) {
  fs::path plain = images;
  if (plain.extension() == ".gz") plain.replace_extension();
  for (const fs::path& base : {images, plain}) {
    if (auto path = with_or_without_gz(base.string() + ".labels")) return path;
  }
  const std::string name = plain.filename().string();
  const std::string labels = replaced(replaced(name, "images", "labels"), "idx3", "idx1");
  return labels == name ? std::nullopt : with_or_without_gz(plain.parent_path() / labels);
}

Result<std::vector<std::uint8_t>> read_labels(const fs::path& path) {
  auto file = read_idx(path);
  if (!file) return tl::unexpected(file.error());
  if (file->dimensions.size() != 1) {
    return fail(path.string() + " has IDX magic 080" + std::to_string(file->dimensions.size()) + ", labels have 0801",
                "name the labels file");
  }
  return std::move(file->values);
}

Result<Dataset> with_labels(Dataset set, const fs::path& labels_path) {
  auto labels = read_labels(labels_path);
  if (!labels) return tl::unexpected(labels.error());
  if (labels->size() != set.size()) {
    return fail(labels_path.string() + " has " + std::to_string(labels->size()) + " labels for " +
                    std::to_string(set.size()) + " pictures",
                "the two files belong to different sets");
  }
  set.labels = std::move(*labels);
  set.classes = *std::max_element(set.labels.begin(), set.labels.end()) + 1;
  return set;
}

/// K of a set whose only word on its classes is its labels, all of them in `labels`: 1 where they are all the same.
Result<int> count_classes(std::span<const std::uint8_t> labels, const fs::path& source) {
  const std::set<int> different(labels.begin(), labels.end());
  const auto found = static_cast<int>(different.size());
  if (found == 1) return 1;
  const int classes = *different.rbegin() + 1;
  // Some sets begin at 1 or lack a class; but labels that leave out most are not numbers of classes.
  if (classes > 2 * found)
    return fail("the labels of " + source.string() + " go up to " + std::to_string(classes - 1) +
                    ", though there are " + std::to_string(found) + " different ones",
                "number the classes 0, 1, 2, ..., or fetch the labels again if they are damaged");
  return classes;
}

/// Both files of one split; `split` is "train" or "t10k".
Result<Dataset> load_pair(const fs::path& folder, const std::string& split) {
  const auto images = find_part(folder, split, "images");
  if (!images) return fail("no " + split + "-images-idx3-ubyte or .gz in " + folder.string(), "fetch the missing file");
  const auto labels = find_part(folder, split, "labels");
  if (!labels) {
    return fail("no " + split + "-labels-idx1-ubyte or .gz in " + folder.string(),
                "fetch it, or name the images file itself to use it without labels");
  }
  auto set = load_idx_pictures(*images);
  if (!set) return set;
  return with_labels(std::move(*set), *labels);
}

Result<void> write_idx(const fs::path& path, std::span<const std::uint32_t> dimensions,
                       std::span<const std::uint8_t> values) {
  std::vector<std::uint8_t> bytes = {0, 0, kUnsignedBytes, static_cast<std::uint8_t>(dimensions.size())};
  for (const std::uint32_t d : dimensions) {
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(d >> shift));
  }
  bytes.insert(bytes.end(), values.begin(), values.end());
  return write_file_atomically(path, bytes);
}

}  // namespace

Result<IdxFile> read_idx(const fs::path& path) {
  auto bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::string name = path.string();
  if (is_gzip(*bytes)) {
    bytes = inflate_gzip(*bytes);
    if (!bytes) return fail(name + ": " + bytes.error().message, bytes.error().hint);
  }
  if (bytes->size() < 4) return fail(name + " is too short for an IDX file", kDamaged);
  const auto& b = *bytes;
  if (b[0] != 0 || b[1] != 0 || b[3] < 1 || b[3] > 4)
    return fail(name + " is not an IDX file (wrong magic)", "give an IDX file or a folder of pictures");
  if (b[2] != kUnsignedBytes)
    return fail(name + " holds IDX values other than unsigned bytes", "convert them to unsigned bytes");
  IdxFile file;
  const std::size_t header = 4 + 4 * std::size_t{b[3]};
  if (b.size() < header) return fail(name + " is truncated in its header", kDamaged);
  std::uint64_t count = 1;
  for (std::size_t at = 4; at < header; at += 4) {
    file.dimensions.push_back(static_cast<std::uint32_t>(b[at]) << 24 | b[at + 1] << 16 | b[at + 2] << 8 | b[at + 3]);
    if (__builtin_mul_overflow(count, std::uint64_t{file.dimensions.back()}, &count))
      count = std::numeric_limits<std::uint64_t>::max();  // no file has so many
  }
  const std::uint64_t have = b.size() - header;
  if (have != count) {
    return fail(name + (have < count ? " is truncated: " : " has bytes after its end: ") + std::to_string(have) +
                    " bytes of data where its header says " + std::to_string(count),
                kDamaged);
  }
  bytes->erase(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(header));
  file.values = std::move(*bytes);
  return file;
}

Result<void> write_idx_images(const fs::path& path, std::span<const std::uint8_t> pixels, int height, int width,
                              int channels) {
  const std::size_t picture = static_cast<std::size_t>(height) * width * channels;
  const std::array<std::uint32_t, 4> dimensions = {
      static_cast<std::uint32_t>(pixels.size() / picture), static_cast<std::uint32_t>(height),
      static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(channels)};
  return write_idx(path, std::span(dimensions).first(channels == 1 ? 3 : 4), pixels);
}

Result<void> write_idx_labels(const fs::path& path, std::span<const std::uint8_t> labels) {
  const auto count = static_cast<std::uint32_t>(labels.size());
  return write_idx(path, std::span(&count, 1), labels);
}

Result<void> write_idx_set(const fs::path& path, std::span<const std::uint8_t> pixels, int height, int width,
                           int channels, std::span<const std::uint8_t> labels) {
  fs::path beside = path;
  beside += ".labels";
  if (auto writable = check_writable(path); !writable) return writable;
  if (!labels.empty()) {
    if (auto writable = check_writable(beside); !writable) return writable;
  }
  std::error_code error;
  fs::remove(beside, error);
  if (error) return fail("cannot replace " + beside.string() + ", " + error.message(), "move it away");
  if (auto done = write_idx_images(path, pixels, height, width, channels); !done) return done;
  return labels.empty() ? Result<void>{} : write_idx_labels(beside, labels);
}

Result<Dataset> load_idx_pictures(const fs::path& path) {
  auto file = read_idx(path);
  if (!file) return tl::unexpected(file.error());
  const auto& dimensions = file->dimensions;
  if (dimensions.size() < 3) {
    return fail(
        path.string() + " has IDX magic 080" + std::to_string(dimensions.size()) + ", pictures have 0803 or 0804",
        "name the images file");
  }
  Dataset set;
  set.channels = dimensions.size() == 4 ? static_cast<int>(std::min(dimensions[3], 256u)) : 1;
  if (set.channels != 1 && set.channels != 3) {
    return fail(path.string() + " has " + std::to_string(dimensions[3]) + " channels", "only 1 and 3 are supported");
  }
  if (std::max(dimensions[1], dimensions[2]) > 65535)
    return fail(path.string() + " has pictures of more than 65535 pixels a side", kDamaged);
  if (file->values.empty()) return fail(path.string() + " holds no pictures", "choose another file");
  set.height = static_cast<int>(dimensions[1]);
  set.width = static_cast<int>(dimensions[2]);
  set.pixels = std::move(file->values);
  return set;
}

Result<Dataset> load_idx_set(const fs::path& images) {
  auto set = load_idx_file(images);
  if (!set || set->labels.empty()) return set;
  const auto classes = count_classes(set->labels, images);
  if (!classes) return tl::unexpected(classes.error());
  set->classes = *classes;
  return set;
}

Result<Dataset> load_idx_file(const fs::path& images) {
  auto set = load_idx_pictures(images);
  if (!set) return set;
  const auto labels = labels_beside(images);
  return labels ? with_labels(std::move(*set), *labels) : std::move(set);
}

bool is_idx_folder(const fs::path& folder) {
  return find_part(folder, "train", "images") || find_part(folder, "t10k", "images") ||
         find_part(folder, "train", "labels");
}

Result<Dataset> load_idx_folder(const fs::path& folder, Split split) {
  const bool has_test = find_part(folder, "t10k", "images").has_value();
  auto set = load_pair(folder, split == Split::kTest && has_test ? "t10k" : "train");
  if (!set) return set;
  // A class may be absent from one split: both must agree on K.
  std::vector<std::uint8_t> labels = set->labels;
  if (split == Split::kAll && has_test) {
    const auto test = load_pair(folder, "t10k");
    if (!test) return test;
    set = join(std::move(*set), *test);
    if (!set) return set;
    labels = set->labels;
  } else if (const auto path = find_part(folder, split == Split::kTest ? "train" : "t10k", "labels")) {
    const auto others = read_labels(*path);
    if (!others) return tl::unexpected(others.error());
    labels.insert(labels.end(), others->begin(), others->end());
  }
  const auto classes = count_classes(labels, folder);
  if (!classes) return tl::unexpected(classes.error());
  set->classes = *classes;
  return has_test ? set : hold_out(*set, split);
}

}  // namespace avae
