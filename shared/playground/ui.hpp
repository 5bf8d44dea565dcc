// What panels share while a frame is drawn.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/playground/editor.hpp"
#include "shared/playground/layout.hpp"
#include "shared/playground/map_view.hpp"
#include "shared/playground/pictures.hpp"
#include "shared/playground/realism.hpp"
#include "shared/playground/scroll.hpp"
#include "shared/playground/services.hpp"
#include "shared/playground/theme.hpp"

namespace avae {

/// Something that can be pressed, moved or read, as drawn in the latest frame: for the page's accessible layer, for
/// tests, and for hosts that point at things.
struct Target {
  enum class Kind { kButton, kToggle, kSlider, kPicture, kMap, kText };  // a map, or a pad, has keys of its own
  std::string name;
  Rect rect;   ///< all of it
  Rect shown;  ///< the part inside its scrolling area; nothing when it is scrolled away
  Kind kind = Kind::kButton;
  std::string label;  ///< for people, in their language; of a text, what it says
  bool enabled = true;
  bool on = false;                   ///< a toggle that is on, a picture that is the one on show
  int value = 0, low = 0, high = 0;  ///< of a slider
  std::string text;                  ///< a slider's value for people
};

/// A target that is pressed, or moved to a value.
struct TargetInput {
  std::string name;
  std::optional<int> value;  ///< of a slider
  bool presses(std::string_view target) const { return !value && name == target; }
  bool slides(std::string_view target) const { return value && name == target; }
};

/// Two fingers on the map.
struct Pinch {
  ImVec2 at;            ///< between them
  ImVec2 moved;         ///< since the last one
  float factor = 1.0f;  ///< by which they went apart
};

/// The map as the visitor has it before them.
struct MapSession {
  MapView view;
  bool placed = false;   ///< otherwise the next frame shows the whole map
  float zoom_by = 1.0f;  ///< asked for by a button or a key
  std::optional<Pinch> pinch;
  bool dots = false;                ///< show the points, coloured by class
  bool drawing = false;             ///< the next drag draws a line to morph along
  std::vector<MapPoint> line;       ///< the latest line
  bool line_growing = false;        ///< it is being drawn
  bool line_ends = false;           ///< it is to be played now: the keys have drawn it
  float moved = 0.0f;               ///< how far the pointer has gone since it went down
  bool pointed = false;             ///< the pointer is over it, and drags nothing
  std::optional<Keyframe> hovered;  ///< the latest place under the pointer that was decoded
  std::optional<MapPoint> mark;     ///< where the sample stands
  bool mark_exact = false;          ///< it was chosen there, otherwise that is its nearest point
  Keyframe marked;                  ///< the sample that `mark` is of,
  const Map* marked_on = nullptr;   ///< and the map
};

/// One of the models side by side, and its pictures.
struct Compared {
  const ModelInfo* model;
  Pictures* pictures;
};
inline constexpr int kMaxCompared = 3;

/// The models that share the sample's latents and classes, at most kMaxCompared, `shown` among them.
std::vector<const ModelInfo*> comparable(const ModelInfo& shown, const std::vector<ModelInfo>& models);

/// Whether it has the sizes of that model's latents and class mixes.
inline bool fits(const Keyframe& keyframe, const ModelSpec& spec) {
  return keyframe.latent.size() == static_cast<std::size_t>(spec.latent) &&
         keyframe.mix.size() == static_cast<std::size_t>(spec.classes);
}

/// A picture from outside as each model encodes it. Models that are not here cannot read pictures.
struct OwnPicture {
  std::map<ModelId, Keyframe> keyframes;
  /// Null for models that cannot read it.
  const Keyframe* of(const ModelId& model) const {
    const auto found = keyframes.find(model);
    return found == keyframes.end() ? nullptr : &found->second;
  }
  /// It is the sample; as long as it is, the other models show theirs.
  bool shown(const AppState& state) const {
    const Keyframe* own = of(state.model);
    return own != nullptr && *own == state.sample;
  }
};

/// What the visitor is in the middle of: neither shared nor undone.
struct Session {
  bool playing = false;
  double strip = 0.0;   ///< playhead while playing, 0..1
  int strip_first = 0;  ///< the first keyframe that the morph strip shows
  bool blending = false;
  std::optional<Keyframe> preview;  ///< under the pointer: shown in the sample's place
  int focused_slider = -1;          ///< of the panel, by the pointer; -1 for none
  std::string focus;                ///< the target that the keyboard has come to (keyboard_focus.hpp); empty for none
  int sliders = 0;                  ///< how many the panel has
  bool all_coordinates = false;     ///< the panel lists every coordinate too
  bool locking = false;             ///< its sliders have a lock each
  MapSession map;
  std::optional<OwnPicture> own_picture;
  bool gesture = false;     ///< a drag goes on in this frame: record the edit when it ends
  double settles_ms = 0.0;  ///< until then pictures come from outside that are one step with the next
  bool moving = false;      ///< a drag went on in the frame before
  TouchScroll touch;
  bool sharing = false;               ///< the share panel is up
  std::vector<std::string> commands;  ///< to run after the frame
  // From the page's accessible layer:
  std::deque<TargetInput> inputs;  ///< for frames to come, one each: a press may draw what the next one presses
  TargetInput input;               ///< for this frame; without a name there is none
  std::string reveal;              ///< a target to scroll to, in the next frame
  ThemeName theme = ThemeName::kDark;
  std::string message;
  double message_until_ms = 0.0;
};

/// One frame's view of everything. Panels read the state and edit through `editor`.
struct Ui {
  Editor& editor;
  Pictures& pictures;
  Host& host;
  Session& session;
  const Theme& theme;
  const Fonts& fonts;
  const Layout& layout;
  float scale;  ///< framebuffer pixels per screen unit
  std::vector<Target>& targets;
  Map* map;  ///< of the current model; null without an atlas
  Realism& realism;
  std::span<const Compared> compared;  ///< in the view kCompare
  double now_ms;                       ///< when the frame began, on the host's clock
  bool reduced_motion;
  Ticket& tickets;  ///< counts the playground's

  const AppState& state() const { return editor.state(); }
  void run(std::string_view command) const { session.commands.emplace_back(command); }
};

void draw_header(Ui& ui);                ///< own chrome: name, model, views, share
void draw_tabs(Ui& ui);                  ///< own chrome on phones: views at the bottom
void draw_sample(Ui& ui);                ///< the picture and the row of actions below it
void draw_shape_panel(Ui& ui);           ///< classes, variations, sliders
void draw_variety(Ui& ui, float width);  ///< how far random draws stray from the middle, at the cursor
void draw_gallery(Ui& ui);               ///< the carpet of random draws
void draw_map(Ui& ui, Map& map);         ///< the carpet as a map of the latent space
/// What lies on the map at `pointer`, of which the latest frame is on show; nothing over empty ground and beside it.
std::optional<Keyframe> map_place(const MapSession& session, const Layout& layout, const Map& map, ImVec2 pointer);
/// Asks for the place under the pointer, and makes it, or the one before, the preview. For draw_sample().
void point_at_map(Ui& ui, const Map& map);
void draw_compare(Ui& ui);               ///< in the carpet's place: the sample as several models draw it
void draw_realism(Ui& ui, float width);  ///< how real the sample is, one row at the cursor; nothing without a judge
void draw_morph_sheet(Ui& ui);           ///< the carpet's place in the morph view: the whole morph at a glance
void draw_morph_strip(Ui& ui);           ///< one row: play, keyframes, speed, loop
void draw_morph_panel(Ui& ui);           ///< the same on a phone
void draw_message(Ui& ui, const Rect& window);

/// The commands "map-...".
void run_map_command(MapSession& session, std::string_view name);

}  // namespace avae
