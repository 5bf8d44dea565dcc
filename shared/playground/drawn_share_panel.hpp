// The share panel, drawn in the window: where the page does not bring one of its own.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/playground/keyboard_focus.hpp"
#include "shared/playground/share_panel.hpp"

namespace avae {

/// Pictures along a morph, each on show for `frame_ms`.
struct MorphFrames {
  std::vector<Keyframe> frames;
  int frame_ms = 0;
};

/// The morph of `state`, which has two keyframes or more, as an animation of 2 to 160 pictures: from the first to the
/// last, or as far as a loop goes before it begins again. As the page divides it (web/main.mjs).
MorphFrames morph_frames(const AppState& state, int switches);

/// Shows, copies and saves what was on show when it was opened. Files are made of pictures that are decoded for them;
/// one is made at a time.
class DrawnSharePanel : public SharePanel {
 public:
  /// `desk` and `decoder`, the playground's, outlive it.
  DrawnSharePanel(DeskService& desk, DecodeService& decoder) : desk_(desk), decoder_(decoder) {}

  void draw(Ui& ui, float width, float height) override;
  bool decoded(Ticket ticket, std::span<const std::uint8_t> pixels) override;
  bool saved(Ticket ticket, std::string_view path) override;
  bool failed(Ticket ticket, std::string_view message) override;
  std::string status() const override;
  bool pending() const override { return saving_.has_value(); }
  void paste() override { desk_.paste(); }
  void choose_picture() override { desk_.choose_picture(); }
  std::vector<std::string> names() const override;
  void move_focus(Session& session, std::span<const Target> targets) override { avae::move_focus(session, targets); }
  void draw_focus(const Ui& ui) override { avae::draw_focus(ui); }

 private:
  struct Shown {
    AppState state;
    ModelInfo model;
    std::string link;
    std::optional<QrCode> code;  // of the link, where it opens on a page
  };
  /// What is shown, in words, for those who cannot see it. `for_screen`: names as set_name_glyphs() has them drawn.
  std::string description(const Ui& ui, bool for_screen) const;
  void draw_shown(Ui& ui, float width);
  void draw_code(Ui& ui, const QrCode& code);
  void draw_copies(Ui& ui, float width);
  void draw_saves(Ui& ui, float width);
  void save(SaveRequest::Kind kind, Ticket& tickets);
  void tell(std::string_view status);
  void end(std::string_view status);

  DeskService& desk_;
  DecodeService& decoder_;
  std::optional<Shown> shown_;                       // while the panel is up
  std::optional<SaveRequest> saving_;                // while a file is made; its pixels fill up as they come
  std::map<Ticket, std::span<std::uint8_t>> asked_;  // where in them an answer goes
  std::string status_;
  bool told_ = false;  // since the latest frame
};

}  // namespace avae
