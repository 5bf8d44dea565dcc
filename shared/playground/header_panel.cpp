#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "shared/playground/strings.hpp"
#include "shared/playground/ui.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

struct Tab {
  View view;
  const char* name;
  const char* label;
};
constexpr std::array<Tab, 5> kTabs = {{{View::kShape, "view-shape", "Shape"},
                                       {View::kMap, "view-map", "Map"},
                                       {View::kDraw, "view-draw", "Draw"},
                                       {View::kMorph, "view-morph", "Morph"},
                                       {View::kCompare, "view-compare", "Compare"}}};

constexpr float kTabGap = 2.0f;
constexpr float kChoiceFrame = 44.0f;  // what a choice needs beside its text: margins and arrow
constexpr float kModelWidth = 220.0f, kLeastModelWidth = 96.0f;
constexpr float kMostCloser = 18.0f;
constexpr float kRoomForTheme = 700.0f;

const std::string& title_of(const ModelInfo& model) { return model.title.empty() ? model.spec.name : model.title; }

/// `text`, or as much of it as `width` has room for and an ellipsis.
std::string shortened(std::string text, float width) {
  if (ImGui::CalcTextSize(text.c_str()).x <= width) return text;
  while (!text.empty() && ImGui::CalcTextSize((text + "…").c_str()).x > width) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  return text + "…";
}

void draw_model_choice(Ui& ui, float width) {
  ImGui::SetNextItemWidth(width);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {8.0f, 8.0f});
  const bool open =
      ImGui::BeginCombo("##model", shortened(drawn(title_of(ui.editor.model())), width - kChoiceFrame).c_str(),
                        ImGuiComboFlags_HeightLarge | ImGuiComboFlags_NoArrowButton);
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 size = ImGui::GetItemRectSize();
  const ImVec2 arrow = {from.x + size.x - 18.0f, from.y + size.y / 2.0f + 2.0f};
  const ImVec2 points[] = {{arrow.x - 4.5f, arrow.y - 4.5f}, arrow, {arrow.x + 4.5f, arrow.y - 4.5f}};
  ImGui::GetWindowDrawList()->AddPolyline(points, 3, ui.theme.quiet, 0, 1.6f);
  Target& target = ui.targets.emplace_back();
  target.name = "model";
  target.rect = target.shown = {from.x, from.y, size.x, size.y};
  target.label = title_of(ui.editor.model());
  if (open) {
    for (const ModelInfo& model : ui.editor.models()) {
      const bool chosen = model.id == ui.state().model;
      const std::string label = drawn(title_of(model)) + "##" + hex(model.id);
      if (ImGui::Selectable(label.c_str(), chosen, 0, {0.0f, ui.layout.target - 8.0f}) && !chosen)
        ui.run("model " + hex(model.id));
    }
    ImGui::EndCombo();
  }
  ImGui::PopStyleVar();
}

bool has_theme(const Rect& header) { return header.w >= kRoomForTheme; }

float share_width(const Ui& ui) {
  return ui.layout.form == Form::kDesktop ? label_width(ui.fonts, tr("Share"), true) : ui.layout.target;
}

/// From the right: share, theme where there is room, redo, undo.
void draw_header_tools(Ui& ui) {
  const Rect& rect = ui.layout.header;
  const bool words = ui.layout.form == Form::kDesktop;
  const float target = ui.layout.target;
  const float row = (rect.h - target) / 2.0f;
  const float share = share_width(ui);
  const History& history = ui.editor.history();
  float x = rect.w - share - kGrid;
  ImGui::SetCursorPos({x, row});
  if (button(ui, "share", {share, target},
             {words ? ButtonLook::kAccent : ButtonLook::kPlain, Icon::kShare, words ? tr("Share") : "",
              words ? nullptr : tr("Share")})) {
    ui.session.sharing = true;
  }
  const auto tool = [&](const char* name, Icon icon, const char* hint, bool enabled) {
    x -= target;
    ImGui::SetCursorPos({x, row});
    if (button(ui, name, {target, target}, {ButtonLook::kPlain, icon, "", hint, enabled})) ui.run(name);
  };
  x -= words ? kGrid : 0.0f;
  if (has_theme(rect)) tool("theme", Icon::kSun, tr("Dark or light"), true);
  tool("redo", Icon::kRedo, tr("Redo (Ctrl+Shift+Z)"), history.can_redo());
  tool("undo", Icon::kUndo, tr("Undo (Ctrl+Z)"), history.can_undo());
}

}  // namespace

void draw_header(Ui& ui) {
  const Rect& rect = ui.layout.header;
  const bool phone = ui.layout.form == Form::kPhone;
  const float target = ui.layout.target;
  const float row = (rect.h - target) / 2.0f;
  begin_area(ui, "##header", rect, 0, 0.0f, false, {0.0f, 0.0f});
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float x = rect.x + 3.0f * kGrid;
  const float y = rect.y + rect.h / 2.0f;
  list->AddQuadFilled({x, y - 8.0f}, {x + 8.0f, y}, {x, y + 8.0f}, {x - 8.0f, y}, ui.theme.accent);
  float left = 5.0f * kGrid;
  if (ui.layout.form == Form::kDesktop) {  // on less the models' names need the room
    ImGui::PushFont(ui.fonts.title);
    const ImVec2 size = ImGui::CalcTextSize("AVAE");
    ImGui::PopFont();
    text_centred(list, ui.fonts.title, {rect.x + left + size.x / 2.0f, y}, ui.theme.text, "AVAE");
    left += size.x + 2.0f * kGrid;
  }
  float tabs_left = rect.w - 3.0f * target - kGrid;
  if (!phone) {
    float width = 0.0f;
    for (const Tab& tab : kTabs) width += label_width(ui.fonts, tr(tab.label), false) + 4.0f;
    const float tools = share_width(ui) + (has_theme(rect) ? 3.0f : 2.0f) * target + 3.0f * kGrid;
    // Closer together where there is little room.
    const float room = rect.w - left - kLeastModelWidth - kGrid - tools;
    const float closer = std::clamp((width - room) / static_cast<float>(kTabs.size()), 0.0f, kMostCloser);
    width -= closer * static_cast<float>(kTabs.size());
    // In the middle, or as far to the right as the tools allow when the model's name needs the room.
    const float rightmost = rect.w - tools - width;
    tabs_left = std::floor(std::max((rect.w - width) / 2.0f, std::min(left + kModelWidth + kGrid, rightmost)));
    ImGui::SetCursorPos({tabs_left, row});
    for (const Tab& tab : kTabs) {
      const bool on = ui.state().view == tab.view;
      if (button(ui, tab.name, {label_width(ui.fonts, tr(tab.label), false) - closer, target},
                 {ButtonLook::kPlain, Icon::kNone, tr(tab.label), nullptr, true, on})) {
        ui.run(tab.name);
      }
      ImGui::SameLine(0.0f, 4.0f);
    }
  }
  ImGui::SetCursorPos({left, row});
  draw_model_choice(ui, std::min(kModelWidth, tabs_left - left - kGrid));
  draw_header_tools(ui);
  end_area();
}

void draw_tabs(Ui& ui) {
  const Rect& rect = ui.layout.tabs;
  begin_area(ui, "##tabs", rect, ui.theme.panel, 0.0f, false, {0.0f, 0.0f});
  const float count = static_cast<float>(kTabs.size());
  const float width = (rect.w - (count + 1.0f) * kTabGap) / count;
  for (std::size_t i = 0; i < kTabs.size(); ++i) {
    ImGui::SetCursorPos({kTabGap + static_cast<float>(i) * (width + kTabGap), 4.0f});
    if (button(
            ui, kTabs[i].name, {width, rect.h - 8.0f},
            {ButtonLook::kPlain, Icon::kNone, tr(kTabs[i].label), nullptr, true, ui.state().view == kTabs[i].view})) {
      ui.run(kTabs[i].name);
    }
  }
  end_area();
}

void draw_message(Ui& ui, const Rect& window) {
  const Session& session = ui.session;
  if (session.message.empty() || ui.now_ms >= session.message_until_ms) return;
  const float most = window.w - 6.0f * kGrid;
  const ImVec2 words = ImGui::CalcTextSize(session.message.c_str(), nullptr, false, most);
  const float bottom =
      ui.layout.strip.shown() && ui.layout.form != Form::kPhone ? ui.layout.strip.y : window.h - 8.0f * kGrid;
  const ImVec2 from = {std::floor((window.w - words.x) / 2.0f), std::floor(bottom - words.y - 3.0f * kGrid)};
  ImDrawList* list = ImGui::GetForegroundDrawList();
  list->AddRectFilled({from.x - 16.0f, from.y - 12.0f}, {from.x + words.x + 16.0f, from.y + words.y + 12.0f},
                      ui.theme.text, kRadiusControl);
  list->AddText(ui.fonts.body, ui.fonts.body->FontSize / ui.scale, from, ui.theme.background, session.message.c_str(),
                nullptr, most);
}

}  // namespace avae
