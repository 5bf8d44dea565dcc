// The share panel, drawn in the window: where the page does not bring one of its own.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/playground/ui.hpp"

namespace avae {

/// Pictures along a morph, each on show for `frame_ms`.
struct MorphFrames {
  std::vector<Keyframe> frames;
  int frame_ms = 0;
};

/// The morph of `state`, which has two keyframes or more, as an animation of 2 to 160 pictures: from the first to the
/// last, or as far as a loop goes before it begins again. As the page divides it (web/main.mjs).
MorphFrames morph_frames(const AppState& state, int switches);

/// Lies over everything while Session::sharing is on. It shows, copies and saves what was on show when it was opened.
/// Files are made of pictures that are decoded for them; one is made at a time.
class SharePanel {
 public:
  /// `desk` null: there is no panel. `desk`, `decoder`, `host` and `tickets` outlive it.
  SharePanel(DeskService* desk, DecodeService& decoder, Host& host, Ticket& tickets)
      : desk_(desk), decoder_(decoder), host_(host), last_ticket_(tickets) {}

  bool exists() const { return desk_ != nullptr; }
  /// Over a window of that size, in screen units.
  void draw(Ui& ui, float width, float height);

  /// Answers to what the panel asked for: pixels [N, H, W, C] of a decode(), the path of a save(), or what went wrong.
  /// False when the ticket is not the panel's.
  bool decoded(Ticket ticket, std::span<const std::uint8_t> pixels);
  bool saved(Ticket ticket, std::string_view path);
  bool failed(Ticket ticket, std::string_view message);
  /// What became of the visitor's latest wish, in a sentence.
  const std::string& status() const { return status_; }
  bool pending() const { return saving_.has_value(); }

 private:
  struct Shown {
    AppState state;
    ModelInfo model;
    std::string link;
  };
  void draw_shown(Ui& ui, float width);
  void draw_link(Ui& ui, float width);
  void draw_saves(Ui& ui, float width);
  void save(SaveRequest::Kind kind);
  void end(std::string_view status);

  DeskService* desk_;
  DecodeService& decoder_;
  Host& host_;
  Ticket& last_ticket_;
  std::optional<Shown> shown_;                       // while the panel is up
  std::optional<SaveRequest> saving_;                // while a file is made; its pixels fill up as they come
  std::map<Ticket, std::span<std::uint8_t>> asked_;  // where in them an answer goes
  std::string status_;
};

/// `text` with characters of `folder` that the built-in font lacks as set_name_glyphs() draws them, folder by folder.
std::string drawn_path(std::string text, const std::string& folder);
/// The names in a path, for set_name_glyphs().
std::vector<std::string> path_names(const std::string& path);

}  // namespace avae
