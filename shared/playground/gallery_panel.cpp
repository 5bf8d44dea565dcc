#include <algorithm>
#include <cmath>
#include <string>

#include "shared/playground/morph.hpp"
#include "shared/playground/morph_strip.hpp"
#include "shared/playground/strings.hpp"
#include "shared/playground/ui.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr int kTiles = 1200;
constexpr float kGap = 4.0f;
constexpr int kMaxSheet = 240;
constexpr float kHeading = 72.0f;  // what stands beside one begins here

/// A grid of square tiles that fills `width`.
struct Grid {
  int columns;
  float tile;
};

Grid grid_for(float width, float wish) {
  const int columns = std::max(3, static_cast<int>(std::lround((width + kGap) / (wish + kGap))));
  return {columns, std::floor((width - kGap * static_cast<float>(columns - 1)) / static_cast<float>(columns))};
}

float wished_tile(const Layout& layout) { return layout.form == Form::kPhone ? 80.0f : 84.0f; }

void draw_gallery_head(Ui& ui, float inner) {
  const AppState& state = ui.state();
  const float target = ui.layout.target;
  heading(ui, tr("Samples"), target);
  ImGui::SetCursorPosX(kHeading + 4.0f);
  const ModelSpec& spec = ui.editor.spec();
  if (spec.classes > 0) {
    const bool blend = class_count(state.sample.mix) > 1;
    const std::string own = blend ? tr("this blend") : class_name(spec, main_class(state.sample.mix));
    if (chip(ui, "gallery-all", tr("All"), state.gallery_all_classes)) ui.run("gallery-all");
    ui.targets.back().label = tr("Samples of all classes");
    ImGui::SameLine(0.0f, 6.0f);
    if (chip(ui, "gallery-class", blend ? own : drawn(own), !state.gallery_all_classes)) ui.run("gallery-class");
    ui.targets.back().label = tr("Samples of {}", own);
    ImGui::SameLine();
  }
  if (ui.layout.form == Form::kDesktop) {
    constexpr float kVariety = 280.0f;
    ImGui::SetCursorPosX(inner - target - kVariety - kGrid);
    draw_variety(ui, kVariety);
    ImGui::SameLine();
  }
  ImGui::SetCursorPosX(inner - target + (target - 20.0f) / 2.0f);
  if (button(ui, "shuffle-gallery", {target, target},
             {ButtonLook::kPlain, Icon::kShuffle, "", tr("Other pictures (G)")})) {
    ui.run("shuffle-gallery");
  }
}

}  // namespace

void draw_gallery(Ui& ui) {
  const Rect& rect = ui.layout.carpet;
  const bool phone = ui.layout.form == Form::kPhone;
  const float margin = phone ? 2.0f * kGrid : kGrid;
  const float head = ui.layout.target + kGrid;
  begin_area(ui, "##gallery-head", {rect.x + margin, rect.y, rect.w - 2.0f * margin, head}, 0, 0.0f, false,
             {0.0f, 0.0f});
  draw_gallery_head(ui, rect.w - 2.0f * margin);
  end_area();

  const float bar = touching() ? 4.0f : 12.0f;
  const Rect body = {rect.x + margin, rect.y + head, rect.w - margin - (phone ? margin - bar : 0.0f), rect.h - head};
  begin_area(ui, "##gallery", body, 0, 0.0f, true, {0.0f, 0.0f});
  const Grid grid = grid_for(body.w - bar, wished_tile(ui.layout));
  const float pitch = grid.tile + kGap;
  const int rows = (kTiles + grid.columns - 1) / grid.columns;
  const float top = ImGui::GetScrollY();
  const int first = std::max(0, static_cast<int>(top / pitch));
  const int last = std::min(rows - 1, static_cast<int>((top + body.h) / pitch));
  for (int row = first; row <= last; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      const int index = row * grid.columns + column;
      const Keyframe tile = gallery_tile(ui.state(), ui.editor.spec(), index);
      ImGui::SetCursorPos({static_cast<float>(column) * pitch, static_cast<float>(row) * pitch});
      const std::string name = "tile-" + std::to_string(index);
      bool hovered = false;
      const bool kept = tile == ui.state().sample;
      if (picture_button(ui, name.c_str(), picture_label(ui, tile, index + 1),
                         ui.pictures.tile(tile, Priority::kGallery), {grid.tile, grid.tile}, kept, &hovered)) {
        ui.editor.keep(tile);
      } else if (hovered && !kept) {
        ui.session.preview = tile;
      }
    }
  }
  ImGui::SetCursorPos({0.0f, static_cast<float>(rows) * pitch});
  ImGui::Dummy({1.0f, 1.0f});
  end_area();
}

void draw_morph_sheet(Ui& ui) {
  const Rect& rect = ui.layout.carpet;
  const AppState& state = ui.state();
  const float head = ui.layout.target + kGrid;
  const Rect area = {rect.x + kGrid, rect.y, rect.w - 2.0f * kGrid, rect.h};
  begin_area(ui, "##sheet", area, 0, 0.0f, false, {0.0f, 0.0f});
  heading(ui, tr("Morph"), ui.layout.target);
  const int segments = morph_segments(static_cast<int>(state.morph.size()), state.morph_loop);
  if (segments == 0) {
    ImGui::SetCursorPos({0.0f, head + kGrid});
    quiet(ui,
          tr("A morph glides from picture to picture. Add the picture on the right with +, then choose another and add "
             "it "
             "too."),
          std::min(area.w, 480.0f));
    ImGui::Dummy({0.0f, kGrid});
    const float width = label_width(ui.fonts, tr("Start with four pictures"), true);
    if (button(ui, "start-morph", {width, ui.layout.target + 4.0f},
               {ButtonLook::kAccent, Icon::kDice, tr("Start with four pictures")})) {
      ui.run("fill-morph");
    }
    end_area();
    return;
  }
  if (!strip_has_speed(ui.layout)) {
    ImGui::SetCursorPos({kHeading, 0.0f});
    speed_slider(ui, area.w - kHeading);
  }
  const Grid grid = grid_for(area.w, wished_tile(ui.layout));
  const float pitch = grid.tile + kGap;
  const int rows = std::max(1, static_cast<int>((area.h - head + kGap) / pitch));
  const int count = std::min(rows * grid.columns, kMaxSheet);
  const int steps = state.morph_loop ? count : count - 1;
  const int now = static_cast<int>(std::lround(state.morph_position / 65535.0 * steps)) % count;
  for (int i = 0; i < count; ++i) {
    const auto position = static_cast<std::uint16_t>(std::lround(65535.0 * i / steps));
    const Keyframe frame = morph_at(state.morph, position, state.morph_loop, ui.editor.spec().switches);
    ImGui::SetCursorPos(
        {static_cast<float>(i % grid.columns) * pitch, head + static_cast<float>(i / grid.columns) * pitch});
    const std::string name = "frame-" + std::to_string(i);
    bool hovered = false;
    if (picture_button(ui, name.c_str(), tr("Frame {}", std::to_string(i + 1)),
                       ui.pictures.tile(frame, Priority::kGallery), {grid.tile, grid.tile}, i == now, &hovered)) {
      ui.run("pause");
      ui.editor.set_position(position);
    } else if (hovered && !ui.session.playing) {
      ui.session.preview = frame;
    }
  }
  end_area();
}

}  // namespace avae
