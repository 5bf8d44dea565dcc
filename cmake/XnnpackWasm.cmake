# avae::xnnpack for WebAssembly: the f32 operators that shared/infer uses, from the pinned sources, one thread.
# XNNPACK's own CMake knows no Emscripten, and all of it takes four times as long to build; so its sources are listed here.
# What is listed serves batch_matrix_multiply_nc_f32, convolution2d_nhwc_f32, deconvolution2d_nhwc_f32 and fully_connected_nc_f32.
# The kernels are those of XNNPACK's own lists of production kernels. Tables of other types stay as unreferenced functions, which the
# linker drops.
include(ThirdPartySources)
set(xnnpack "${AVAE_THIRD_PARTY}/xnnpack")

set(kernels)
set(levels scalar wasm wasmsimd)
if(AVAE_RELAXED_SIMD)
  list(APPEND levels wasmrelaxedsimd)
endif()
foreach(level IN LISTS levels)
  include("${xnnpack}/cmake/gen/${level}_microkernels.cmake")
  string(TOUPPER "PROD_${level}_MICROKERNEL_SRCS" list)
  list(APPEND kernels ${${list}})
endforeach()
list(FILTER kernels INCLUDE REGEX "^src/(f32-gemm|f32-igemm|f32-dwconv|f32-vmulcaddc|x32-packw)/")

set(sources
    src/allocator.c
    src/cache.c
    src/configs/dwconv-config.c
    src/configs/gemm-config.c
    src/configs/hardware-config.c
    src/configs/vmulcaddc-config.c
    src/enums/microkernel-type.c
    src/enums/operator-type.c
    src/indirection.c
    src/init.c
    src/memory.c
    src/microkernel-utils.c
    src/microparams-init.c
    src/mutex.c
    src/operator-delete.c
    src/operator-run.c
    src/operator-utils.c
    src/operators/batch-matrix-multiply-nc.c
    src/operators/convolution-nhwc.c
    src/operators/deconvolution-nhwc.c
    src/operators/fully-connected-nc.c
    src/params.c
    src/reference/packing.cc)
list(TRANSFORM sources PREPEND "${xnnpack}/")
list(TRANSFORM kernels PREPEND "${xnnpack}/")

add_library(avae_xnnpack STATIC ${sources} ${kernels} "${AVAE_THIRD_PARTY}/pthreadpool/src/shim.c")
add_library(avae::xnnpack ALIAS avae_xnnpack)
target_include_directories(avae_xnnpack SYSTEM PUBLIC "${xnnpack}/include" "${AVAE_THIRD_PARTY}/pthreadpool/include")
target_include_directories(avae_xnnpack SYSTEM PRIVATE "${xnnpack}/src" "${AVAE_THIRD_PARTY}/fp16/include" "${AVAE_THIRD_PARTY}/fxdiv/include")
target_compile_features(avae_xnnpack PRIVATE c_std_99 cxx_std_17)
target_compile_definitions(avae_xnnpack PRIVATE
  XNN_LOG_LEVEL=0 XNN_ENABLE_ASSEMBLY=0 XNN_ENABLE_CPUINFO=0 XNN_ENABLE_DWCONV_MULTIPASS=0 XNN_ENABLE_GEMM_M_SPECIALIZATION=1
  XNN_ENABLE_MEMOPT=1 XNN_ENABLE_SPARSE=0 XNN_ENABLE_KLEIDIAI=0 XNN_ENABLE_HVX=0)
# Not fast-math: the order of sums is what makes the same link the same pixels.
target_compile_options(avae_xnnpack PRIVATE -O3 -fno-math-errno -w $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)
set_source_files_properties("${xnnpack}/src/configs/gemm-config.c" PROPERTIES
  COMPILE_OPTIONS "-include;${PROJECT_SOURCE_DIR}/wasm/xnnpack_kernels.h")
