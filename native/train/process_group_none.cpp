#include "native/train/process_group.hpp"

namespace avae {

Result<std::unique_ptr<ProcessGroup>> connect(const Launch&, at::Device) {
  return fail("this build trains in one process only, because Gloo's headers were missing",
              "install libgloo-dev, or put them beside LibTorch's, and configure again; or unset WORLD_SIZE");
}

}  // namespace avae
