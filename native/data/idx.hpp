// IDX files (LeCun's MNIST format), gzipped or not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "native/data/dataset.hpp"

namespace avae {

/// An IDX file of unsigned bytes.
struct IdxFile {
  std::vector<std::uint32_t> dimensions;  ///< 1..4 of them, the first is N
  std::vector<std::uint8_t> values;       ///< their product
};

/// Reads a file, inflating it if it starts as gzip does. Errors: as read_file and inflate_gzip, wrong magic, not
/// unsigned bytes, truncated, bytes after the end.
Result<IdxFile> read_idx(const std::filesystem::path& path);

/// Pictures [N, H, W] (C = 1) or [N, H, W, C], as magic 0x0803 or 0x0804. Written atomically.
Result<void> write_idx_images(const std::filesystem::path& path, std::span<const std::uint8_t> pixels, int height,
                              int width, int channels);
/// Labels [N], magic 0x0801. Written atomically.
Result<void> write_idx_labels(const std::filesystem::path& path, std::span<const std::uint8_t> labels);

/// Pictures to `path` and labels [N], if there are any, to path.labels, where load_idx_file() finds them. Labels that
/// were there before never stand beside other pictures, also when this fails half-way.
Result<void> write_idx_set(const std::filesystem::path& path, std::span<const std::uint8_t> pixels, int height,
                           int width, int channels, std::span<const std::uint8_t> labels);

/// Pictures of one images file, whatever lies beside it. Errors: as read_idx(), not 3 or 4 dimensions, another number
/// of channels than 1 or 3, no pictures.
Result<Dataset> load_idx_pictures(const std::filesystem::path& images);
/// Pictures of one images file with the labels beside it, if any (see load_dataset).
Result<Dataset> load_idx_file(const std::filesystem::path& images);

}  // namespace avae
