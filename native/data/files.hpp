// Whole files in and out, so that a failure never leaves half a file in place of a good one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

/// The bytes of a regular file. Errors: missing, a folder, not permitted, read error.
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path);

/// Writes beside `path`, syncs, and renames over it: readers see the old file or the new one. The folder must exist.
/// Errors (the old file stays, the temporary one is removed): no such folder, full disk, read-only, not permitted.
Result<void> write_file_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Whether write_file_atomically() could begin, for those who have long work before it. Nothing is left or changed.
/// Errors: its own, but for a disk that fills up.
Result<void> check_writable(const std::filesystem::path& path);

/// Writes a file that was not there before: `path`, or when that is taken the first free one of "name-2.ext",
/// "name-3.ext", …; nothing is ever replaced. Returns which. The folder must exist. Errors (no file is left): as
/// write_file_atomically(), and more than 9999 files of that name.
Result<std::filesystem::path> write_new_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

/// Makes `path` and its parents; fine when it is there. Errors: a file is in the way, read-only, not permitted, full
/// disk.
Result<void> make_folder(const std::filesystem::path& path);

/// Keeps a folder from others that take it too, in whichever process; ends with this or with the process.
class FolderLock {
 public:
  /// Holds nothing.
  FolderLock() = default;
  /// `path` is a folder. Error: somebody else holds it.
  static Result<FolderLock> take(const std::filesystem::path& path);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  int descriptor_ = -1;
};

}  // namespace avae
