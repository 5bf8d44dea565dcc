#include "shared/infer/xnn.hpp"

#include <algorithm>
#include <string>

namespace avae {

Result<void> check_xnn(xnn_status status, const Layer& layer) {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory) {
    return fail("out of memory in layer " + layer.name, "use a smaller batch or model");
  }
  return fail("XNNPACK refused layer " + layer.name + " (status " + std::to_string(static_cast<int>(status)) + ")",
              "report this with the model file");
}

Result<void> start_xnnpack() {
  static const xnn_status status = xnn_initialize(nullptr);
  if (status == xnn_status_success) return {};
  return fail("XNNPACK does not support this processor", "use a machine with SIMD instructions");
}

Result<Buffer> padded(std::span<const float> values) {
  Buffer buffer;
  if (!buffer.reserve(values.size())) return fail("out of memory while packing weights", "use a smaller model");
  std::copy(values.begin(), values.end(), buffer.data());
  return buffer;
}

}  // namespace avae
