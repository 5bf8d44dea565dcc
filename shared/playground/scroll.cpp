#include "shared/playground/scroll.hpp"

#include <cmath>

#include <imgui_internal.h>

namespace avae {

namespace {
constexpr float kDecide = 8.0f;         // screen units before a gesture is read
constexpr float kGlideHalves_s = 0.2f;  // the glide loses half its speed in this time
constexpr float kSlowest = 20.0f;       // screen units per second; below, the glide ends
constexpr float kFastest = 4000.0f;
}  // namespace

bool touching() { return ImGui::GetIO().MouseSource == ImGuiMouseSource_TouchScreen; }

void TouchScroll::update(bool reduced_motion) {
  const ImGuiIO& io = ImGui::GetIO();
  step_ = 0.0f;
  if (touching() && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    phase_ = Phase::kUndecided;
    window_ = 0;
    speed_ = 0.0f;
  }
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    if (phase_ == Phase::kScrolling && (reduced_motion || std::fabs(speed_) < kSlowest)) speed_ = 0.0f;
    phase_ = Phase::kIdle;
    if (speed_ != 0.0f) {
      step_ = speed_ * io.DeltaTime;
      speed_ *= std::exp2(-io.DeltaTime / kGlideHalves_s);
      if (std::fabs(speed_) < kSlowest) speed_ = 0.0f;
    }
    return;
  }
  if (phase_ == Phase::kUndecided) {
    const ImVec2 moved = ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0.0f);
    if (std::fabs(moved.y) > kDecide && std::fabs(moved.y) > std::fabs(moved.x)) {
      phase_ = window_ != 0 ? Phase::kScrolling : Phase::kSideways;
    } else if (std::fabs(moved.x) > kDecide) {
      phase_ = Phase::kSideways;
    }
  }
  if (phase_ == Phase::kScrolling) {
    ImGui::ClearActiveID();
    step_ = -io.MouseDelta.y;
    if (io.DeltaTime > 0.0f) {
      const float now = ImClamp(step_ / io.DeltaTime, -kFastest, kFastest);
      speed_ += 0.5f * (now - speed_);
    }
  }
}

void TouchScroll::scroll_here() {
  const ImGuiWindow* window = ImGui::GetCurrentWindow();
  if (phase_ == Phase::kUndecided && ImGui::IsMouseClicked(ImGuiMouseButton_Left) &&
      window->Rect().Contains(ImGui::GetIO().MousePos)) {
    window_ = window->ID;
  }
  if (step_ != 0.0f && window_ == window->ID) ImGui::SetScrollY(ImGui::GetScrollY() + step_);
}

}  // namespace avae
