# avae::imgui natively: the system's Dear ImGui, which holds its GLFW and OpenGL 3 backends, with GLFW and OpenGL.
find_path(AVAE_IMGUI_INCLUDE imgui.h PATH_SUFFIXES imgui REQUIRED)
find_library(AVAE_IMGUI_LIBRARY imgui REQUIRED)
find_library(AVAE_STB_LIBRARY stb REQUIRED) # the system's Dear ImGui takes its font rasteriser from there
find_package(glfw3 3.3 REQUIRED)
set(OpenGL_GL_PREFERENCE GLVND)
find_package(OpenGL REQUIRED)

add_library(avae_imgui INTERFACE)
add_library(avae::imgui ALIAS avae_imgui)
target_include_directories(avae_imgui SYSTEM INTERFACE "${AVAE_IMGUI_INCLUDE}" "${AVAE_IMGUI_INCLUDE}/backends")
target_link_libraries(avae_imgui INTERFACE "${AVAE_IMGUI_LIBRARY}" "${AVAE_STB_LIBRARY}" glfw OpenGL::GL ${CMAKE_DL_LIBS})
