# avae::imgui for WebAssembly: Dear ImGui from the pinned source, without backends: web/ui.mjs is the platform and draws the triangles.
include(ThirdPartySources)
set(imgui "${AVAE_THIRD_PARTY}/imgui")

add_library(avae_imgui STATIC
  "${imgui}/imgui.cpp" "${imgui}/imgui_draw.cpp" "${imgui}/imgui_tables.cpp" "${imgui}/imgui_widgets.cpp")
add_library(avae::imgui ALIAS avae_imgui)
target_include_directories(avae_imgui SYSTEM PUBLIC "${imgui}")
target_compile_definitions(avae_imgui PUBLIC IMGUI_DISABLE_OBSOLETE_FUNCTIONS IMGUI_DISABLE_DEMO_WINDOWS IMGUI_DISABLE_DEBUG_TOOLS IMGUI_DISABLE_FILE_FUNCTIONS)
target_compile_options(avae_imgui PRIVATE -Os -fno-exceptions -fno-rtti -w)
