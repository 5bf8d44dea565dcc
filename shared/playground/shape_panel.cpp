#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "shared/playground/strings.hpp"
#include "shared/playground/ui.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr int kMaxSteps = 127;
constexpr float kRoomForTwoRows = 440.0f;  // of the panel: on a lower one the sliders would be out of sight
constexpr int kVariationColumns = 6;       // at most

/// Places the cursor at the right end of the current row for something `width` wide.
void right_end(float left, float inner, float width) { ImGui::SetCursorPosX(left + inner - width); }

/// How much of each class a blend has.
void draw_weights(Ui& ui, float left, float inner) {
  const ModelSpec& spec = ui.editor.spec();
  std::vector<float> shares(static_cast<std::size_t>(spec.classes));
  normalise_mix(ui.state().sample.mix, shares);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0.0f, 0.0f});
  for (int k = 0; k < spec.classes; ++k) {
    int weight = ui.state().sample.mix[static_cast<std::size_t>(k)];
    if (weight == 0) continue;
    const std::string percent = std::to_string(std::lround(100.0f * shares[static_cast<std::size_t>(k)])) + " %";
    ImGui::SetCursorPosX(left);
    if (slider(ui, ("weight-" + std::to_string(k)).c_str(), drawn(class_name(spec, k)), &weight, 1, 255, 255, percent,
               -1, inner))
      ui.editor.set_class_weight(k, weight);
  }
  ImGui::PopStyleVar();
}

void draw_classes(Ui& ui, float left, float inner) {
  const ModelSpec& spec = ui.editor.spec();
  if (spec.classes == 0) return;
  const float target = ui.layout.target;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {6.0f, target > 32.0f ? 0.0f : 6.0f});
  ImGui::SetCursorPosX(left);
  heading(ui, tr("Class"), target);
  const float blend = label_width(ui.fonts, tr("Blend"), false);
  right_end(left, inner + kGrid, blend);
  if (button(
          ui, "blend", {blend, target},
          {ButtonLook::kPlain, Icon::kNone, tr("Blend"), tr("Mix several classes"), true, ui.session.blending, true})) {
    ui.run("blend");
  }
  float x = 0.0f;
  for (int k = 0; k < spec.classes; ++k) {
    const std::string label = drawn(class_name(spec, k));
    const float width = chip_width(ui, label);
    if (x > 0.0f && x + 6.0f + width <= inner) {
      ImGui::SameLine();
    } else {
      x = -6.0f;
      ImGui::SetCursorPosX(left);
    }
    x += 6.0f + width;
    const std::string name = "class-" + std::to_string(k);
    const bool on = ui.state().sample.mix[static_cast<std::size_t>(k)] != 0;
    if (chip(ui, name.c_str(), label, on)) {
      if (ui.session.blending || ImGui::GetIO().KeyCtrl || ImGui::GetIO().KeyShift) {
        ui.editor.toggle_class(k);
      } else {
        ui.editor.set_class(k);
      }
    }
  }
  ImGui::PopStyleVar();
  if (class_count(ui.state().sample.mix) > 1) draw_weights(ui, left, inner);
}

void draw_variations(Ui& ui, float left, float inner) {
  const float target = ui.layout.target;
  int noise = ui.state().noise_percent;
  const auto noise_slider = [&](float width) {
    if (slider(ui, "noise", tr("noise"), &noise, 1, 100, kNoisePercent, std::to_string(noise) + " %", -1, width))
      ui.editor.set_noise(noise);
  };
  const bool beside = ui.layout.form == Form::kDesktop;  // the heading has room for it
  ImGui::SetCursorPosX(left);
  heading(ui, tr("Variations"), target);
  if (beside) {
    ImGui::SetCursorPosX(left + 100.0f);
    noise_slider(inner - 100.0f - target);
    ImGui::SameLine();
  }
  right_end(left, inner + (target - 20.0f) / 2.0f, target);
  if (button(ui, "shuffle-variations", {target, target},
             {ButtonLook::kPlain, Icon::kShuffle, "", tr("Other variations")})) {
    ui.run("shuffle-variations");
  }
  constexpr float kGap = 5.0f;
  const int fitting = static_cast<int>((inner + kGap) / (target + kGap));  // none smaller than what a finger can hit
  const int columns = std::clamp(fitting, 1, kVariationColumns);
  const float pitch = (inner + kGap) / static_cast<float>(columns);
  const float size = std::floor(pitch - kGap);
  const int rows = ui.layout.panel.h < kRoomForTwoRows ? 1 : 2;
  // While a slider moves, the neighbours of the picture as it was stay: one at a time is what changes.
  const Keyframe& centre = ui.session.moving ? ui.editor.history().current().sample : ui.state().sample;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {kGap, kGap});
  for (int i = 0; i < rows * columns; ++i) {
    const int column = i % columns;
    if (column != 0) ImGui::SameLine();
    ImGui::SetCursorPosX(left + std::round(static_cast<float>(column) * pitch));
    const Keyframe variation =
        ui.editor.held(neighbour(centre, ui.state().variation_seed + static_cast<std::uint64_t>(i),
                                 ui.state().noise_percent, ui.editor.spec().switches));
    bool hovered = false;
    const std::string name = "variation-" + std::to_string(i);
    if (picture_button(ui, name.c_str(), tr("Variation {}", std::to_string(i + 1)),
                       ui.pictures.tile(variation, Priority::kHover), {size, size}, false, &hovered)) {
      ui.editor.keep(variation);
      ui.session.preview.reset();
    } else if (hovered) {
      ui.session.preview = variation;
    }
  }
  ImGui::PopStyleVar();
  if (!beside) {
    ImGui::SetCursorPosX(left);
    noise_slider(inner);
  }
}

/// Sliders in a row of rows; each knows its place for the arrow keys.
struct Sliders {
  Ui& ui;
  float left, inner;
  int count = 0;

  /// `axis` [Z]: where the slider moves the sample, which its lock keeps.
  bool add(const std::string& name, const std::string& label, int* value, int reach, std::span<const float> axis) {
    char text[16];
    std::snprintf(text, sizeof text, "%+.2f", static_cast<double>(static_cast<float>(*value) * kLatentStep));
    const bool locked = ui.editor.locked(name);
    // While it moves the variations stay.
    if (locked && !ui.session.moving) ui.editor.follow(name, axis, *value);
    const bool lock = locked || ui.session.locking;
    const float width = lock ? inner - ui.layout.target : inner;
    ImGui::SetCursorPosX(left);
    const bool moved =
        slider(ui, name.c_str(), label, value, -reach, reach, 0, *value == 0 ? "0" : text, count++, width);
    if (lock) draw_lock(name, label, axis, *value, locked);
    return moved;
  }

  void draw_lock(const std::string& name, const std::string& label, std::span<const float> axis, int value,
                 bool locked) {
    const float target = ui.layout.target;
    ImGui::SameLine();
    ImGui::SetCursorPosX(left + inner - target + (target - 20.0f) / 2.0f);
    const std::string hint = tr("Keep {}", label);
    const bool pressed =
        button(ui, ("lock-" + name).c_str(), {target, target},
               {ButtonLook::kPlain, locked ? Icon::kLock : Icon::kUnlocked, "", hint.c_str(), true, locked, true});
    if (pressed && locked) ui.editor.unlock(name);
    if (pressed && !locked) ui.editor.set_lock(name, axis, value);
  }
};

/// Moves the sample to `value` along `axis`; where that is too little for any coordinate to change, on to where one
/// does.
void step_along(Ui& ui, std::span<const float> axis, int value, const Latent& from) {
  const int before = steps_along(axis, ui.state().sample.latent);
  ui.editor.set_along(axis, value, from);
  const int way = value < before ? -1 : 1;
  while (!ui.session.moving && steps_along(axis, ui.state().sample.latent) == before && std::abs(value) < kMaxSteps)
    ui.editor.set_along(axis, value += way, from);
}

void draw_directions(Sliders& sliders, const Atlas& atlas) {
  Ui& ui = sliders.ui;
  // A drag starts from the picture as it was, so that rounding does not add up on the way.
  const Latent& from = ui.session.moving ? ui.editor.history().current().sample.latent : ui.state().sample.latent;
  int unnamed = 0;
  for (std::size_t i = 0; i < atlas.directions.size(); ++i) {
    const std::string& name = atlas.directions[i].name;
    if (name.empty()) ++unnamed;
    const std::span<const float> axis = atlas.axis(static_cast<int>(i), main_class(ui.state().sample.mix));
    int value = steps_along(axis, ui.state().sample.latent);
    if (sliders.add("direction-" + std::to_string(i),
                    name.empty() ? tr("change {}", std::to_string(unnamed)) : tr(name), &value, kMaxSteps, axis))
      step_along(ui, axis, value, from);
  }
}

/// `all`, or those that are locked.
void draw_coordinates(Sliders& sliders, bool switches, bool all) {
  Ui& ui = sliders.ui;
  const ModelSpec& spec = ui.editor.spec();
  const int first = switches ? spec.code() : 0, last = switches ? spec.latent : spec.code();
  const int reach = switches ? kSwitchSteps : kMaxSteps;
  for (int i = first; i < last; ++i) {
    const std::string name = "latent-" + std::to_string(i);
    if (!all && !ui.editor.locked(name)) continue;
    int value = std::clamp<int>(ui.state().sample.latent[static_cast<std::size_t>(i)], -reach, reach);
    const std::string label = tr(switches ? "kind {}" : "direction {}", std::to_string(i - first + 1));
    std::vector<float> axis(static_cast<std::size_t>(spec.latent), 0.0f);
    axis[static_cast<std::size_t>(i)] = 1.0f;
    if (sliders.add(name, label, &value, reach, axis)) ui.editor.set_latent(i, value);
  }
}

/// By how much they change a picture: switches, which turn it into another kind, then directions as the atlas has them.
/// Without an atlas, the coordinates as they are.
void draw_sliders(Ui& ui, float left, float inner) {
  const float target = ui.layout.target;
  ImGui::SetCursorPosX(left);
  heading(ui, tr("Directions"), target);
  const float width = ui.map != nullptr ? label_width(ui.fonts, tr("All"), false) : 0.0f;
  right_end(left, inner - width + (ui.map != nullptr ? 0.0f : (target - 20.0f) / 2.0f), target);
  if (button(
          ui, "locks", {target, target},
          {ButtonLook::kPlain, Icon::kLock, "", tr("Choose what random draws keep"), true, ui.session.locking, true}))
    ui.run("locks");
  if (ui.map != nullptr) {
    ImGui::SameLine();
    right_end(left, inner + kGrid, width);
    if (button(ui, "all-coordinates", {width, target},
               {ButtonLook::kPlain, Icon::kNone, tr("All"), tr("Every coordinate"), true, ui.session.all_coordinates,
                true}))
      ui.run("all-coordinates");
    ui.targets.back().label = tr("Every coordinate");
  }
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0.0f, 0.0f});
  Sliders sliders{ui, left, inner};
  draw_coordinates(sliders, true, true);
  if (ui.map != nullptr) draw_directions(sliders, ui.map->atlas());
  draw_coordinates(sliders, false, ui.map == nullptr || ui.session.all_coordinates);
  ui.session.sliders = sliders.count;
  ImGui::PopStyleVar();
}

}  // namespace

void draw_variety(Ui& ui, float width) {
  int percent = ui.state().truncation_percent;
  if (slider(ui, "variety", tr("variety"), &percent, 0, 100, 100, std::to_string(percent) + " %", -1, width)) {
    ui.editor.set_truncation(percent);
  }
}

void draw_shape_panel(Ui& ui) {
  const Rect& rect = ui.layout.panel;
  const float left = 2.0f * kGrid;
  const float inner = rect.w - 4.0f * kGrid;
  begin_area(ui, "##shape", rect, 0, kRadiusPanel, true, {0.0f, 0.0f});
  ImGui::SetCursorPosX(left);
  draw_realism(ui, inner);
  draw_classes(ui, left, inner);
  draw_variations(ui, left, inner);
  draw_sliders(ui, left, inner);
  if (ui.layout.form != Form::kDesktop) {
    ImGui::SetCursorPosX(left);
    draw_variety(ui, inner);
  }
  ImGui::Dummy({0.0f, kGrid});
  end_area();
}

}  // namespace avae
