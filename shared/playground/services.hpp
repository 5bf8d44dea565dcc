// What the playground needs from the outside: someone who decodes, and someone who owns the window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <imgui.h>

#include "shared/latent/atlas.hpp"
#include "shared/latent/latent.hpp"
#include "shared/latent/link.hpp"
#include "shared/model/hash.hpp"
#include "shared/model/spec.hpp"

namespace avae {

/// Names one request. Never 0, never used twice by one playground.
using Ticket = std::uint32_t;

/// Lower values are decoded first.
enum class Priority : std::uint8_t { kSample = 0, kHover = 1, kGallery = 2 };

/// A model that can be chosen.
struct ModelInfo {
  ModelId id{};
  std::string title;  ///< what people read; falls back to spec.name when empty
  ModelSpec spec;
  bool current = true;                  ///< otherwise an earlier one, kept for its links
  std::optional<RealismScale> realism;  ///< set when it has a discriminator that judge() can ask
};

/// N samples to decode: latents [N, Z], class weights [N, K].
struct DecodeRequest {
  Ticket ticket = 0;
  ModelId model{};
  Priority priority = Priority::kSample;
  int count = 0;  ///< N
  std::vector<std::int8_t> latents;
  std::vector<std::uint8_t> mixes;
};

/// N pictures for the discriminator of `model`: pixels [N, H, W, C], class weights [N, K].
struct JudgeRequest {
  Ticket ticket = 0;
  ModelId model{};
  int count = 0;  ///< N
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> mixes;
};

/// Decodes elsewhere (worker threads, web workers). Every call returns at once and comes from the thread that draws.
/// Answers go to Playground::decoded() or Playground::failed() on that same thread, never from inside decode().
class DecodeService {
 public:
  virtual ~DecodeService() = default;
  virtual void decode(const DecodeRequest& request) = 0;
  /// Answered with Playground::judged() or failed(). Not urgent.
  virtual void judge(const JudgeRequest& request) = 0;
  /// The answer is no longer wanted. It may still arrive and is then ignored.
  virtual void cancel(Ticket ticket) = 0;
};

/// A picture for `model`: pixels [H, W, C], read as class `only`, or as the one that shows it best (-1). A model
/// without an encoder looks for the nearest that it draws.
struct EncodeRequest {
  Ticket ticket = 0;
  ModelId model{};
  int only = -1;
  std::vector<std::uint8_t> pixels;
};

/// How a picture was read.
struct Encoding {
  Keyframe keyframe;
  int only = -1;       ///< the class; -1 for models without
  float error = 0.0f;  ///< mean squared, of values in 0..1
};

/// Encodes elsewhere, for playgrounds that have a drawing panel of their own. As DecodeService; answers go to
/// Playground::encoded() or failed().
class EncodeService {
 public:
  virtual ~EncodeService() = default;
  /// Whether the model has an encoder.
  virtual bool reads(const ModelId& model) const = 0;
  virtual void encode(const EncodeRequest& request) = 0;
};

/// N pictures to be kept as one file: pixels [N, H, W, C].
struct SaveRequest {
  enum class Kind : std::uint8_t {
    kPicture,  ///< one
    kMorph,    ///< an animation of them
    kSheet     ///< one picture of them all
  };
  Ticket ticket = 0;
  Kind kind = Kind::kPicture;
  std::string name;  ///< of the model, as ModelSpec::name: the file is called after it
  std::string link;  ///< that the file carries
  int count = 0;     ///< N
  int height = 0, width = 0, channels = 0;
  int frame_ms = 0;      ///< of a morph: how long each is on show
  bool repeats = false;  ///< of a morph: it goes on for ever; otherwise it plays once
  std::vector<std::uint8_t> pixels;
};

/// A text as squares: dark [side, side], row by row. Readers want four light squares all around it.
struct QrCode {
  int side = 0;
  std::vector<bool> dark;
};

/// The files and the clipboard of the visitor, for playgrounds that have a share panel of their own. Calls come from
/// the thread that draws.
class DeskService {
 public:
  virtual ~DeskService() = default;
  /// Writes the file elsewhere and replaces none. Answers go to Playground::saved() or failed() on the drawing thread,
  /// never from inside save().
  virtual void save(SaveRequest request) = 0;
  /// The folder that files go to: absolute, UTF-8.
  virtual std::string folder() const = 0;
  /// The visitor wants to open what is on the clipboard. Comes while a frame is drawn: to be done after it.
  virtual void paste() = 0;
  /// The visitor wants to open a picture from a file that they choose. Likewise.
  virtual void choose_picture() = 0;
  /// Nothing when the text is too long for one.
  virtual std::optional<QrCode> qr_code(const std::string& text) const = 0;
};

/// A text as a picture: alpha [height, width]. Empty when there is no way to draw it.
struct TextPicture {
  int width = 0;
  int height = 0;
  float left = 0.0f;     ///< of the picture, from where the text begins
  float top = 0.0f;      ///< of the picture, from the baseline: negative is above
  float advance = 0.0f;  ///< to where the next text begins
  std::vector<std::uint8_t> alpha;
};

/// The window, the page or a test. Textures are RGBA8, linear filter, clamped to their edge.
class Host {
 public:
  virtual ~Host() = default;
  virtual ImTextureID create_texture(int width, int height) = 0;
  /// rgba [height, width, 4] replaces the rectangle at (x, y).
  virtual void update_texture(ImTextureID texture, int x, int y, int width, int height, const std::uint8_t* rgba) = 0;
  virtual void destroy_texture(ImTextureID texture) = 0;

  virtual double now_ms() = 0;          ///< any clock that only goes forward
  virtual std::uint64_t entropy() = 0;  ///< a fresh seed for every call
  virtual bool reduced_motion() = 0;    ///< the visitor asked for no transitions
  virtual void copy_text(const std::string& text) = 0;
  /// The text that "copy link" copies for a link: a URL on the page, the bare fragment elsewhere.
  virtual std::string link_text(const std::string& link) = 0;
  /// The link is another one now. Called after an edit has ended, not at every step of a drag.
  virtual void state_changed() = 0;
  /// Draws what the built-in font lacks, in the system's fonts, with an em of `em_px` framebuffer pixels.
  virtual TextPicture draw_text(const std::string& text, float em_px, bool strong) = 0;
  /// A sentence for the visitor. True when the host shows it; otherwise the playground does.
  virtual bool show_message(std::string_view text) = 0;
};

}  // namespace avae
