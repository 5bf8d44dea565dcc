// Labelled pictures in memory, read from the formats that data sets come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

/// N pictures of one shape, with or without labels.
struct Dataset {
  int height = 0;                        ///< H
  int width = 0;                         ///< W
  int channels = 0;                      ///< C, 1 (grey) or 3 (RGB)
  int classes = 0;                       ///< K, 0 (no labels) or 2..256
  std::vector<std::string> class_names;  ///< K names, or empty when the source has none
  std::vector<std::uint8_t> pixels;      ///< [N, H, W, C], 0..255
  std::vector<std::uint8_t> labels;      ///< [N], each below K; empty when K = 0

  std::size_t picture_bytes() const { return static_cast<std::size_t>(height) * width * channels; }
  std::size_t size() const { return picture_bytes() == 0 ? 0 : pixels.size() / picture_bytes(); }  ///< N
};

/// kAll is both splits. A source without a test split holds out a fixed tenth of its pictures (chosen by file name, or
/// by position).
enum class Split : std::uint8_t { kTrain, kTest, kAll };

struct DataOptions {
  int size = 0;  ///< 4..256: centre-crop to a square and resize to size x size by area average; 0 keeps the pictures as
                 ///< they are
  int channels = 0;  ///< 1 or 3: convert; 0 keeps the files' (a folder with any colour picture is RGB)
  int classes = 0;   ///< K that labels must stay below; 0 takes it from the labels or the sub-folders
};

/// Reads a split of `source`, which is one of
/// * "fashion-mnist": looked for in /usr/share/datasets, then in $AVAE_DATA;
/// * a folder of IDX files with MNIST's names (train-images-idx3-ubyte, t10k-labels-idx1-ubyte, ...), gzipped or not;
/// * an IDX images file [N, H, W] or [N, H, W, C], with labels from F.labels or from MNIST's name for them, if there;
/// * a CIFAR folder: the binary version of CIFAR-10 or CIFAR-100 (fine labels);
/// * a folder of PNG, JPEG and BMP pictures: sub-folders are classes, sorted by name; train/ and test/ above them are
///   the splits. Transparent pictures are laid on white.
///
/// A set whose pictures are all of one class is unlabelled. Errors, each with a hint: nothing there or unknown kind,
/// file missing or truncated, wrong IDX magic, damaged gzip, labels of another count, beyond `classes` or that leave
/// out most numbers below the largest, sizes that differ and no `size`, a picture that cannot be read (named), an empty
/// split.
Result<Dataset> load_dataset(const std::string& source, Split split, const DataOptions& options = {});

}  // namespace avae
