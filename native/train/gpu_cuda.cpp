#include "native/train/gpu.hpp"

#include <algorithm>
#include <vector>

#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace avae {
namespace {

class CudaGraphs : public GpuGraphs {
 public:
  explicit CudaGraphs(at::Device device)
      : stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())),
        pool_(at::cuda::graph_pool_handle()) {}

  void warm_up(const std::function<void()>& work) override {
    const c10::cuda::CUDAGuard device(stream_.device());
    c10::cuda::device_synchronize();
    {
      const c10::cuda::CUDAStreamGuard guard(stream_);
      work();
    }
    c10::cuda::device_synchronize();
  }

  int capture(const std::function<void()>& work) override {
    const c10::cuda::CUDAGuard device(stream_.device());
    c10::cuda::device_synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    parts_.push_back(std::make_unique<at::cuda::CUDAGraph>());
    // The thread that prepares batches may pin memory meanwhile, which the default mode would take for part of this.
    parts_.back()->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        parts_.back()->capture_end();
      } catch (const c10::Error&) {  // the first error says more
      }
      parts_.pop_back();
      throw;
    }
    parts_.back()->capture_end();
    return static_cast<int>(parts_.size()) - 1;
  }

  void replay(int part) override { parts_[static_cast<std::size_t>(part)]->replay(); }

 private:
  c10::cuda::CUDAStream stream_;
  decltype(at::cuda::graph_pool_handle()) pool_;  // whose namespace depends on the version
  std::vector<std::unique_ptr<at::cuda::CUDAGraph>> parts_;
};

std::string first_line(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

}  // namespace

Result<void> try_gpu(at::Device device) {
  try {
    const int count = c10::cuda::device_count_ensure_non_zero();  // says what is wrong with the driver
    if (device.index() >= count)
      return fail("there is no GPU " + std::to_string(device.index()) + ", the machine has " + std::to_string(count),
                  "start at most one process for each GPU, or look at CUDA_VISIBLE_DEVICES");
  } catch (const c10::Error& error) {
    return fail("no CUDA device can be used: " + first_line(error),
                "use --device cpu, or see that nvidia-smi works and its driver is as new as LibTorch's CUDA");
  }
  try {
    const c10::cuda::CUDAGuard guard(device);
    const auto options = at::TensorOptions(device);
    const at::Tensor seen = at::conv2d(at::ones({1, 8, 4, 4}, options), at::ones({8, 8, 3, 3}, options));
    const at::Tensor product = at::matmul(at::ones({8, 8}, options), at::ones({8, 8}, options));
    if (seen.sum().item<float>() != 72 * 8 * 4 || product.sum().item<float>() != 512)
      return fail("the GPU computes wrong sums", "see whether LibTorch's CUDA fits the driver and the GPU is sound");
  } catch (const c10::Error& error) {
    const cudaDeviceProp* properties = at::cuda::getDeviceProperties(device.index());
    return fail(std::string("LibTorch does not run on this GPU, ") + properties->name + " (sm_" +
                    std::to_string(properties->major) + std::to_string(properties->minor) + "): " + first_line(error),
                "use a LibTorch that is built for it, with its own cuDNN and cuBLAS on the library path");
  }
  return {};
}

std::string gpu_name(at::Device device) { return at::cuda::getDeviceProperties(device.index())->name; }

void release_gpu_memory() { c10::cuda::CUDACachingAllocator::emptyCache(); }

std::unique_ptr<GpuGraphs> make_gpu_graphs(at::Device device) { return std::make_unique<CudaGraphs>(device); }

}  // namespace avae
