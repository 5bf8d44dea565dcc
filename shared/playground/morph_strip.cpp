#include "shared/playground/morph_strip.hpp"
#include "shared/playground/strings.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "shared/playground/morph.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr float kThumb = 48.0f;

/// Keyframes along the strip: thumbnails on the line of time, a playhead over them.
void draw_track(Ui& ui, float width, float height) {
  const AppState& state = ui.state();
  const int count = static_cast<int>(state.morph.size());
  const int segments = std::max(1, morph_segments(count, state.morph_loop));
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float places = static_cast<float>(segments + 1);
  const float thumb = std::min(kThumb, width / places - 4.0f);
  const float left = from.x + thumb / 2.0f;
  const float reach = count < 2 ? 0.0f : std::min(width - thumb, static_cast<float>(segments) * 112.0f);
  const float middle = from.y + height / 2.0f;

  if (count >= 2) scrub_bar(ui, {left, from.y, reach, height});
  for (int i = 0; i < count; ++i) {
    const float x = left + reach * static_cast<float>(i) / static_cast<float>(segments);
    ImGui::SetCursorScreenPos({std::floor(x - thumb / 2.0f), std::floor(middle - thumb / 2.0f)});
    const Keyframe& keyframe = state.morph[static_cast<std::size_t>(i)];
    const std::string name = "keyframe-" + std::to_string(i);
    bool hovered = false;
    ImGui::SetNextItemAllowOverlap();
    if (picture_button(ui, name.c_str(), tr("Keyframe {}", std::to_string(i + 1)),
                       ui.pictures.tile(keyframe, Priority::kHover), {thumb, thumb},
                       count > 1 && current_keyframe(state) == i, &hovered)) {
      ui.run("pause");
      ui.editor.select_keyframe(i);
      return;
    }
    if (hovered && !ui.session.playing) ui.session.preview = keyframe;
  }
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (state.morph_loop && count >= 2) {
    const Picture first = ui.pictures.tile(state.morph.front(), Priority::kHover);
    const float x = std::floor(left + reach - thumb / 2.0f);
    if (first.texture != nullptr) {
      list->AddImageRounded(first.texture, {x, std::floor(middle - thumb / 2.0f)},
                            {x + thumb, std::floor(middle + thumb / 2.0f)}, first.uv0, first.uv1,
                            IM_COL32(255, 255, 255, 70), thumb / 8.0f);
    }
  }
  if (count >= 2) {
    const float x = std::floor(left + reach * static_cast<float>(state.morph_position) / 65535.0f);
    list->AddRectFilled({x - 1.5f, from.y + 2.0f}, {x + 1.5f, from.y + height - 2.0f}, ui.theme.accent, 1.5f);
  }
  ImGui::SetCursorScreenPos({std::min(left + reach + thumb / 2.0f + kGrid, from.x + width + kGrid), from.y});
}

}  // namespace

int current_keyframe(const AppState& state) {
  const int count = static_cast<int>(state.morph.size());
  if (count == 0) return -1;
  const int nearest = nearest_keyframe(count, state.morph_position, state.morph_loop);
  const bool end_of_loop = state.morph_position == 65535 && nearest == 0;
  return keyframe_position(nearest, count, state.morph_loop) == state.morph_position || end_of_loop ? nearest : -1;
}

void play_button(Ui& ui, float size) {
  const bool playing = ui.session.playing;
  const bool enabled = ui.state().morph.size() >= 2;
  if (button(ui, "play", {size, size},
             {enabled ? ButtonLook::kAccent : ButtonLook::kRaised, playing ? Icon::kPause : Icon::kPlay, "",
              playing ? tr("Pause (Space)") : tr("Play the morph (Space)"), enabled})) {
    ui.run("play");
  }
}

void speed_slider(Ui& ui, float width) {
  int speed = ui.state().morph_speed;
  char text[24];
  std::snprintf(text, sizeof text, "%.1f / s", speed / 10.0);
  // The track is logarithmic: slow morphs need the finer steps.
  const auto to_track = [](int tenths) { return static_cast<int>(std::lround(50.0 * std::log10(tenths))); };
  int track = to_track(speed);
  if (slider(ui, "speed", tr("speed"), &track, 0, 100, to_track(10), text, -1, width)) {
    ui.editor.set_speed(static_cast<int>(std::lround(std::pow(10.0, track / 50.0))));
  }
}

void morph_buttons(Ui& ui) {
  const float size = ui.layout.target;
  const AppState& state = ui.state();
  if (button(ui, "loop", {size, size},
             {ButtonLook::kPlain, Icon::kLoop, "", state.morph_loop ? tr("Play once") : tr("Play as a loop"), true,
              state.morph_loop})) {
    ui.run("loop");
  }
  ImGui::SameLine(0.0f, 4.0f);
  if (button(ui, "fill-morph", {size, size},
             {ButtonLook::kPlain, Icon::kDice, "", tr("Start anew with four pictures")}))
    ui.run("fill-morph");
  ImGui::SameLine(0.0f, 4.0f);
  const bool removable = current_keyframe(state) >= 0;
  if (button(ui, "remove-keyframe", {size, size},
             {ButtonLook::kPlain, Icon::kClose, "", tr("Remove this keyframe"), removable})) {
    ui.run("remove-keyframe");
  }
}

void scrub_bar(Ui& ui, const Rect& rect) {
  ImGui::SetCursorScreenPos({rect.x, rect.y});
  ImGui::SetNextItemAllowOverlap();
  ImGui::InvisibleButton("scrub", {rect.w, rect.h});
  const AppState& state = ui.state();
  if (ui.session.input.slides("scrub")) {
    ui.session.playing = false;
    ui.editor.set_position(static_cast<std::uint16_t>(65535 * std::clamp(*ui.session.input.value, 0, 100) / 100));
  }
  Target& target = ui.targets.emplace_back();
  target.name = "scrub";
  target.rect = target.shown = rect;
  target.kind = Target::Kind::kSlider;
  target.label = tr("Place in the morph");
  target.value = (100 * state.morph_position + 32767) / 65535;
  target.high = 100;
  target.text = std::to_string(target.value) + " %";
  if (ImGui::IsItemActive() && !ui.session.touch.scrolling()) {
    const float t = (ImGui::GetIO().MousePos.x - rect.x) / rect.w;
    ui.session.playing = false;
    ui.session.gesture = true;
    ui.editor.set_position(static_cast<std::uint16_t>(std::lround(65535.0f * std::clamp(t, 0.0f, 1.0f))));
  }
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float middle = std::floor(rect.y + rect.h / 2.0f);
  const float x = rect.x + rect.w * static_cast<float>(state.morph_position) / 65535.0f;
  list->AddRectFilled({rect.x, middle - 2.0f}, {rect.right(), middle + 2.0f}, ui.theme.hovered, 2.0f);
  list->AddRectFilled({rect.x, middle - 2.0f}, {x, middle + 2.0f}, ui.theme.accent, 2.0f);
}

void draw_morph_strip(Ui& ui) {
  const Rect& rect = ui.layout.strip;
  const float size = ui.layout.target + 4.0f;
  const float pad = 2.0f * kGrid;
  begin_area(ui, "##strip", rect, ui.theme.panel, kRadiusPanel, false, {0.0f, 0.0f});
  const float row = std::floor((rect.h - size) / 2.0f);
  ImGui::SetCursorPos({pad, row});
  play_button(ui, size);

  const bool wide = ui.layout.form == Form::kDesktop;
  const float speed = wide ? 260.0f : 208.0f;
  const float buttons = 3.0f * (ui.layout.target + 4.0f);
  const float tools = speed + buttons + pad;
  const float track_x = pad + size + pad;
  const float track = rect.w - track_x - tools - size - 3.0f * kGrid;
  ImGui::SetCursorPos({track_x, 12.0f});
  if (ui.state().morph.empty()) {
    ImGui::SetCursorPos({track_x, std::floor(rect.h / 2.0f) - 9.0f});
    quiet(ui, wide ? tr("Add pictures to morph between") : tr("Morph"), track);
    ImGui::SetCursorPos(
        {track_x + ImGui::CalcTextSize(wide ? tr("Add pictures to morph between") : tr("Morph")).x + pad, row});
  } else {
    draw_track(ui, track, rect.h - 24.0f);
    ImGui::SetCursorPosY(row);
  }
  const bool room = ui.state().morph.size() < kMaxKeyframes;
  if (button(ui, "add-keyframe", {size, size},
             {ButtonLook::kRaised, Icon::kPlus, "", tr("Add the picture to the morph (K)"), room})) {
    ui.run("add-keyframe");
  }
  ImGui::SetCursorPos({rect.w - tools, std::floor((rect.h - ui.layout.target) / 2.0f)});
  speed_slider(ui, speed - pad);
  ImGui::SetCursorPos({rect.w - buttons - kGrid, std::floor((rect.h - ui.layout.target) / 2.0f)});
  morph_buttons(ui);
  end_area();
}

}  // namespace avae
