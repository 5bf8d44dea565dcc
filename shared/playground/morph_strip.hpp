// The parts that the desktop's morph strip and the phone's morph panel share.
#pragma once

#include "shared/playground/ui.hpp"

namespace avae {

/// The play or pause button.
void play_button(Ui& ui, float size);
/// Whether the strip has room for the speed beside its keyframes; otherwise it is above the morph's pictures.
bool strip_has_speed(const Layout& layout);
/// Speed in keyframes per second.
void speed_slider(Ui& ui, float width);
/// Loop, start anew, remove the keyframe at the playhead.
void morph_buttons(Ui& ui);
/// A bar with the playhead on it, dragged to scrub. `rect` in screen units; its ends are the places `from` and `to` of
/// the morph, 0 to 1.
void scrub_bar(Ui& ui, const Rect& rect, float from = 0.0f, float to = 1.0f);
/// The keyframe that the playhead is on, -1 between two.
int current_keyframe(const AppState& state);

}  // namespace avae
