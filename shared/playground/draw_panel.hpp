// The panel for the visitor's own picture, as the playground knows it: the page has one of its own and does not carry
// the drawn one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shared/playground/ui.hpp"

namespace avae {

/// The command that the panel's button runs.
inline constexpr char kOpenPicture[] = "open-picture";

/// In the carpet's place, in the view kDraw. See DrawnDrawPanel.
class DrawPanel {
 public:
  virtual ~DrawPanel() = default;
  /// Draws it, and asks for what is to be encoded.
  virtual void draw(Ui& ui) = 0;
  /// A picture for `model`, as DrawPad::place() takes it.
  virtual void place(const ModelInfo& model, std::span<const std::uint8_t> pixels, bool photograph) = 0;

  /// What the sample is to be now, and whether that is a step of its own.
  struct Reading {
    Keyframe keyframe;
    bool settled = false;
  };
  /// The answer to a request of this panel; nothing when the ticket is not.
  virtual std::optional<Reading> encoded(Ticket ticket, const Encoding& encoding, const ModelInfo& model) = 0;
  /// True when the ticket was this panel's.
  virtual bool failed(Ticket ticket, std::string_view message) = 0;
  /// The picture that was drawn or placed last, once every model that can be compared has read it.
  virtual std::optional<OwnPicture> own(const ModelId& model) const = 0;

  virtual void textures_lost() = 0;
  virtual bool pending() const = 0;
};

}  // namespace avae
