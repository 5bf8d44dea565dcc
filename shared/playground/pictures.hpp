// Decoded pictures: asks for what the current frame shows, drops what it no longer does, keeps the rest on the graphics
// card.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <imgui.h>

#include "shared/latent/link.hpp"
#include "shared/playground/services.hpp"

namespace avae {

inline constexpr double kLongAgo_ms = -1e9;

/// Where a picture lies on the graphics card. `texture` is null while there is nothing to show.
struct Picture {
  ImTextureID texture = nullptr;
  ImVec2 uv0;
  ImVec2 uv1;
  double ready_ms = 0.0;  ///< when it was first decoded, on the host's clock; kLongAgo_ms when it need not fade in
};

/// Pictures by what they show: the same keyframe is decoded once. In each frame, between begin_frame() and end_frame(),
/// panels call tile() and large(); end_frame() sends requests for what is missing, batched by priority, and cancels
/// tickets that nobody asked about in this frame. Pictures of an older model of the same size stay on show until the
/// new ones come.
class Pictures {
 public:
  static constexpr int kBatch = 8;  ///< tiles per request
  /// Pictures that are remembered besides those of a frame: as many as these bytes hold, within these counts.
  static constexpr std::size_t kMaxKeptBytes = std::size_t{32} << 20;
  static constexpr std::size_t kMinKept = 128;
  static constexpr std::size_t kMaxKept = 2048;
  static constexpr std::size_t kMaxPages = 8;  ///< of the atlas, 4 MiB each, unless one frame shows more
  /// Requests under way beyond which pictures appear at once: a screenful that fades in is drawn many times over.
  static constexpr std::size_t kMaxFading = 4;
  /// Gallery tiles put on the graphics card per frame: many take many frames, each of which draws much of the window,
  /// and the visitor waits for frames; too many in one make it stutter. A slow machine stops at the time, a fast one at
  /// the count.
  static constexpr int kMaxUploads = 48;
  static constexpr double kUploads_ms = 3.0;

  /// `tickets` counts the playground's tickets; it, too, outlives this.
  Pictures(DecodeService& service, Host& host, Ticket& tickets)
      : service_(service), host_(host), last_ticket_(tickets) {}
  ~Pictures();
  Pictures(const Pictures&) = delete;
  Pictures& operator=(const Pictures&) = delete;

  /// Decodes everything again, with `model`. Cancels every ticket.
  void set_model(const ModelInfo& model);
  /// Catmull-Rom enlargement, or each pixel a square.
  void set_smooth(bool smooth);
  bool smooth() const { return smooth_; }

  void begin_frame();
  /// A small picture, enlarged as a whole page of tiles is. Missing ones are asked for.
  Picture tile(const Keyframe& keyframe, Priority priority);
  /// Asks for it as tile() does. True when it has been decoded, by whichever model: preview() has something to show.
  bool want(const Keyframe& keyframe, Priority priority);
  /// Between frames: asks at once for what the next one will want as kHover, unless enough of that is under way.
  void hasten(const Keyframe& keyframe);
  /// The small picture if there is one, of whichever model; never asks.
  Picture known(const Keyframe& keyframe);
  /// The one large picture, enlarged for `size_px` framebuffer pixels. While `keyframe` is being decoded this is the
  /// latest one that was: one sample request is under way at a time, and the newest wish follows it, so a drag never
  /// starves.
  Picture large(const Keyframe& keyframe, int size_px);
  /// The same for a picture that is only being looked at: null unless it has been decoded.
  Picture preview(const Keyframe& keyframe, int size_px);
  void end_frame();

  /// pixels [N, H, W, C] for a request; unknown tickets and wrong sizes are ignored. True when a picture came of it.
  bool decoded(Ticket ticket, std::span<const std::uint8_t> pixels);
  /// Marks the ticket's pictures as failed; they are not asked for again with this model. True when the ticket was
  /// known.
  bool failed(Ticket ticket);

  /// The graphics card has forgotten every texture: uploads them again as they are drawn.
  void textures_lost();
  /// Requests under way.
  int pending() const { return static_cast<int>(flights_.size()); }
  /// The current model's decoding of it failed: there is nothing to wait for.
  bool has_failed(const Keyframe& keyframe) const;
  /// uint8 [H, W, C] of a keyframe, empty unless it has been decoded with the current model.
  std::span<const std::uint8_t> pixels(const Keyframe& keyframe) const;
  /// Tiles wait for the next frame to be put on the graphics card.
  bool uploads_wait() const { return uploads_wait_; }
  /// Some picture became visible less than `ms` ago and is still fading in.
  bool fading(double ms) const { return host_.now_ms() - newest_ms_ < ms; }

 private:
  struct Entry {
    std::vector<std::uint8_t> pixels;  // [H, W, C]; empty until decoded once
    std::uint32_t model = 0;           // generation that decoded them
    std::uint32_t failed = 0;          // generation that failed
    Ticket ticket = 0;                 // request under way
    std::uint32_t frame = 0;           // last frame that asked
    std::uint32_t placed = 0;          // last frame that showed its place
    int cell = -1;                     // place in the atlas
    std::uint32_t cell_model = 0;      // generation of the picture in that place
    double ready_ms = 0.0;
  };
  struct Enlarged {
    ImTextureID texture = nullptr;
    int factor = 0;
    std::string key;          // what it holds
    std::uint32_t model = 0;  // generation of that
  };
  struct Flight {
    std::vector<std::string> keys;
    Priority priority = Priority::kGallery;
  };

  Entry& ask(const std::string& key, Priority priority);
  void send(Priority priority, std::span<const std::string> keys);
  bool may_hover() const;
  void cancel_unwanted();
  void evict();
  int take_cell();
  void free_old_cells();
  void upload_tile(Entry& entry);
  Picture place(Entry& entry);
  Picture enlarge(Enlarged& into, const std::string& key, const Entry& entry, int size_px);
  int tile_factor() const;
  void drop_textures();

  DecodeService& service_;
  Host& host_;
  ModelId model_{};
  ModelSpec spec_;
  bool smooth_ = true;
  std::uint32_t generation_ = 0;
  std::uint32_t frame_ = 0;
  int uploads_ = 0;  // in this frame, and how long they took
  double uploads_ms_ = 0.0;
  bool uploads_wait_ = false;
  Ticket& last_ticket_;
  double newest_ms_ = kLongAgo_ms;
  std::unordered_map<std::string, Entry> entries_;
  std::unordered_map<Ticket, Flight> flights_;
  std::vector<std::string> wanted_[3];  // by priority, in the order asked

  std::vector<ImTextureID> pages_;  // the atlas
  std::vector<int> free_cells_;
  int cells_per_side_ = 0;

  Enlarged large_;
  Enlarged preview_;
  std::string latest_;  // key of the newest sample that arrived
};

}  // namespace avae
