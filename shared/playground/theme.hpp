// Colours, sizes and fonts: the look of the playground.
#pragma once

#include <imgui.h>

#include "shared/playground/services.hpp"

namespace avae {

enum class ThemeName { kDark, kLight };

struct Theme {
  ImU32 background;
  ImU32 panel;
  ImU32 raised;
  ImU32 hovered;  ///< raised, under the pointer
  ImU32 text;
  ImU32 quiet;
  ImU32 accent;
  ImU32 on_accent;
  ImU32 good;
  ImU32 warn;
};

inline constexpr float kRadiusControl = 8.0f;
inline constexpr float kRadiusPanel = 12.0f;
inline constexpr float kTransition_ms = 150.0f;

const Theme& theme(ThemeName name);

/// Inter at the four sizes in use; body is the font that ImGui draws with unless told otherwise.
struct Fonts {
  ImFont* body = nullptr;    ///< 15 px
  ImFont* small = nullptr;   ///< 13 px
  ImFont* strong = nullptr;  ///< 15 px semi-bold
  ImFont* title = nullptr;   ///< 18 px semi-bold
};

/// Rasterises the fonts for `scale` framebuffer pixels per screen unit into the current context's atlas, which is
/// emptied first, and with them what the host draws: the characters of translations() that Inter lacks, and
/// name_glyphs(). The renderer must upload the atlas again.
Fonts build_fonts(float scale, Host& host);

/// Whether the subset of Inter that is built in has this character.
bool in_built_in_font(unsigned code);

/// Colours and metrics for the stock ImGui parts (scroll bars, pop-ups, combo boxes).
void apply_style(const Theme& theme, float target);

/// `colour` with its alpha multiplied by `alpha` in [0, 1].
ImU32 faded(ImU32 colour, float alpha);

}  // namespace avae
