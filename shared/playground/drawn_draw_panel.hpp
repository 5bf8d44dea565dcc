// The visitor's own picture, drawn in the window: where the page does not bring a panel of its own.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/playground/draw_pad.hpp"
#include "shared/playground/draw_panel.hpp"

namespace avae {

/// What is on the pad is encoded while it is drawn: one request at a time, and what was drawn meanwhile follows it.
class DrawnDrawPanel : public DrawPanel {
 public:
  /// Both outlive it.
  DrawnDrawPanel(EncodeService& service, Host& host) : service_(service), host_(host) {}
  ~DrawnDrawPanel() override;
  DrawnDrawPanel(const DrawnDrawPanel&) = delete;
  DrawnDrawPanel& operator=(const DrawnDrawPanel&) = delete;

  void draw(Ui& ui) override;
  void place(const ModelInfo& model, std::span<const std::uint8_t> pixels, bool photograph) override;
  std::optional<Reading> encoded(Ticket ticket, const Encoding& encoding, const ModelInfo& model) override;
  bool failed(Ticket ticket, std::string_view message) override;
  std::optional<OwnPicture> own(const ModelId& model) const override;
  void textures_lost() override;
  bool pending() const override { return ticket_ != 0 || !asked_others_.empty(); }

 private:
  /// All that the pad is.
  struct PadState {
    DrawPad pad;
    int only;
    std::string status;
  };

  void draw_tools(Ui& ui, float left, float width);
  void draw_picture(Ui& ui, float side_w, float side_h);
  void stroke(const Ui& ui, ImVec2 from, ImVec2 to);
  float radius(const Ui& ui) const;
  void read_keys(const Ui& ui);
  void fit(const ModelSpec& spec);
  /// Something is about to be put on the pad.
  void begin_change();
  void changed(bool settles);
  void remember(const Keyframe& sample);
  void put_back(const PadState& state);
  /// Undone or redone: the pad goes along with the sample.
  void follow(const Keyframe& sample);
  void request(Ui& ui);

  EncodeService& service_;
  Host& host_;
  Ticket* last_ticket_ = nullptr;  // the playground's, once there was a frame
  DrawPad pad_;
  int pen_ = 4;  // half pixels of the model
  bool eraser_ = false;
  Rgb colour_ = {255, 255, 255};
  int only_ = -1;  // class to read it as; -1 the closest
  std::optional<ImVec2> pen_at_;
  std::optional<ImVec2> key_pen_;  // where the keys have moved it, in pad pixels
  bool key_pen_down_ = false;
  std::string status_;
  std::vector<std::pair<Keyframe, PadState>> remembered_;  // by the samples that came of them, the newest last
  std::optional<Keyframe> followed_;                       // the sample whose pad is on show
  std::optional<PadState> cleared_;                        // what was there before the pad was cleared
  bool settled_ = false;                                   // since the last frame the pad has become the sample
  bool due_ = false;                                       // the pad has changed since the last request
  bool settles_ = false;                                   // and that is done
  bool asked_settles_ = false;
  Ticket ticket_ = 0;
  std::vector<std::uint8_t> asked_;  // pixels of the request
  std::map<Ticket, ModelId> asked_others_;
  std::optional<Keyframe> read_;
  std::map<ModelId, Keyframe> others_;
  std::vector<ModelId> readers_;  // other models that can be compared
  ImTextureID texture_ = nullptr;
  int texture_w_ = 0, texture_h_ = 0;
  unsigned texture_version_ = 0;
};

}  // namespace avae
