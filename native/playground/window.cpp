#include "native/playground/window.hpp"

#include <GLFW/glfw3.h>
#include <imgui.h>
#include <imgui_impl_glfw.h>
#include <imgui_impl_opengl3.h>

#include <algorithm>
#include <random>

namespace avae {

namespace {

// In OpenGL 1.2, beyond what every platform's GL/gl.h declares.
constexpr GLint kClampToEdge = 0x812F;
constexpr int kSmallest_px = 320;

GLuint name_of(ImTextureID texture) { return static_cast<GLuint>(reinterpret_cast<std::intptr_t>(texture)); }

WindowEvents& events_of(GLFWwindow* window) { return *static_cast<WindowEvents*>(glfwGetWindowUserPointer(window)); }

void note_input(GLFWwindow* window) { events_of(window).input = true; }

/// Marks the window as touched by whatever happens to it. ImGui's backend chains to these when it is installed after
/// them.
void listen(GLFWwindow* window) {
  glfwSetCursorPosCallback(window, [](GLFWwindow* at, double, double) { note_input(at); });
  glfwSetCursorEnterCallback(window, [](GLFWwindow* at, int) { note_input(at); });
  glfwSetMouseButtonCallback(window, [](GLFWwindow* at, int, int, int) { note_input(at); });
  glfwSetScrollCallback(window, [](GLFWwindow* at, double, double) { note_input(at); });
  glfwSetKeyCallback(window, [](GLFWwindow* at, int, int, int, int) { note_input(at); });
  glfwSetWindowFocusCallback(window, [](GLFWwindow* at, int) { note_input(at); });
  glfwSetFramebufferSizeCallback(window, [](GLFWwindow* at, int, int) { note_input(at); });
  glfwSetWindowContentScaleCallback(window, [](GLFWwindow* at, float, float) { note_input(at); });
  glfwSetDropCallback(window, [](GLFWwindow* at, int count, const char** paths) {
    note_input(at);
    for (int i = 0; i < count; ++i) events_of(at).dropped.emplace_back(paths[i]);
  });
  glfwSetWindowRefreshCallback(window, [](GLFWwindow* at) { note_input(at); });
}

std::string glfw_fault() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text == nullptr ? "no reason given" : text;
}

}  // namespace

Window::~Window() {
  if (imgui_) {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
  }
  if (window_ != nullptr) glfwDestroyWindow(window_);
  glfwTerminate();
}

Result<void> Window::open(const char* title, int width, int height, bool visible) {
  if (glfwInit() == GLFW_FALSE)
    return fail("the window system cannot be reached (" + glfw_fault() + ")", "run it on a desktop, or under xvfb-run");
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_VISIBLE, visible ? GLFW_TRUE : GLFW_FALSE);
  window_ = glfwCreateWindow(width, height, title, nullptr, nullptr);
  if (window_ == nullptr)
    return fail("no window with OpenGL 3.2 (" + glfw_fault() + ")", "install a graphics driver, or Mesa's");
  glfwSetWindowSizeLimits(window_, kSmallest_px, kSmallest_px, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(1);
  glfwSetWindowUserPointer(window_, &events_);
  listen(window_);
  ImGui::CreateContext();
  ImGui_ImplGlfw_InitForOpenGL(window_, true);
  ImGui_ImplOpenGL3_Init("#version 150");
  imgui_ = true;
  return {};
}

bool Window::wait(double wait_ms) {
  events_.input = false;
  if (wait_ms < 0.0) {
    glfwWaitEvents();
  } else if (wait_ms > 0.0) {
    glfwWaitEventsTimeout(wait_ms / 1000.0);
  } else {
    glfwPollEvents();
  }
  return events_.input;
}

bool Window::should_close() const { return glfwWindowShouldClose(window_) == GLFW_TRUE; }

float Window::scale() const {
  int width = 0;
  int width_px = 0;
  glfwGetWindowSize(window_, &width, nullptr);
  glfwGetFramebufferSize(window_, &width_px, nullptr);
  return width > 0 && width_px > 0 ? static_cast<float>(width_px) / static_cast<float>(width) : 1.0f;
}

void Window::size(int* width, int* height) const { glfwGetWindowSize(window_, width, height); }

void Window::begin_frame() {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
}

void Window::render() {
  ImGui::Render();
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  glViewport(0, 0, width, height);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void Window::present() { glfwSwapBuffers(window_); }

void Window::upload_fonts() {
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

std::vector<std::uint8_t> Window::grab(int* width, int* height) const {
  glfwGetFramebufferSize(window_, width, height);
  const auto row = static_cast<std::size_t>(*width) * 4;
  std::vector<std::uint8_t> rgba(row * static_cast<std::size_t>(*height));
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, *width, *height, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
  for (int y = 0; y < *height / 2; ++y) {
    const auto upper = rgba.begin() + static_cast<std::ptrdiff_t>(row) * y;
    const auto lower = rgba.begin() + static_cast<std::ptrdiff_t>(row) * (*height - 1 - y);
    std::swap_ranges(upper, upper + static_cast<std::ptrdiff_t>(row), lower);
  }
  return rgba;
}

ImTextureID Window::create_texture(int width, int height) {
  GLuint name = 0;
  glGenTextures(1, &name);
  glBindTexture(GL_TEXTURE_2D, name);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, kClampToEdge);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, kClampToEdge);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  return reinterpret_cast<ImTextureID>(static_cast<std::intptr_t>(name));
}

void Window::update_texture(ImTextureID texture, int x, int y, int width, int height, const std::uint8_t* rgba) {
  glBindTexture(GL_TEXTURE_2D, name_of(texture));
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexSubImage2D(GL_TEXTURE_2D, 0, x, y, width, height, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
}

void Window::destroy_texture(ImTextureID texture) {
  const GLuint name = name_of(texture);
  glDeleteTextures(1, &name);
}

double Window::now_ms() { return glfwGetTime() * 1000.0; }

std::uint64_t Window::entropy() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

void Window::copy_text(const std::string& text) { glfwSetClipboardString(window_, text.c_str()); }

std::string Window::pasted_text() const {
  const char* text = glfwGetClipboardString(window_);
  return text == nullptr ? "" : text;
}

void wake_window() { glfwPostEmptyEvent(); }

}  // namespace avae
