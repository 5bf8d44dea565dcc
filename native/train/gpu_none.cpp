#include "native/train/gpu.hpp"

namespace avae {

Result<void> try_gpu(at::Device) {
  return fail("no CUDA device can be used: this program's LibTorch has no CUDA",
              "use --device cpu, or build the train-cuda preset against a LibTorch with CUDA");
}

std::string gpu_name(at::Device) { return {}; }

void release_gpu_memory() {}

std::unique_ptr<GpuGraphs> make_gpu_graphs(at::Device) { return nullptr; }

}  // namespace avae
