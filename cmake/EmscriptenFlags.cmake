# Flags of every WebAssembly target: SIMD, no C++ exceptions or type information. Link flags of the two modules are in wasm/.
add_compile_options(-msimd128 -fno-exceptions "$<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>")
add_link_options(-fno-exceptions)
if(AVAE_RELAXED_SIMD)
  add_compile_options(-mrelaxed-simd)
endif()
