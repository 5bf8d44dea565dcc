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
constexpr float kThumbGap = 4.0f;
constexpr float kMostPitch = 112.0f;
constexpr float kClickReach = 5.0f;  // screen units that a click may move

/// The part of the morph that the strip has room for, as numbers of keyframes: it follows the playhead, but stays while
/// something is dragged.
void follow_playhead(Ui& ui, int segments, int shown) {
  int& first = ui.session.strip_first;
  const float now = static_cast<float>(ui.state().morph_position) / 65535.0f * static_cast<float>(segments);
  const bool near_end = now < static_cast<float>(first) + 0.5f || now > static_cast<float>(first + shown) - 0.5f;
  if (near_end && !ImGui::IsMouseDown(ImGuiMouseButton_Left)) first = static_cast<int>(std::lround(now)) - shown / 2;
  first = std::clamp(first, 0, segments - shown);
}

/// The pointer moves while it is held down, or did until it was let go in this frame.
bool dragged() {
  const bool held = ImGui::IsMouseDown(ImGuiMouseButton_Left) || ImGui::IsMouseReleased(ImGuiMouseButton_Left);
  return held && ImGui::GetIO().MouseDragMaxDistanceSqr[0] > kClickReach * kClickReach;
}

void scrub_to_mouse(Ui& ui, const Rect& rect, float from, float to) {
  const float t = from + (to - from) * std::clamp((ImGui::GetIO().MousePos.x - rect.x) / rect.w, 0.0f, 1.0f);
  ui.session.playing = false;
  ui.session.gesture = true;
  ui.editor.set_position(static_cast<std::uint16_t>(std::lround(65535.0f * t)));
}

/// Three dots: the morph goes on there.
void draw_more(ImDrawList* list, ImVec2 middle, ImU32 colour) {
  for (int i = -1; i <= 1; ++i)
    list->AddCircleFilled({middle.x, middle.y + 6.0f * static_cast<float>(i)}, 1.5f, colour);
}

/// Keyframes along the strip: thumbnails on the line of time, a playhead over them.
void draw_track(Ui& ui, float width, float height) {
  const AppState& state = ui.state();
  const int count = static_cast<int>(state.morph.size());
  const int segments = std::max(1, morph_segments(count, state.morph_loop));
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float room = width - kThumb;
  const int shown = std::clamp(static_cast<int>(room / (kThumb + kThumbGap)), 1, segments);
  const float pitch = count < 2 ? 0.0f : std::min(room / static_cast<float>(shown), kMostPitch);
  const float left = from.x + kThumb / 2.0f;
  const float reach = pitch * static_cast<float>(shown);
  const float middle = from.y + height / 2.0f;
  follow_playhead(ui, segments, shown);
  const int first = ui.session.strip_first;
  const auto whole = static_cast<float>(segments);
  const float begin = static_cast<float>(first) / whole, end = static_cast<float>(first + shown) / whole;
  const auto thumb_at = [&](int i) -> ImVec2 {
    const float x = left + pitch * static_cast<float>(i - first);
    return {std::floor(x - kThumb / 2.0f), std::floor(middle - kThumb / 2.0f)};
  };

  const Rect bar = {left, from.y, reach, height};
  if (count >= 2) scrub_bar(ui, bar, begin, end);
  for (int i = first; i < std::min(count, first + shown + 1); ++i) {
    ImGui::SetCursorScreenPos(thumb_at(i));
    const Keyframe& keyframe = state.morph[static_cast<std::size_t>(i)];
    const std::string name = "keyframe-" + std::to_string(i);
    bool hovered = false;
    ImGui::SetNextItemAllowOverlap();
    if (picture_button(ui, name.c_str(), tr("Keyframe {}", std::to_string(i + 1)),
                       ui.pictures.tile(keyframe, Priority::kHover), {kThumb, kThumb},
                       count > 1 && current_keyframe(state) == i, &hovered) &&
        !dragged()) {
      ui.run("pause");
      ui.editor.select_keyframe(i);
      return;
    }
    if (count >= 2 && ImGui::IsItemActive() && dragged()) scrub_to_mouse(ui, bar, begin, end);
    if (hovered && !ui.session.playing) ui.session.preview = keyframe;
  }
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (state.morph_loop && count >= 2 && first + shown == count) {
    const Picture again = ui.pictures.tile(state.morph.front(), Priority::kHover);
    const ImVec2 at = thumb_at(count);
    if (again.texture != nullptr) {
      list->AddImageRounded(again.texture, at, {at.x + kThumb, at.y + kThumb}, again.uv0, again.uv1,
                            IM_COL32(255, 255, 255, 70), kThumb / 8.0f);
    }
  }
  if (first > 0) draw_more(list, {from.x - kGrid, middle}, ui.theme.quiet);
  if (first + shown < segments) draw_more(list, {left + reach + kThumb / 2.0f + kGrid, middle}, ui.theme.quiet);
  if (count >= 2) {
    const float place = static_cast<float>(state.morph_position) / 65535.0f;
    const float x = std::floor(left + reach * std::clamp((place - begin) / (end - begin), 0.0f, 1.0f));
    list->AddRectFilled({x - 1.5f, from.y + 2.0f}, {x + 1.5f, from.y + height - 2.0f}, ui.theme.accent, 1.5f);
  }
  ImGui::SetCursorScreenPos({std::min(left + reach + kThumb / 2.0f, from.x + width) + 2.0f * kGrid, from.y});
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

bool strip_has_speed(const Layout& layout) { return layout.form == Form::kDesktop; }

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

void scrub_bar(Ui& ui, const Rect& rect, float from, float to) {
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
  if (ImGui::IsItemActive() && !ui.session.touch.scrolling()) scrub_to_mouse(ui, rect, from, to);
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float middle = std::floor(rect.y + rect.h / 2.0f);
  const float place = static_cast<float>(state.morph_position) / 65535.0f;
  const float x = rect.x + rect.w * std::clamp((place - from) / (to - from), 0.0f, 1.0f);
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
  const float speed = !strip_has_speed(ui.layout) ? 0.0f : wide ? 260.0f : 208.0f;
  const float buttons = 3.0f * (ui.layout.target + 4.0f);
  const float tools = speed + buttons + pad;
  const float track_x = pad + size + pad;
  const float track = rect.w - track_x - tools - size - 4.0f * kGrid;
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
  if (speed > 0.0f) speed_slider(ui, speed - pad);
  ImGui::SetCursorPos({rect.w - buttons - kGrid, std::floor((rect.h - ui.layout.target) / 2.0f)});
  morph_buttons(ui);
  end_area();
}

}  // namespace avae
