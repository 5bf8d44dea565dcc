// The playground's own controls, drawn on ImGui's draw lists in the house style.
#pragma once

#include <string>
#include <string_view>

#include "shared/playground/icons.hpp"
#include "shared/playground/ui.hpp"

namespace avae {

/// Opens a borderless window over `rect`; `background` 0 draws none. `scrolls` lets wheel and finger move its content.
/// End it with end_area().
void begin_area(Ui& ui, const char* name, const Rect& rect, ImU32 background, float radius, bool scrolls,
                ImVec2 padding);
void end_area();

enum class ButtonLook { kPlain, kRaised, kAccent };

struct ButtonStyle {
  ButtonLook look = ButtonLook::kPlain;
  Icon icon = Icon::kNone;
  std::string_view label = {};
  const char* hint = nullptr;  ///< tooltip where a pointer hovers
  bool enabled = true;
  bool on = false;      ///< a toggle that is on
  bool toggle = false;  ///< it may be on or off
};
/// A button of the given size at the cursor. `name` is its identity and its Target. True when pressed.
bool button(Ui& ui, const char* name, ImVec2 size, const ButtonStyle& style);

/// Something invisible at the cursor that can be pressed, unless a finger is scrolling. `name` as for button().
bool press(Ui& ui, const char* name, ImVec2 size);

/// Width that a button or chip needs for its label.
float label_width(const Fonts& fonts, std::string_view label, bool icon);

/// Width of a chip with this label.
float chip_width(const Ui& ui, std::string_view label);
/// A pill at the cursor. True when pressed.
bool chip(Ui& ui, const char* name, std::string_view label, bool on);

/// One row: label, track, value. `value` in [low, high], `neutral` is where the fill starts and what a double click
/// restores. `text` is the value as read by people. `index` is its place for the arrow keys (see
/// Session::focused_slider), -1 for none. True when the value changed.
bool slider(Ui& ui, const char* name, std::string_view label, int* value, int low, int high, int neutral,
            std::string_view text, int index, float width);

/// A picture of `size` at the cursor that can be pressed, called `label` to those who cannot see it. `ring` outlines
/// it. True when pressed; `*hovered` when pointed at.
bool picture_button(Ui& ui, const char* name, std::string_view label, const Picture& picture, ImVec2 size, bool ring,
                    bool* hovered);

/// "sneaker 12" for the twelfth picture of a row.
std::string picture_label(const Ui& ui, const Keyframe& keyframe, int number);

/// A heading at the left of a row of `height`; the cursor stays on the row's line.
void heading(Ui& ui, std::string_view text, float height);
/// Says `text` to those who cannot see the latest item.
void readable(Ui& ui, std::string_view text);
/// `text` with its lines broken at `width`, in the current font: between words, and between Chinese characters but for
/// punctuation, which no line begins with.
std::string wrapped(std::string_view text, float width);
/// Quiet text, wrapped at `width`.
void quiet(Ui& ui, std::string_view text, float width);
void text_centred(ImDrawList* list, ImFont* font, ImVec2 centre, ImU32 colour, std::string_view text);
/// How far a picture has faded in, 0..1.
float fade(const Ui& ui, const Picture& picture);

}  // namespace avae
