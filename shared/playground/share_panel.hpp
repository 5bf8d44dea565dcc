// The share panel, as the playground knows it: the page has one of its own and does not carry this one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/playground/ui.hpp"

namespace avae {

/// Lies over everything while Session::sharing is on. See DrawnSharePanel.
class SharePanel {
 public:
  virtual ~SharePanel() = default;
  /// Over a window of that size, in screen units; called in every frame.
  virtual void draw(Ui& ui, float width, float height) = 0;

  /// Answers to what the panel asked for: pixels [N, H, W, C] of a decode(), the path of a save(), or what went wrong.
  /// False when the ticket is not the panel's.
  virtual bool decoded(Ticket ticket, std::span<const std::uint8_t> pixels) = 0;
  virtual bool saved(Ticket ticket, std::string_view path) = 0;
  virtual bool failed(Ticket ticket, std::string_view message) = 0;
  /// What became of the visitor's latest wish, in a sentence.
  virtual std::string status() const = 0;
  virtual bool pending() const = 0;
  /// The visitor wants to open what is on the clipboard.
  virtual void paste() = 0;
  /// The visitor wants to open a picture from a file.
  virtual void choose_picture() = 0;
  /// What it shows that may be in any script, for set_name_glyphs().
  virtual std::vector<std::string> names() const = 0;

  /// The keyboard's way over `targets`, those of the frame before; its ring on top of everything. For windows, whose
  /// controls no document stands for.
  virtual void move_focus(Session& session, std::span<const Target> targets) = 0;
  virtual void draw_focus(const Ui& ui) = 0;
};

}  // namespace avae
