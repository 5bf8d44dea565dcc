// The visitor's own picture, drawn in the window: where the page does not bring a panel of its own.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/playground/draw_pad.hpp"
#include "shared/playground/ui.hpp"

namespace avae {

/// What is on the pad is encoded while it is drawn: one request at a time, and what was drawn meanwhile follows it.
class DrawPanel {
 public:
  /// `service` null: there is no panel. `service`, `host` and `tickets` outlive it.
  DrawPanel(EncodeService* service, Host& host, Ticket& tickets)
      : service_(service), host_(host), last_ticket_(tickets) {}
  ~DrawPanel();
  DrawPanel(const DrawPanel&) = delete;
  DrawPanel& operator=(const DrawPanel&) = delete;

  bool exists() const { return service_ != nullptr; }
  /// Draws it into the carpet's place and asks for what is to be encoded.
  void draw(Ui& ui);

  /// A picture for `model`, as DrawPad::place() takes it.
  void place(const ModelInfo& model, std::span<const std::uint8_t> pixels, bool photograph);

  /// What the sample is to be now, and whether that is a step of its own.
  struct Reading {
    Keyframe keyframe;
    bool settled = false;
  };
  /// The answer to a request of this panel; nothing when the ticket is not.
  std::optional<Reading> encoded(Ticket ticket, const Encoding& encoding, const ModelInfo& model);
  /// True when the ticket was this panel's.
  bool failed(Ticket ticket, std::string_view message);
  /// The picture that was drawn or placed last, once every model that can be compared has read it.
  std::optional<OwnPicture> own(const ModelId& model) const;

  void textures_lost();
  bool pending() const { return ticket_ != 0 || !asked_others_.empty(); }

 private:
  void draw_tools(Ui& ui, float left, float width);
  void draw_picture(Ui& ui, float side_w, float side_h);
  void changed(bool settles);
  void request(Ui& ui);

  EncodeService* service_;
  Host& host_;
  Ticket& last_ticket_;
  DrawPad pad_;
  int pen_ = 4;  // half pixels of the model
  bool eraser_ = false;
  Rgb colour_ = {255, 255, 255};
  int only_ = -1;  // class to read it as; -1 the closest
  std::optional<ImVec2> pen_at_;
  std::string status_;
  bool due_ = false;      // the pad has changed since the last request
  bool settles_ = false;  // and that is done
  bool asked_settles_ = false;
  Ticket ticket_ = 0;
  std::vector<std::uint8_t> asked_;  // pixels of the request
  std::map<Ticket, ModelId> asked_others_;
  std::optional<Keyframe> read_;
  std::map<ModelId, Keyframe> others_;
  std::vector<ModelId> readers_;  // other models that can be compared and read
  ImTextureID texture_ = nullptr;
  int texture_w_ = 0, texture_h_ = 0;
  unsigned texture_version_ = 0;
};

}  // namespace avae
