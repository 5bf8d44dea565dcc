#include "shared/playground/strings.hpp"
#include "shared/playground/ui.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

void draw_picture(Ui& ui, const Rect& rect, bool rounded) {
  begin_area(ui, "##sample", rect, 0, 0.0f, false, {0.0f, 0.0f});
  ImDrawList* list = ImGui::GetWindowDrawList();
  const ImVec2 from = {rect.x, rect.y};
  const ImVec2 to = {rect.right(), rect.bottom()};
  const float radius = rounded ? kRadiusControl : 0.0f;
  // Asked for even under a preview, so that the sample is there when the pointer leaves.
  Picture picture = ui.pictures.large(ui.state().sample, static_cast<int>(rect.w * ui.scale));
  if (ui.session.preview) {
    const Picture preview = ui.pictures.preview(*ui.session.preview, static_cast<int>(rect.w * ui.scale));
    if (preview.texture != nullptr) picture = preview;
  }
  if (picture.texture == nullptr) {
    list->AddRectFilled(from, to, ui.theme.raised, radius);
  } else {
    const ModelSpec& spec = ui.editor.spec();
    const float w =
        spec.width >= spec.height ? rect.w : rect.w * static_cast<float>(spec.width) / static_cast<float>(spec.height);
    const float h =
        spec.height >= spec.width ? rect.h : rect.h * static_cast<float>(spec.height) / static_cast<float>(spec.width);
    const ImVec2 corner = {rect.x + (rect.w - w) / 2.0f, rect.y + (rect.h - h) / 2.0f};
    list->AddImageRounded(picture.texture, corner, {corner.x + w, corner.y + h}, picture.uv0, picture.uv1,
                          IM_COL32_WHITE, radius);
  }
  end_area();
}

void draw_actions(Ui& ui, const Rect& rect) {
  begin_area(ui, "##actions", rect, 0, 0.0f, false, {0.0f, 0.0f});
  const float icon = rect.h;
  const float gap = kGrid / 2.0f;
  const float wide = rect.w - 2.0f * (icon + gap);
  if (button(ui, "random", {wide, rect.h}, {ButtonLook::kAccent, Icon::kDice, tr("Random"), tr("A fresh draw (R)")})) {
    ui.run("random");
  }
  ImGui::SameLine(0.0f, gap);
  if (button(
          ui, "revert", {icon, icon},
          {ButtonLook::kPlain, Icon::kRevert, "", tr("Back to the picture as it was drawn"), ui.editor.can_revert()})) {
    ui.run("revert");
  }
  ImGui::SameLine(0.0f, gap);
  const bool smooth = ui.pictures.smooth();
  if (button(ui, "smooth", {icon, icon},
             {ButtonLook::kPlain, smooth ? Icon::kPixels : Icon::kSmooth, "",
              smooth ? tr("Show exact pixels") : tr("Show smooth pictures")})) {
    ui.run("smooth");
  }
  end_area();
}

}  // namespace

void draw_sample(Ui& ui) {
  const Layout& layout = ui.layout;
  if (layout.side.shown()) {
    ImGui::GetBackgroundDrawList()->AddRectFilled(
        {layout.side.x, layout.side.y}, {layout.side.right(), layout.side.bottom()}, ui.theme.panel, kRadiusPanel);
  }
  draw_picture(ui, layout.sample, layout.form != Form::kPhone);
  draw_actions(ui, layout.actions);
}

}  // namespace avae
