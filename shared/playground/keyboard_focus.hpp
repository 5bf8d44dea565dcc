// The keyboard's way through what is drawn, in a window of its own. On the page elements of the document are that
// (web/controls.mjs), with the same keys.
#pragma once

#include <span>
#include <string>

#include "shared/playground/ui.hpp"

namespace avae {

/// Reads the keys of this frame and moves Session::focus over `targets`, those of the frame before. Tab and Shift+Tab
/// go on and back, past texts, what is disabled, and all pictures of a row but one, to whose others the arrow keys
/// lead. Space and Enter press. Escape and a click take the focus away. Session::focus is empty when its target is not
/// drawn.
void move_focus(Session& session, std::span<const Target> targets);

/// A ring around the target that has the focus, on top of everything.
void draw_focus(const Ui& ui);

}  // namespace avae
