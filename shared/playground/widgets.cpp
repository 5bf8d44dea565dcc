#include "shared/playground/widgets.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <imgui_internal.h>

#include "shared/playground/strings.hpp"

namespace avae {

namespace {

constexpr float kIcon = 20.0f;
constexpr float kChip = 32.0f, kChipPadding = 18.0f;
constexpr float kDisabled = 0.35f;

ImVec2 text_size(ImFont* font, std::string_view text) {
  return font->CalcTextSizeA(font->FontSize * ImGui::GetIO().FontGlobalScale, FLT_MAX, 0.0f, text.data(),
                             text.data() + text.size());
}

void draw_text(ImDrawList* list, ImFont* font, ImVec2 at, ImU32 colour, std::string_view text) {
  list->AddText(font, font->FontSize * ImGui::GetIO().FontGlobalScale, {std::floor(at.x), std::floor(at.y)}, colour,
                text.data(), text.data() + text.size());
}

/// What the latest item covers, and what of it can be seen.
Target& add_target(Ui& ui, std::string name) {
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  ImRect shown(from, to);
  shown.ClipWith(ImGui::GetCurrentWindow()->ClipRect);
  Target& target = ui.targets.emplace_back();
  target.name = std::move(name);
  target.rect = {from.x, from.y, to.x - from.x, to.y - from.y};
  if (shown.GetWidth() > 0.0f && shown.GetHeight() > 0.0f)
    target.shown = {shown.Min.x, shown.Min.y, shown.GetWidth(), shown.GetHeight()};
  return target;
}

bool pointed_at() { return ImGui::IsItemHovered() && !touching(); }

void hint(const Ui& ui, const char* text) {
  if (text == nullptr || !pointed_at() || !ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) return;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {10.0f, 6.0f});
  ImGui::PushFont(ui.fonts.small);
  if (ImGui::BeginTooltip()) {
    ImGui::TextUnformatted(text);
    ImGui::EndTooltip();
  }
  ImGui::PopFont();
  ImGui::PopStyleVar();
}

}  // namespace

bool press(Ui& ui, const char* name, ImVec2 size) {
  const bool pressed = ImGui::InvisibleButton(name, size);
  add_target(ui, name);
  if (ui.session.reveal == name) ImGui::ScrollToItem(ImGuiScrollFlags_KeepVisibleEdgeY);
  if (ui.session.input.presses(name)) return true;
  return pressed && !ui.session.touch.scrolling();
}

void begin_area(Ui& ui, const char* name, const Rect& rect, ImU32 background, float radius, bool scrolls,
                ImVec2 padding) {
  ImGui::SetNextWindowPos({rect.x, rect.y});
  ImGui::SetNextWindowSize({rect.w, rect.h});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padding);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, radius);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, background);
  if (touching()) ImGui::PushStyleVar(ImGuiStyleVar_ScrollbarSize, 4.0f);
  ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                           ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav;
  if (scrolls) flags &= ~(ImGuiWindowFlags_NoScrollbar);
  if (!scrolls) flags |= ImGuiWindowFlags_NoScrollWithMouse;
  ImGui::Begin(name, nullptr, flags);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(touching() ? 3 : 2);
  if (scrolls) ui.session.touch.scroll_here();
}

void end_area() { ImGui::End(); }

float label_width(const Fonts& fonts, std::string_view label, bool icon) {
  return std::ceil(text_size(fonts.strong, label).x) + 24.0f + (icon ? kIcon + 8.0f : 0.0f);
}

bool button(Ui& ui, const char* name, ImVec2 size, const ButtonStyle& style) {
  ImGui::BeginDisabled(!style.enabled);
  const bool pressed = press(ui, name, size);
  ImGui::EndDisabled();
  Target& target = ui.targets.back();
  target.kind = style.toggle ? Target::Kind::kToggle : Target::Kind::kButton;
  target.label = style.label.empty() && style.hint != nullptr ? std::string(style.hint) : std::string(style.label);
  target.enabled = style.enabled;
  target.on = style.on;
  const bool hovered = style.enabled && pointed_at();
  const bool held = style.enabled && ImGui::IsItemActive() && !ui.session.touch.scrolling();
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  ImDrawList* list = ImGui::GetWindowDrawList();

  ImU32 ground = 0;
  ImU32 ink = style.on ? ui.theme.accent : ui.theme.text;
  if (style.look == ButtonLook::kAccent) {
    ground = faded(ui.theme.accent, held ? 0.8f : hovered ? 0.9f : 1.0f);
    ink = ui.theme.on_accent;
  } else if (hovered || held) {
    ground = ui.theme.hovered;
  } else if (style.look == ButtonLook::kRaised || style.on) {
    ground = ui.theme.raised;
  }
  if (!style.enabled) ink = faded(ink, kDisabled);
  if (ground != 0) list->AddRectFilled(from, to, ground, kRadiusControl);

  const ImVec2 centre = {(from.x + to.x) / 2.0f, (from.y + to.y) / 2.0f};
  if (style.label.empty()) {
    draw_icon(list, style.icon, centre, kIcon, ink);
  } else {
    const ImVec2 label = text_size(ui.fonts.strong, style.label);
    const float icon = style.icon == Icon::kNone ? 0.0f : kIcon + 8.0f;
    const float left = centre.x - (label.x + icon) / 2.0f;
    if (icon > 0.0f) draw_icon(list, style.icon, {left + kIcon / 2.0f, centre.y}, kIcon, ink);
    draw_text(list, ui.fonts.strong, {left + icon, centre.y - label.y / 2.0f}, ink, style.label);
  }
  if (style.enabled) hint(ui, style.hint);
  return pressed && style.enabled;
}

float chip_width(const Ui& ui, std::string_view label) {
  return std::max(std::ceil(text_size(ui.fonts.body, label).x) + kChipPadding, ui.layout.target);
}

bool chip(Ui& ui, const char* name, std::string_view label, bool on) {
  const ImVec2 words = text_size(ui.fonts.body, label);
  const bool pressed = press(ui, name, {chip_width(ui, label), ui.layout.target});
  ui.targets.back().kind = Target::Kind::kToggle;
  ui.targets.back().label = label;
  ui.targets.back().on = on;
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  const ImU32 ground = on ? ui.theme.accent : pointed_at() ? ui.theme.hovered : ui.theme.raised;
  ImDrawList* list = ImGui::GetWindowDrawList();
  // A finger needs more room than the eye wants to see.
  const float inset = std::max(0.0f, (ui.layout.target - kChip) / 2.0f);
  list->AddRectFilled({from.x, from.y + inset}, {to.x, to.y - inset}, ground, kChip / 2.0f);
  draw_text(list, ui.fonts.body, {(from.x + to.x - words.x) / 2.0f, (from.y + to.y - words.y) / 2.0f},
            on ? ui.theme.on_accent : ui.theme.text, label);
  return pressed;
}

bool slider(Ui& ui, const char* name, std::string_view label, int* value, int low, int high, int neutral,
            std::string_view text, int index, float width) {
  constexpr float kLabel = 92.0f;
  constexpr float kValue = 52.0f;
  constexpr float kThumb = 7.0f;
  const int before = *value;
  const ImGuiIO& io = ImGui::GetIO();
  press(ui, name, {width, ui.layout.target});
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  const float left = from.x + kLabel + kThumb;
  const float right = to.x - kValue - kThumb;
  const bool hovered = pointed_at();
  const bool active = ImGui::IsItemActive() && !ui.session.touch.scrolling();
  const auto stored = ImGui::GetID(name);
  ImGuiStorage* storage = ImGui::GetStateStorage();

  if (ImGui::IsItemActivated()) {
    storage->SetInt(stored, *value);
    if (index >= 0) ui.session.focused_slider = index;
  }
  if (active) {
    if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
      *value = neutral;
      ImGui::ClearActiveID();
    } else if (!touching()) {
      const float t = (io.MousePos.x - left) / (right - left);
      *value = low + static_cast<int>(std::lround(std::clamp(t, 0.0f, 1.0f) * static_cast<float>(high - low)));
    } else if (ui.session.touch.sideways() && ImGui::IsMousePosValid()) {
      const float moved = ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0.0f).x / (right - left);
      *value = storage->GetInt(stored) + static_cast<int>(std::lround(moved * static_cast<float>(high - low)));
    }
    ui.session.gesture = true;
  }
  if (ui.session.input.slides(name)) *value = *ui.session.input.value;
  const bool focused = (index >= 0 && ui.session.focused_slider == index) || ui.session.focus == name;
  if (focused && !active) {
    const int step = io.KeyShift ? 8 : 1;
    if (ImGui::IsKeyPressed(ImGuiKey_LeftArrow)) *value -= step;
    if (ImGui::IsKeyPressed(ImGuiKey_RightArrow)) *value += step;
    if (ImGui::IsKeyPressed(ImGuiKey_Home)) *value = neutral;
    if (ImGui::IsKeyDown(ImGuiKey_LeftArrow) || ImGui::IsKeyDown(ImGuiKey_RightArrow)) ui.session.gesture = true;
  }
  *value = std::clamp(*value, low, high);
  Target& target = ui.targets.back();
  target.kind = Target::Kind::kSlider;
  target.label = label;
  target.value = *value, target.low = low, target.high = high;
  target.text = text;

  ImDrawList* list = ImGui::GetWindowDrawList();
  const float middle = std::floor((from.y + to.y) / 2.0f);
  const auto place = [&](int at) {
    return left + (right - left) * static_cast<float>(at - low) / static_cast<float>(high - low);
  };
  if (focused) list->AddRectFilled({from.x - 8.0f, from.y}, {to.x + 8.0f, to.y}, ui.theme.raised, kRadiusControl);
  const ImVec2 words = text_size(ui.fonts.small, label);
  const ImVec2 figures = text_size(ui.fonts.small, text);
  draw_text(list, ui.fonts.small, {from.x, middle - words.y / 2.0f},
            focused || hovered ? ui.theme.text : ui.theme.quiet, label);
  draw_text(list, ui.fonts.small, {to.x - figures.x, middle - figures.y / 2.0f},
            *value == neutral ? ui.theme.quiet : ui.theme.text, text);
  list->AddRectFilled({left - kThumb, middle - 2.0f}, {right + kThumb, middle + 2.0f}, ui.theme.hovered, 2.0f);
  const float start = place(neutral);
  const float end = place(*value);
  list->AddRectFilled({std::min(start, end), middle - 2.0f}, {std::max(start, end), middle + 2.0f}, ui.theme.accent,
                      2.0f);
  const float radius = active || hovered ? kThumb + 1.0f : kThumb;
  const ImU32 ground = ui.layout.form == Form::kPhone ? ui.theme.background : ui.theme.panel;
  list->AddCircleFilled({end, middle}, radius + 2.0f, focused ? ui.theme.raised : ground);
  list->AddCircleFilled({end, middle}, radius, active ? ui.theme.accent : ui.theme.text);
  return *value != before;
}

bool picture_button(Ui& ui, const char* name, std::string_view label, const Picture& picture, ImVec2 size, bool ring,
                    bool* hovered) {
  const bool pressed = press(ui, name, size);
  ui.targets.back().kind = Target::Kind::kPicture;
  ui.targets.back().label = label;
  ui.targets.back().on = ring;
  if (hovered != nullptr) *hovered = pointed_at();
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float radius = std::min(kRadiusControl, size.x / 8.0f);
  const float shown = fade(ui, picture);
  if (shown < 1.0f) list->AddRectFilled(from, to, ui.theme.raised, radius);
  if (picture.texture != nullptr) {
    list->AddImageRounded(picture.texture, from, to, picture.uv0, picture.uv1, faded(IM_COL32_WHITE, shown), radius);
  }
  if (ring || pointed_at()) {
    const float width = ring ? 2.5f : 2.0f;
    list->AddRect({from.x + 1.0f, from.y + 1.0f}, {to.x - 1.0f, to.y - 1.0f}, ring ? ui.theme.accent : ui.theme.text,
                  radius, 0, width);
  }
  return pressed;
}

std::string picture_label(const Ui& ui, const Keyframe& keyframe, int number) {
  const std::string which = std::to_string(number);
  if (keyframe.mix.empty()) return tr("Picture {}", which);
  return class_name(ui.editor.spec(), main_class(keyframe.mix)) + " " + which;
}

void heading(Ui& ui, std::string_view text, float height) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 size = text_size(ui.fonts.strong, text);
  draw_text(ImGui::GetWindowDrawList(), ui.fonts.strong, {at.x, at.y + (height - size.y) / 2.0f}, ui.theme.text, text);
}

std::string wrapped(std::string_view text, float width) {
  constexpr unsigned kFirstIdeograph = 0x2E80;
  constexpr std::string_view kClosing = "。，、；：！？）」』》”…", kOpening = "（「『《“";
  const char* const end = text.data() + text.size();
  std::string out;
  std::string_view before;            // the character before
  const char* line = text.data();     // where the line begins
  const char* opportunity = nullptr;  // where it may end
  const auto wide = [](std::string_view character) {
    unsigned code = 0;
    return ImTextCharFromUtf8(&code, character.data(), character.data() + character.size()) > 0 &&
           code >= kFirstIdeograph;
  };
  for (const char* at = text.data(); at < end;) {
    unsigned code = 0;
    const std::string_view here(at, static_cast<std::size_t>(std::max(1, ImTextCharFromUtf8(&code, at, end))));
    const bool spaced = before == " " && here != " ";
    const bool between = !before.empty() && (wide(here) || wide(before)) && here != " ";
    const bool kept = kClosing.find(here) != std::string_view::npos || kOpening.find(before) != std::string_view::npos;
    if (spaced || (between && !kept)) opportunity = at;
    at += here.size();
    before = here;
    if (here == " " || opportunity == nullptr || opportunity <= line) continue;
    if (ImGui::CalcTextSize(line, at).x <= width) continue;
    out.append(line, opportunity);
    if (out.back() == ' ') out.pop_back();
    out += '\n';
    line = opportunity;
    opportunity = nullptr;
  }
  return out.append(line, end);
}

void quiet(Ui& ui, std::string_view text, float width) {
  ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.quiet);
  ImGui::TextUnformatted(wrapped(text, width).c_str());
  ImGui::PopStyleColor();
  readable(ui, text);
}

void readable(Ui& ui, std::string_view text) {
  const auto is_text = [](const Target& target) { return target.kind == Target::Kind::kText; };
  const auto before = std::count_if(ui.targets.begin(), ui.targets.end(), is_text);
  Target& target = add_target(ui, "text-" + std::to_string(before));
  target.kind = Target::Kind::kText;
  target.label = text;
}

void text_centred(ImDrawList* list, ImFont* font, ImVec2 centre, ImU32 colour, std::string_view text) {
  const ImVec2 size = text_size(font, text);
  draw_text(list, font, {centre.x - size.x / 2.0f, centre.y - size.y / 2.0f}, colour, text);
}

float fade(const Ui& ui, const Picture& picture) {
  if (picture.texture == nullptr) return 0.0f;
  if (ui.reduced_motion) return 1.0f;
  return std::clamp(static_cast<float>(ui.now_ms - picture.ready_ms) / kTransition_ms, 0.0f, 1.0f);
}

}  // namespace avae
