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

/// Makes `path` and its parents; fine when it is there. Errors: a file is in the way, read-only, not permitted, full
/// disk.
Result<void> make_folder(const std::filesystem::path& path);

}  // namespace avae
