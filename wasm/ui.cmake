# ui: ui.wasm, the playground, run by web/ui.mjs; it needs no generated JavaScript.
if(AVAE_BUILD_PLAYGROUND)
  avae_program(ui ui.cpp)
  set_target_properties(ui PROPERTIES SUFFIX .wasm AVAE_SITE_FILES ui.wasm)
  target_link_libraries(ui PRIVATE avae::playground)
  target_link_options(ui PRIVATE -Os --no-entry -sSTANDALONE_WASM -sWASM_BIGINT -sMALLOC=emmalloc
    -sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=1GB -sINITIAL_MEMORY=8MB -sSTACK_SIZE=256KB -sFILESYSTEM=0 -Wl,--gc-sections)
endif()
