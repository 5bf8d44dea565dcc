# The core under node. core_probe is the core with a switch for what XNNPACK believes about the CPU.
find_program(AVAE_NODE NAMES node nodejs NO_CMAKE_FIND_ROOT_PATH REQUIRED)
set(browser_tests "${PROJECT_SOURCE_DIR}/tests/browser")

avae_core_module(core_probe "${browser_tests}/core-probe.c")
target_include_directories(core_probe SYSTEM PRIVATE "${AVAE_THIRD_PARTY}/xnnpack/src" "${AVAE_THIRD_PARTY}/xnnpack/include"
  "${AVAE_THIRD_PARTY}/pthreadpool/include")

add_test(NAME "core: under node" COMMAND "${AVAE_NODE}" --test "${browser_tests}/core.test.mjs")
set_tests_properties("core: under node" PROPERTIES
  ENVIRONMENT "AVAE_CORE=$<TARGET_FILE:core>;AVAE_CORE_PROBE=$<TARGET_FILE:core_probe>;AVAE_RELAXED=$<BOOL:${AVAE_RELAXED_SIMD}>")
# Run on purpose, when the pixels of the golden models are meant to change: cmake --build --target core_golden_pixels
add_custom_target(core_golden_pixels COMMAND "${AVAE_NODE}" "${browser_tests}/core-golden.mjs" "$<TARGET_FILE:core>" DEPENDS core)
