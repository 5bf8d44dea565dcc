// CIFAR's binary version: records of one (CIFAR-10) or two (CIFAR-100) label bytes, then 32 x 32 pictures stored plane
// by plane.
#include <array>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "native/data/files.hpp"
#include "native/data/sources.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;

constexpr int kSide = 32;
constexpr std::size_t kPlane = kSide * kSide;

/// What distinguishes the two sets.
struct Kind {
  fs::path folder;
  std::size_t label_bytes;  ///< the last of them is the class
  int classes;
  const char* names_file;
  std::vector<const char*> train_files;
  const char* test_file;
};

std::optional<Kind> find_kind(const fs::path& folder) {
  std::error_code error;
  for (const char* inner : {"", "cifar-10-batches-bin", "cifar-100-binary"}) {
    const fs::path at = *inner ? folder / inner : folder;
    if (fs::exists(at / "data_batch_1.bin", error) || fs::exists(at / "test_batch.bin", error)) {
      return Kind{at,
                  1,
                  10,
                  "batches.meta.txt",
                  {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
                  "test_batch.bin"};
    }
    if (fs::exists(at / "train.bin", error) && fs::exists(at / "fine_label_names.txt", error)) {
      return Kind{at, 2, 100, "fine_label_names.txt", {"train.bin"}, "test.bin"};
    }
  }
  return std::nullopt;
}

Result<void> append_file(Dataset& set, const Kind& kind, const char* name) {
  const fs::path path = kind.folder / name;
  const auto bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::size_t record = kind.label_bytes + 3 * kPlane;
  if (bytes->empty() || bytes->size() % record != 0) {
    return fail(path.string() + " is truncated: " + std::to_string(bytes->size()) + " bytes are not whole records of " +
                    std::to_string(record),
                "fetch the binary version of the set again");
  }
  for (std::size_t at = 0; at < bytes->size(); at += record) {
    set.labels.push_back((*bytes)[at + kind.label_bytes - 1]);
    const std::uint8_t* planes = bytes->data() + at + kind.label_bytes;
    for (std::size_t i = 0; i < kPlane; ++i) {
      for (std::size_t c = 0; c < 3; ++c) set.pixels.push_back(planes[c * kPlane + i]);
    }
  }
  return {};
}

/// The names beside the pictures, or none if the file is missing or lists another number.
std::vector<std::string> read_names(const Kind& kind) {
  const auto bytes = read_file(kind.folder / kind.names_file);
  if (!bytes) return {};
  std::istringstream text(std::string(bytes->begin(), bytes->end()));
  std::vector<std::string> names;
  for (std::string name; text >> name;) names.push_back(name);
  if (names.size() != static_cast<std::size_t>(kind.classes)) return {};
  return names;
}

}  // namespace

bool is_cifar_folder(const fs::path& folder) { return find_kind(folder).has_value(); }

Result<Dataset> load_cifar_folder(const fs::path& folder, Split split) {
  const Kind kind = *find_kind(folder);
  Dataset set;
  set.height = set.width = kSide;
  set.channels = 3;
  set.classes = kind.classes;
  set.class_names = read_names(kind);
  std::vector<const char*> files;
  if (split != Split::kTest) files = kind.train_files;
  if (split != Split::kTrain) files.push_back(kind.test_file);
  for (const char* name : files) {
    if (const auto done = append_file(set, kind, name); !done) return tl::unexpected(done.error());
  }
  return set;
}

}  // namespace avae
