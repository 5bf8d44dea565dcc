#include "shared/playground/keyboard_focus.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

namespace avae {

namespace {

constexpr std::string_view kRows[] = {"tile-", "frame-", "variation-", "keyframe-"};

/// The row that a picture belongs to; empty for what stands alone.
std::string_view row_of(const Target& target) {
  if (target.kind != Target::Kind::kPicture) return {};
  for (const std::string_view row : kRows)
    if (target.name.starts_with(row)) return row;
  return {};
}

bool reachable(const Target& target) {
  return target.kind != Target::Kind::kText && target.enabled && !target.label.empty();
}

/// What Tab reaches, in order: of a row the picture that has the focus, or is on show, or comes first.
std::vector<const Target*> stops(std::span<const Target> targets, const std::string& focus) {
  std::vector<const Target*> out;
  for (const Target& target : targets) {
    if (!reachable(target)) continue;
    const std::string_view row = row_of(target);
    const auto other =
        std::find_if(out.begin(), out.end(), [row](const Target* one) { return !row.empty() && row_of(*one) == row; });
    if (other == out.end()) {
      out.push_back(&target);
    } else if (target.name == focus || (target.on && (*other)->name != focus)) {
      *other = &target;
    }
  }
  return out;
}

/// The picture of the same row that lies next in the direction (dx, dy); null at the end.
const Target* neighbour(std::span<const Target> targets, const Target& from, float dx, float dy) {
  const auto centre = [](const Target& target) {
    return ImVec2{target.rect.x + target.rect.w / 2.0f, target.rect.y + target.rect.h / 2.0f};
  };
  const ImVec2 at = centre(from);
  const Target* best = nullptr;
  float least = std::numeric_limits<float>::max();
  for (const Target& target : targets) {
    if (&target == &from || row_of(target) != row_of(from)) continue;
    const float x = centre(target).x - at.x, y = centre(target).y - at.y;
    const float along = x * dx + y * dy, across = std::abs(x * dy) + std::abs(y * dx);
    if (along < 4.0f || along + 4.0f * across >= least) continue;
    least = along + 4.0f * across;
    best = &target;
  }
  return best;
}

}  // namespace

void move_focus(Session& session, std::span<const Target> targets) {
  const ImGuiIO& io = ImGui::GetIO();
  std::string& focus = session.focus;
  const auto now = std::find_if(targets.begin(), targets.end(),
                                [&focus](const Target& one) { return one.name == focus && reachable(one); });
  if (now == targets.end() || ImGui::IsMouseClicked(ImGuiMouseButton_Left) || ImGui::IsKeyPressed(ImGuiKey_Escape))
    focus.clear();
  const auto go = [&session, &focus](const Target& to) {
    focus = to.name;
    session.reveal = to.name;
    session.focused_slider = -1;
  };
  if (ImGui::IsKeyPressed(ImGuiKey_Tab) && (io.KeyMods & ~ImGuiMod_Shift) == 0) {
    const std::vector<const Target*> order = stops(targets, focus);
    if (order.empty()) return;
    const auto at =
        std::find_if(order.begin(), order.end(), [&focus](const Target* one) { return one->name == focus; });
    const auto count = static_cast<std::ptrdiff_t>(order.size());
    const std::ptrdiff_t from = at == order.end() ? (io.KeyShift ? 0 : -1) : at - order.begin();
    return go(*order[static_cast<std::size_t>((from + (io.KeyShift ? count - 1 : 1)) % count)]);
  }
  if (focus.empty() || now->kind == Target::Kind::kMap) return;  // which has its own keys
  const auto pressed = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, false); };
  if (now->kind != Target::Kind::kSlider &&
      (pressed(ImGuiKey_Space) || pressed(ImGuiKey_Enter) || pressed(ImGuiKey_KeypadEnter)))
    session.inputs.push_back({focus, {}});
  if (row_of(*now).empty()) return;
  const Target* next = nullptr;
  if (ImGui::IsKeyPressed(ImGuiKey_LeftArrow)) next = neighbour(targets, *now, -1.0f, 0.0f);
  if (ImGui::IsKeyPressed(ImGuiKey_RightArrow)) next = neighbour(targets, *now, 1.0f, 0.0f);
  if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) next = neighbour(targets, *now, 0.0f, -1.0f);
  if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) next = neighbour(targets, *now, 0.0f, 1.0f);
  if (next != nullptr) go(*next);
}

void draw_focus(const Ui& ui) {
  for (const Target& target : ui.targets) {
    if (target.name != ui.session.focus || !target.shown.shown()) continue;
    const Rect& at = target.shown;
    ImGui::GetForegroundDrawList()->AddRect({at.x - 2.0f, at.y - 2.0f}, {at.right() + 2.0f, at.bottom() + 2.0f},
                                            ui.theme.accent, kRadiusControl, 0, 2.0f);
  }
}

}  // namespace avae
