// How real a discriminator finds what is on show: asked once a picture, remembered.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "shared/latent/link.hpp"
#include "shared/playground/services.hpp"

namespace avae {

/// In each frame, between begin_frame() and end_frame(), panels call of(). One request is under way at a time, and what
/// is wished for then follows it, so that a drag is judged as quickly as it can be and no quicker.
class Realism {
 public:
  static constexpr std::size_t kMaxKept = 512;

  Realism(DecodeService& service, Ticket& tickets) : service_(service), last_ticket_(tickets) {}

  /// Who judges a picture of `model`: itself when it is an avae with a discriminator, else the first avae that has one
  /// for such pictures and classes, else itself. Null when nobody can.
  static const ModelInfo* judge_of(const ModelInfo& model, const std::vector<ModelInfo>& models);

  void begin_frame() { wanted_.clear(); }
  /// What `judge` thinks of `keyframe` as `model` decodes it, 0..1; asks for it when `pixels` [H, W, C] are there
  /// (empty: not yet decoded). Nothing while it is not known.
  std::optional<float> of(const ModelInfo& judge, const ModelId& model, const Keyframe& keyframe,
                          std::span<const std::uint8_t> pixels);
  /// The same, without asking.
  std::optional<float> known(const ModelInfo& judge, const ModelId& model, const Keyframe& keyframe) const;
  /// The latest that of() found for `model`: shown while the next one is worked out.
  std::optional<float> latest(const ModelId& model) const;
  void end_frame();

  /// True when the ticket was this object's. logits [N].
  bool judged(Ticket ticket, std::span<const float> logits);
  /// The same; nothing more is asked of that judge.
  bool failed(Ticket ticket);
  /// Forgets all: a model's weights are others now.
  void clear();
  /// A request is under way.
  bool pending() const { return ticket_ != 0; }

 private:
  struct Wish {
    std::string key;
    RealismScale scale;
    std::vector<std::uint8_t> pixels, mix;
  };

  DecodeService& service_;
  Ticket& last_ticket_;
  std::unordered_map<std::string, float> known_;
  std::unordered_map<std::string, float> latest_;  // by model
  std::vector<ModelId> given_up_;
  ModelId asked_{};           // judge of wanted_ and of the request
  std::vector<Wish> wanted_;  // of one judge
  Ticket ticket_ = 0;         // request under way
  std::vector<Wish> flying_;
};

}  // namespace avae
