// The training loop: data in, a run folder out.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "native/data/dataset.hpp"
#include "native/train/avae.hpp"
#include "native/train/run_folder.hpp"
#include "shared/model/result.hpp"

namespace c10 {
class Error;
}

namespace avae {

struct RunOptions {
  std::string out;         ///< RUN/
  std::string command;     ///< for the record
  int epochs = 20;         ///< used when minutes is 0
  double minutes = 0;      ///< time to train, earlier sittings included; the learning rate then follows the clock
  std::int64_t steps = 0;  ///< stop after so many steps in all, for tests; 0: no limit
  bool resume = false;
  DType weights = DType::kI8;  ///< of exported models: see write_model()
  bool graphs = false;         ///< replay steps as CUDA graphs where can_capture()
  int save_every = 1;          ///< epochs between checkpoints
};

/// What a caller shows while a run goes on.
struct TrainReport {
  std::int64_t step = 0, total_steps = 0;  ///< total is 0 when minutes decide
  double epoch = 0;
  double fraction = 0;           ///< of the whole run, 0..1
  double images_per_second = 0;  ///< over the last reports
  double seconds_left = 0;
  const Losses* losses = nullptr;  ///< of this step
};

struct TrainOutcome {
  std::int64_t step = 0;
  double images_per_second = 0;  ///< over this sitting
  bool interrupted = false;
  bool graphs = false;  ///< steps were replayed as CUDA graphs
};

/// A fresh model. Error: no memory for it.
Result<std::unique_ptr<Avae>> make_model(const ModelSpec& spec, const TrainOptions& options, at::Device device,
                                         Processes processes = {}, Precision precision = Precision::kFp32);

/// Trains `model` on `data` and fills the run folder: a checkpoint, sample grid and export every
/// `save_every` epochs and at the end, a live decoder several times in between, metrics.jsonl every 50 steps. `stop` is
/// looked at after every step: when it becomes true a checkpoint is written and the outcome says interrupted. `report`
/// is called about every 10 steps. Errors: the folder holds a run and `resume` is off; a checkpoint that does not fit;
/// files that cannot be written; a loss that is NaN or Inf (the last good checkpoint stays); a GPU whose memory is too
/// small, with a batch that was found to fit. Losses are looked at in every step by one process on the CPU, elsewhere
/// in every tenth. With several processes each calls this: process 0 has the folder and reports, and when one dies the
/// others return an error within seconds.
Result<TrainOutcome> train(Avae& model, const Dataset& data, const RunOptions& options, const std::atomic<bool>& stop,
                           const std::function<void(const TrainReport&)>& report);

/// Checks that the data has pictures, of the spec's shape and with its classes. Errors name the fault.
Result<void> check_data(const ModelSpec& spec, const Dataset& data);

/// Shape, count and CRC of a data set, for checkpoints.
std::string fingerprint(const Dataset& data);

/// What LibTorch threw, as one line.
Error torch_error(const c10::Error& error, const std::string& hint);

/// "cpu" or "cuda": the GPU of this process where a launcher started several. Errors: another word; a GPU, driver or
/// library that cannot be used, and why.
Result<at::Device> parse_device(const std::string& name);

}  // namespace avae
