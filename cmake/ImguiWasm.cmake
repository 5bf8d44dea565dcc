# avae::imgui for WebAssembly: Dear ImGui from the pinned source with its GLFW and OpenGL ES 3 backends, on Emscripten's GLFW and WebGL 2.
include(ThirdPartySources)
set(imgui "${AVAE_THIRD_PARTY}/imgui")

add_library(avae_imgui STATIC
  "${imgui}/imgui.cpp" "${imgui}/imgui_draw.cpp" "${imgui}/imgui_tables.cpp" "${imgui}/imgui_widgets.cpp"
  "${imgui}/backends/imgui_impl_glfw.cpp" "${imgui}/backends/imgui_impl_opengl3.cpp")
add_library(avae::imgui ALIAS avae_imgui)
target_include_directories(avae_imgui SYSTEM PUBLIC "${imgui}" "${imgui}/backends")
target_compile_definitions(avae_imgui PUBLIC IMGUI_DISABLE_OBSOLETE_FUNCTIONS IMGUI_DISABLE_DEMO_WINDOWS IMGUI_DISABLE_DEBUG_TOOLS IMGUI_DISABLE_FILE_FUNCTIONS)
target_compile_options(avae_imgui PRIVATE -Os -fno-exceptions -fno-rtti -w)
target_link_options(avae_imgui INTERFACE -sUSE_GLFW=3 -sMIN_WEBGL_VERSION=2 -sMAX_WEBGL_VERSION=2)
