// Included before XNNPACK's gemm-config.c, which asks JavaScript for the number of cores: with more than four it takes
// the x86 kernels made for AVX, which every machine has by now, otherwise equal and slower ones. It hears of eight, so
// the core asks nothing and the slower set is not linked.
#pragma once

#include <emscripten.h>

#undef EM_JS
#define EM_JS(type, name, parameters, ...) \
  static type name parameters { return 8; }
