// The playground: state, pictures and panels behind one object that a window or a page drives.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/playground/draw_panel.hpp"
#include "shared/playground/share_panel.hpp"
#include "shared/playground/ui.hpp"

namespace avae {

/// Everything is called from the thread that draws, with an ImGui context current.
///
///   playground.set_scale(2.0f);            // once, and when it changes: then upload ImGui's font atlas
///   while (playground.needs_frame()) { backend NewFrame; ImGui::NewFrame(); playground.frame(w, h); ImGui::Render(); …
///   }
///
/// Input goes to ImGui's io and then wake(). Nothing is drawn, decoded or reported between wake-ups.
class Playground {
 public:
  /// `models` has one or more entries; `service` and `host` outlive the playground. `sharing`, which outlives it too:
  /// also draw header, tabs and that panel. `drawing`, likewise: also draw that, for the visitor's own picture.
  Playground(std::vector<ModelInfo> models, DecodeService& service, Host& host, SharePanel* sharing = nullptr,
             DrawPanel* drawing = nullptr);
  ~Playground();
  Playground(const Playground&) = delete;
  Playground& operator=(const Playground&) = delete;

  /// Rasterises fonts for `scale` framebuffer pixels per screen unit, in the language of set_strings().
  void set_scale(float scale);
  void set_theme(ThemeName theme);

  /// Draws between ImGui::NewFrame() and ImGui::Render(). Width and height in screen units.
  void frame(float width, float height);
  /// There is something to draw now.
  bool needs_frame() const;
  /// Milliseconds until needs_frame() turns true by itself; negative when only input or answers can do that.
  double wait_ms() const;
  /// The graphics context was lost and made anew: textures are created again. Upload ImGui's font atlas too.
  void textures_lost();
  /// Input came, or something outside changed.
  void wake();

  /// Answers to DecodeService::decode(). pixels uint8 [N, H, W, C].
  void decoded(Ticket ticket, std::span<const std::uint8_t> pixels);
  void failed(Ticket ticket, std::string_view message);
  /// Answers to DecodeService::judge(). logits [N].
  void judged(Ticket ticket, std::span<const float> logits);
  /// Answers to EncodeService::encode().
  void encoded(Ticket ticket, const Encoding& encoding);
  /// Answers to DeskService::save(): where the file is.
  void saved(Ticket ticket, std::string_view path);

  /// As Editor's; what goes wrong is also shown to the visitor.
  Result<void> open(std::string_view link);
  Result<void> set_model(const ModelId& id);
  /// Gives model `id` its map and directions. A model without one shows the gallery and its coordinates.
  void set_atlas(const ModelId& id, Atlas atlas);
  /// Two fingers: around (x, y), moved by (dx, dy) and `factor` further apart since the last call. False where there is
  /// no map.
  bool pinch(float x, float y, float dx, float dy, float factor);
  /// The pointer is about to be at (x, y): what lies there on the map is asked for now, and not only in the next frame.
  void pointer_comes(float x, float y);
  void replace_model(const ModelId& id, ModelInfo now);
  Result<void> command(std::string_view name);
  /// As if the target of this name were pressed or moved to `value`: one a frame, in this order, and nothing when that
  /// frame draws no such target. Looked for: in the next frame.
  void press(std::string_view target);
  void slide(std::string_view target, int value);
  void reveal(std::string_view target);
  /// Runs one edit from outside as a step of its own.
  template <typename Edit>
  void edit(Edit&& change) {
    session_.playing = false;
    change(editor_);
    settle();
  }

  /// A picture from outside becomes the sample. Until one is `settled`, those before it, and a choice of a model
  /// between them, are one step with it.
  void keep(const Keyframe& picture, bool settled);

  /// A sentence for the visitor.
  void say(std::string_view message);
  /// A picture for the drawing panel, which comes up: [H f, W f, C] of the current model's sizes and f = pad_factor().
  /// `photograph`: its light is stretched, as DrawPad::place() says.
  void draw_on(std::span<const std::uint8_t> pixels, bool photograph);

  /// What is on show is a picture from outside: how the other models encode it.
  void set_own_picture(std::map<ModelId, Keyframe> others);
  /// How real the sample is, 0..1: as Realism. Nothing while that is not known.
  std::optional<float> realism() const;

  std::string link() const { return editor_.link(); }
  const Editor& editor() const { return editor_; }
  const Session& session() const { return session_; }
  /// What can be pressed, as of the latest frame.
  std::span<const Target> targets() const { return targets_; }
  const Layout& layout() const { return layout_; }
  /// uint8 [H, W, C] of the sample; empty while it is being decoded.
  std::span<const std::uint8_t> pixels() const { return pictures_.pixels(editor_.state().sample); }
  /// Requests under way.
  int pending() const;
  ImU32 background() const { return avae::theme(session_.theme).background; }

 private:
  Result<void> report(Result<void> result);
  void play(double elapsed_ms);
  void read_shortcuts();
  void draw(float width, float height);
  void draw_carpet(Ui& ui);
  std::vector<Compared> compared();
  void settle();
  void tell_saved();

  DecodeService& service_;
  Host& host_;
  SharePanel* sharing_;
  Editor editor_;
  Ticket tickets_ = 0;
  Pictures pictures_;
  std::map<ModelId, Pictures> beside_;  // of the other models that are compared
  Realism realism_;
  DrawPanel* drawing_;
  Session session_;
  Fonts fonts_;
  Layout layout_;
  std::vector<Target> targets_;
  float scale_ = 1.0f;
  bool drawn_ = false;  // there was a frame
  double last_ms_ = 0.0;
  int frames_due_ = 0;
  std::map<ModelId, Map> maps_;
  ModelId decoding_{};    // model that pictures_ works with
  std::pair<std::string, std::size_t> reported_;  // link and keyframes at the latest state_changed()
};

}  // namespace avae
