// Scrolling by finger: a vertical drag moves the list under it, everything else belongs to the widget that was pressed.
#pragma once

#include <imgui.h>

namespace avae {

/// One finger's gesture. update() runs once per frame, scroll_here() inside each scrolling child window.
class TouchScroll {
 public:
  /// `reduced_motion` leaves out the glide after letting go.
  void update(bool reduced_motion);
  /// Call right after ImGui::BeginChild(): applies the gesture when it started in the current window.
  void scroll_here();
  /// The finger moves a list: widgets must not react to it.
  bool scrolling() const { return phase_ == Phase::kScrolling; }
  /// The finger went sideways: a slider may follow it.
  bool sideways() const { return phase_ == Phase::kSideways; }
  bool gliding() const { return speed_ != 0.0f; }

 private:
  enum class Phase { kIdle, kUndecided, kScrolling, kSideways };
  Phase phase_ = Phase::kIdle;
  ImGuiID window_ = 0;
  float step_ = 0.0f;   // of this frame, screen units
  float speed_ = 0.0f;  // of the glide, screen units per second
};

/// The last pointer input came from a finger.
bool touching();

}  // namespace avae
