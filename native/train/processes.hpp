// The processes that train one model together, each on its share of every batch, over LibTorch's c10d.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "shared/model/result.hpp"

namespace avae {

class ProcessGroup;

/// A handle; copies are the same group. One process alone by default, for which every call below is free and changes
/// nothing. Calls are collective: every process makes the same ones in the same order, or all wait. They throw
/// std::exception when another process has died. Not thread-safe.
class Processes {
 public:
  Processes() = default;

  /// Joins the group that torchrun (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT) or mpirun
  /// (OMPI_COMM_WORLD_RANK or PMI_RANK, and their sizes) has put into the environment; alone when there is none. On
  /// CUDA, tensors travel by NCCL, elsewhere by Gloo. Errors: variables that make no sense, nobody at MASTER_ADDR, a
  /// LibTorch without the library.
  static Result<Processes> join(at::Device device);

  int rank() const { return rank_; }  ///< 0 writes the run folder
  int size() const { return size_; }
  bool alone() const { return size_ == 1; }

  /// Of a batch of `batch` rows, those of this process: its share of the first half, then of the second, because a
  /// step treats the halves differently. `batch` must be a multiple of rows_multiple().
  std::vector<std::int64_t> rows(std::int64_t batch) const;
  std::int64_t rows_multiple() const { return alone() ? 1 : 2 * std::int64_t{size_}; }

  /// Mean over the processes, in place; `values` is contiguous.
  void mean(const at::Tensor& values) const;
  /// Sum over the processes, in place, of a few numbers on the CPU; on CUDA too this notices a dead process at once.
  void sum_on_host(const at::Tensor& values) const;
  /// Everyone's `values` become those of process 0, in place; contiguous.
  void broadcast(const at::Tensor& values) const;
  /// Rows [n, F] of every process, put back into the order of the whole batch by rows(): [size n, F].
  at::Tensor gather(const at::Tensor& rows) const;

 private:
  std::shared_ptr<ProcessGroup> group_;
  int rank_ = 0, size_ = 1;
};

/// The GPU of this process when the launcher started several on this machine (LOCAL_RANK and the like), else 0.
int local_rank();

}  // namespace avae
