// What a training run leaves on disk: checkpoint, metrics, sample grids, exported model, live decoder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/data/files.hpp"
#include "native/train/avae.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

/// Where a run stands and what it was started with; all of it is kept in the checkpoint.
struct Progress {
  std::int64_t step = 0;  ///< optimiser steps done
  double seconds = 0;     ///< time spent training, all sittings together
  std::string options;    ///< to_json(TrainOptions)
  std::string data;       ///< fingerprint of the data set
  std::string command;    ///< the command line, for the record
  std::int64_t steps_per_epoch = 1;
};

/// RUN/: every file is written under another name and renamed, so an interrupted write leaves the last good one.
class RunFolder {
 public:
  /// `weights` is what exported models hold: see write_model().
  explicit RunFolder(std::string path, DType weights = DType::kI8) : path_(std::move(path)), weights_(weights) {}

  const std::string& path() const { return path_; }
  bool has_checkpoint() const;
  /// A run has exported a model here, whether or not its checkpoint is still there.
  bool has_model() const;
  /// Makes RUN/ and its sub-folders, and holds them from now on. Errors: cannot be made or written, held by another.
  Result<void> prepare();

  /// RUN/checkpoints/latest.safetensors. Refuses to write weights that are not finite.
  Result<void> save_checkpoint(const Avae& model, const Progress& progress) const;
  /// Restores `model` and returns where it stood. Errors: no checkpoint, damaged, another spec, options or data.
  Result<Progress> load_checkpoint(Avae& model, const Progress& expected) const;

  /// One line of RUN/metrics.jsonl. Errors: disk full and so on.
  Result<void> append_metrics(const Progress& progress, double images_per_second, std::int64_t batch,
                              const Losses& losses) const;
  /// Clears metrics and live decoders that a sitting has left which died before its first checkpoint.
  Result<void> start_over() const;
  /// What to do once weights or losses are NaN or Inf.
  std::string diverged_hint() const;
  /// Drops lines of steps behind `step`, which a resumed run will write again.
  Result<void> rewind_metrics(std::int64_t step) const;

  /// RUN/model/{decoder,encoder,discriminator}.safetensors; the discriminator once it has learned.
  Result<void> export_model(const Avae& model, const Progress& progress) const;
  /// RUN/samples/epoch-NNNN.png: a row per class (or 8 rows), the same latents every time.
  Result<void> save_samples(const Avae& model, std::int64_t epoch) const;
  /// RUN/live/: the decoder a page swaps in, and live.json naming it. Keeps the two before it.
  Result<void> publish_live(const Avae& model, const Progress& progress, std::int64_t batch, bool done) const;

 private:
  std::string path_;
  DType weights_;
  FolderLock lock_;
};

/// Pictures of quantised latents, as the page would show them: uint8 [N, H, W, C]. latents [N][Z], mixes [N][K].
std::vector<std::uint8_t> decode_latents(const Net& decoder, const ModelSpec& spec, at::Device device,
                                         const std::vector<std::vector<std::int8_t>>& latents,
                                         const std::vector<std::vector<std::uint8_t>>& mixes);

}  // namespace avae
