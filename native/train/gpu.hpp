// What the trainer needs of CUDA itself. gpu_cuda.cpp is for a LibTorch with CUDA, gpu_none.cpp for one without.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <ATen/ATen.h>

#include "shared/model/result.hpp"

namespace avae {

/// Tries the GPU with a convolution and a product. Errors: LibTorch without CUDA, no driver or one too old, no such
/// GPU, no kernels for it, a library that does not load; each says which.
Result<void> try_gpu(at::Device device);

/// The GPU's name, "" without one.
std::string gpu_name(at::Device device);

/// Gives back memory that LibTorch keeps for later.
void release_gpu_memory();

/// Work on one GPU captured once and replayed many times: parts that share their memory, replayed in the order of their
/// capture, of which some may be left out. Tensors made by one part may be read by later ones.
class GpuGraphs {
 public:
  virtual ~GpuGraphs() = default;
  /// Runs `work`, on the stream of captures, and waits for it.
  virtual void warm_up(const std::function<void()>& work) = 0;
  /// Captures what `work` tells the GPU, without running it. Returns the part's number: 0, 1, ...
  virtual int capture(const std::function<void()>& work) = 0;
  virtual void replay(int part) = 0;
};

/// Null when LibTorch has no CUDA.
std::unique_ptr<GpuGraphs> make_gpu_graphs(at::Device device);

}  // namespace avae
