#include <cmath>
#include <string>

#include "shared/playground/morph.hpp"
#include "shared/playground/morph_strip.hpp"
#include "shared/playground/strings.hpp"
#include "shared/playground/ui.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr int kColumns = 5;

void draw_keyframes(Ui& ui, float left, float inner) {
  const AppState& state = ui.state();
  const float gap = 6.0f;
  const float size = std::floor((inner - gap * (kColumns - 1)) / kColumns);
  const int count = static_cast<int>(state.morph.size());
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {gap, gap});
  for (int i = 0; i <= count; ++i) {
    if (i % kColumns != 0) {
      ImGui::SameLine();
    } else {
      ImGui::SetCursorPosX(left);
    }
    if (i == count) {
      if (count < kMaxKeyframes &&
          button(ui, "add-keyframe", {size, size},
                 {ButtonLook::kRaised, Icon::kPlus, "", tr("Add the picture to the morph (K)")}))
        ui.run("add-keyframe");
      break;
    }
    const std::string name = "keyframe-" + std::to_string(i);
    const Picture picture = ui.pictures.tile(state.morph[static_cast<std::size_t>(i)], Priority::kHover);
    const bool near = count > 1 && nearest_keyframe(count, state.morph_position, state.morph_loop) == i;
    if (picture_button(ui, name.c_str(), tr("Keyframe {}", std::to_string(i + 1)), picture, {size, size}, near,
                       nullptr)) {
      ui.run("pause");
      ui.editor.select_keyframe(i);
      break;
    }
  }
  ImGui::PopStyleVar();
}

}  // namespace

void draw_morph_panel(Ui& ui) {
  const Rect& rect = ui.layout.strip;
  const float left = 2.0f * kGrid;
  const float inner = rect.w - 2.0f * left;
  begin_area(ui, "##morph", rect, 0, kRadiusPanel, true, {0.0f, kGrid});
  draw_keyframes(ui, left, inner);
  ImGui::Dummy({0.0f, 0.0f});
  if (ui.state().morph.size() < 2) {
    ImGui::SetCursorPosX(left);
    quiet(ui, tr("A morph glides from picture to picture. Add this one with +, then another, or let chance choose."),
          inner);
    ImGui::SetCursorPosX(left);
    if (button(ui, "fill-morph", {inner, ui.layout.target},
               {ButtonLook::kRaised, Icon::kDice, tr("Start with four pictures")})) {
      ui.run("fill-morph");
    }
    end_area();
    return;
  }
  ImGui::SetCursorPosX(left);
  play_button(ui, ui.layout.target);
  ImGui::SameLine(0.0f, 2.0f * kGrid);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float bar = inner - ui.layout.target - 3.0f * kGrid;
  scrub_bar(ui, {at.x, at.y, bar, ui.layout.target});
  const float x = at.x + bar * static_cast<float>(ui.state().morph_position) / 65535.0f;
  ImGui::GetWindowDrawList()->AddCircleFilled({x, at.y + ui.layout.target / 2.0f}, 9.0f, ui.theme.text);
  ImGui::SetCursorPosX(left);
  speed_slider(ui, inner);
  ImGui::SetCursorPosX(left);
  morph_buttons(ui);
  ImGui::Dummy({0.0f, kGrid});
  end_area();
}

}  // namespace avae
