// The parts that the desktop's morph strip and the phone's morph panel share.
#pragma once

#include "shared/playground/ui.hpp"

namespace avae {

/// The play or pause button.
void play_button(Ui& ui, float size);
/// Speed in keyframes per second.
void speed_slider(Ui& ui, float width);
/// Loop, start anew, remove the keyframe at the playhead.
void morph_buttons(Ui& ui);
/// A bar from 0 to 1 with the playhead on it, dragged to scrub. `rect` in screen units.
void scrub_bar(Ui& ui, const Rect& rect);
/// The keyframe that the playhead is on, -1 between two.
int current_keyframe(const AppState& state);

}  // namespace avae
