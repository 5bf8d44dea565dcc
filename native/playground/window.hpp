// A GLFW window with an OpenGL 3.2 context and Dear ImGui in it, as the playground's host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/playground/system_fonts.hpp"
#include "shared/model/result.hpp"
#include "shared/playground/services.hpp"

struct GLFWwindow;

namespace avae {

/// What has happened to a window.
struct WindowEvents {
  bool input = false;
  std::vector<std::string> dropped;  ///< paths
};

/// One window per process; use it on the main thread.
class Window : public Host {
 public:
  Window() = default;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window() override;

  /// Opens it. Errors: no display, no OpenGL 3.2.
  Result<void> open(const char* title, int width, int height, bool visible);

  /// Sleeps until input comes or `wait_ms` have passed (negative: only input), then reads it. True when something came.
  bool wait(double wait_ms);
  bool should_close() const;
  /// Files that were dropped on the window since the last call.
  std::vector<std::string> take_dropped() { return std::exchange(events_.dropped, {}); }
  /// The text on the clipboard, UTF-8; empty when there is none.
  std::string pasted_text() const;
  void set_reduced_motion(bool reduced) { reduced_motion_ = reduced; }
  /// The URL, without a fragment, at which copied links open.
  void set_site(std::string site) { site_ = std::move(site); }
  /// Framebuffer pixels per screen unit.
  float scale() const;
  void size(int* width, int* height) const;  ///< screen units
  /// Between begin_frame() and render() ImGui draws; present() shows what was rendered.
  void begin_frame();
  void render();
  void present();
  void upload_fonts();
  /// RGBA [height, width, 4] of what render() drew, top row first. Call before present().
  std::vector<std::uint8_t> grab(int* width, int* height) const;

  ImTextureID create_texture(int width, int height) override;
  void update_texture(ImTextureID texture, int x, int y, int width, int height, const std::uint8_t* rgba) override;
  void destroy_texture(ImTextureID texture) override;
  double now_ms() override;
  std::uint64_t entropy() override;
  bool reduced_motion() override { return reduced_motion_; }
  void copy_text(const std::string& text) override;
  std::string link_text(const std::string& link) override { return site_ + "#" + link; }
  void state_changed() override {}
  TextPicture draw_text(const std::string& text, float em_px, bool strong) override {
    return fonts_.draw(text, em_px, strong);
  }
  bool show_message(std::string_view) override { return false; }

 private:
  SystemFonts fonts_;
  GLFWwindow* window_ = nullptr;
  bool imgui_ = false;
  bool reduced_motion_ = false;
  std::string site_;
  WindowEvents events_;
};

/// Wakes wait() from any thread.
void wake_window();

}  // namespace avae
