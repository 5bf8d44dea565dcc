// acc = acc * b + a in 4 float lanes with 8 or 12 accumulators, as many as fit registers: the most that plain SIMD can do.
#include <wasm_simd128.h>

// clang-format off
#define START(i) v128_t r##i = wasm_f32x4_splat((float)i);
#define STEP(i) r##i = wasm_f32x4_add(wasm_f32x4_mul(r##i, vb), va);
#define SUM(i) sum = wasm_f32x4_add(sum, r##i);
#define EACH_OF_8(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)
#define EACH_OF_12(DO) EACH_OF_8(DO) DO(8) DO(9) DO(10) DO(11)

#define RUN(count)                                                                                \
  __attribute__((export_name("run" #count))) float run##count(int iterations, float b, float a) { \
    const v128_t vb = wasm_f32x4_splat(b), va = wasm_f32x4_splat(a);                              \
    EACH_OF_##count(START)                                                                        \
    for (int i = 0; i < iterations; ++i) {                                                        \
      EACH_OF_##count(STEP)                                                                       \
    }                                                                                             \
    v128_t sum = wasm_f32x4_splat(0);                                                             \
    EACH_OF_##count(SUM)                                                                          \
    return wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 3);                     \
  }
// clang-format on

RUN(8)
RUN(12)
