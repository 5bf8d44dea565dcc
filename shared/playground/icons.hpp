// The icons, drawn as strokes on a 24-unit square.
#pragma once

#include <imgui.h>

namespace avae {

enum class Icon {
  kNone,
  kPlay,
  kPause,
  kDice,
  kUndo,
  kRedo,
  kPlus,
  kMinus,
  kFit,
  kClose,
  kRevert,
  kLoop,
  kSmooth,
  kPixels,
  kShuffle,
  kLink,
  kShare,
  kLock,
  kUnlocked,
  kSun
};

/// Draws `icon` centred on `centre`, `size` screen units wide.
void draw_icon(ImDrawList* list, Icon icon, ImVec2 centre, float size, ImU32 colour);

}  // namespace avae
