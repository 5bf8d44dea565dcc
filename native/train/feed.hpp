// The batches of a run and their random numbers, made ready while the step before is running.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "native/data/batches.hpp"
#include "native/data/dataset.hpp"
#include "native/train/avae.hpp"

namespace avae {

/// One thread prepares the next step's batch: on the CPU its pixels too, on CUDA what is copied to the data set that
/// lies there as bytes. Use from one thread.
class Feed {
 public:
  /// `data` is not owned. `model` says batch, seed, device and processes, and is not kept.
  Feed(const Dataset& data, const Avae& model);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  std::int64_t batches_per_epoch() const { return order_.batches_per_epoch(); }

  /// Sets x, mix and noise of a pass to this process's rows of step `step` (0, 1, ...): written into the tensors it has
  /// when `in_place`, else new ones.
  void fill(std::int64_t step, bool in_place, Avae::Pass& pass);

  /// x [N, C, H, W] in [0, 1] (channels last), mix [N, K] of the whole of batch 0, 1, ... of the first epoch.
  std::pair<at::Tensor, at::Tensor> whole_batch(std::int64_t index);

 private:
  /// Of one step, on the CPU; x only when training there, else index.
  struct Prepared {
    std::int64_t step = -1;
    at::Tensor x, mix, index;
    StepNoise noise;
  };
  Prepared prepare(std::int64_t step);
  at::Tensor pixels_of(std::span<const std::uint32_t> indices) const;
  at::Tensor mix_of(std::span<const std::uint32_t> indices) const;
  Prepared take(std::int64_t step);
  void work();

  const Dataset& data_;
  ModelSpec spec_;
  at::Device device_;
  std::uint64_t seed_;
  BatchOrder order_, first_epoch_;
  std::vector<std::int64_t> rows_;
  bool all_rows_;
  std::array<float, 256> unit_;  ///< byte / 255
  at::Tensor device_pixels_;     ///< [n, H, W, C] bytes, on CUDA only

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::int64_t> wanted_;
  std::optional<Prepared> ready_;
  std::exception_ptr failure_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace avae
