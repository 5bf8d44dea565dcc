// Where everything goes, for any window size.
#pragma once

#include "shared/latent/link.hpp"

namespace avae {

/// Screen units; y grows downwards. A width of 0 means: not on screen.
struct Rect {
  float x = 0.0f;
  float y = 0.0f;
  float w = 0.0f;
  float h = 0.0f;
  float right() const { return x + w; }
  float bottom() const { return y + h; }
  bool shown() const { return w > 0.0f && h > 0.0f; }
  bool contains(float at_x, float at_y) const { return at_x >= x && at_x < right() && at_y >= y && at_y < bottom(); }
  bool operator==(const Rect&) const = default;
};

enum class Form { kPhone, kTablet, kDesktop };

struct Layout {
  Form form = Form::kDesktop;
  Rect header;           ///< own chrome only
  Rect tabs;             ///< own chrome on phones only: the bottom row
  Rect carpet;           ///< map, gallery, or the morph's contact sheet
  Rect side;             ///< the card behind sample, actions and controls
  Rect sample;           ///< square of the picture
  Rect actions;          ///< random, revert, smooth or exact
  Rect panel;            ///< controls, scrolls
  Rect strip;            ///< the morph: a row, or the phone's panel
  float target = 32.0f;  ///< smallest height and width of anything pressed
};

inline constexpr float kGrid = 8.0f;
inline constexpr float kTouchTarget = 44.0f;
inline constexpr float kDesktopWidth = 1100.0f;
inline constexpr float kPhoneWidth = 600.0f;

/// `own_chrome`: header (and tabs on phones) are drawn here too; otherwise the page has them and the canvas is what
/// lies between. `touch`: targets grow to kTouchTarget even on a desktop.
Layout arrange(float width, float height, View view, bool own_chrome, bool touch);

}  // namespace avae
