// For core.test.mjs: makes XNNPACK believe that it runs on another kind of CPU. Only in core_probe.wasm.
#include <emscripten/emscripten.h>

#include "xnnpack/config.h"
#include "xnnpack/hardware-config.h"

// Call before the first model is loaded. Returns the rows of the tile that XNNPACK then chooses.
EMSCRIPTEN_KEEPALIVE int avae_probe_pretend_x86(int x86) {
  ((struct xnn_hardware_config*)xnn_init_hardware_config())->is_x86 = x86 != 0;
  return xnn_init_f32_gemm_config()->mr;
}
