// One reader per kind of data set; load_dataset() chooses among them.
#pragma once

#include <filesystem>
#include <string_view>

#include "native/data/dataset.hpp"

namespace avae {

/// Whether a picture of this name is in the tenth held out for testing.
bool held_out(std::string_view name);

/// Keeps the pictures of `split` of a set that has no test split: by position.
Dataset hold_out(const Dataset& whole, Split split);

/// The pictures of `more` after those of `set`. Error: another shape or number of classes.
Result<Dataset> join(Dataset set, const Dataset& more);

bool is_idx_folder(const std::filesystem::path& folder);
/// K is that of both splits. Error, besides those of reading: labels that leave out most numbers below the largest.
Result<Dataset> load_idx_folder(const std::filesystem::path& folder, Split split);
/// load_idx_file() of a whole set, with K checked likewise.
Result<Dataset> load_idx_set(const std::filesystem::path& images);

bool is_cifar_folder(const std::filesystem::path& folder);
Result<Dataset> load_cifar_folder(const std::filesystem::path& folder, Split split);

/// Reads, and applies size and channels picture by picture.
Result<Dataset> load_image_folder(const std::filesystem::path& folder, Split split, const DataOptions& options);

}  // namespace avae
