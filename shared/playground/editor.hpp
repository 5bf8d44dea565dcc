// Every edit a visitor can make, without a pixel drawn: state, history, models and links.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/playground/history.hpp"
#include "shared/playground/state.hpp"

namespace avae {

/// Holds the state. Edits change it at once; commit() makes what has been changed since the last one a step of the
/// history, so that a drag is one step.
class Editor {
 public:
  /// Starts with the defaults of models[0]. At least one model.
  explicit Editor(std::vector<ModelInfo> models);

  const AppState& state() const { return state_; }
  const std::vector<ModelInfo>& models() const { return models_; }
  const ModelInfo& model() const { return models_[model_]; }
  const ModelSpec& spec() const { return model().spec; }
  const History& history() const { return history_; }

  std::string link() const { return encode_link(to_link(state_)); }
  /// Restores a link. Errors (the state becomes the defaults): what decode_link() refuses, a model that is not listed.
  Result<void> open(std::string_view link);
  /// Shows another model. Samples and keyframes stay when Z and K are equal, otherwise the defaults return.
  /// Errors: a model that is not listed.
  Result<void> set_model(const ModelId& id);
  /// The model `id` has learned: it is called `now.id` from here on. Latents stay unless Z or K changed; then the
  /// history starts over too. An `id` that is not listed yet is added.
  void replace_model(const ModelId& id, ModelInfo now);

  void set_view(View view) { state_.view = view; }
  void set_latent(int dimension, int value);  ///< value is clamped to [-127, 127]
  /// Moves the sample along `axis` [Z], a unit vector, from where `from` stands on it to `value` steps.
  void set_along(std::span<const float> axis, int value, const Latent& from);
  void set_class(int index);     ///< the whole mix becomes this class
  void toggle_class(int index);  ///< adds a class to the blend, or takes it out; the last one stays
  /// How much of a class the blend has, 1..255 beside the others' weights.
  void set_class_weight(int index, int weight);
  void keep(const Keyframe& sample);  ///< shows a picture and makes it what Revert returns to
  void random(std::uint64_t seed);    ///< a fresh draw of the sample's classes, that keeps what is locked

  // Locks, by the name of a slider: draws and variations stand where the sample stands along its axis. Another model
  // has none.
  bool locked(std::string_view name) const { return locks_.contains(name); }
  void set_lock(std::string_view name, std::span<const float> axis, int value);  ///< axis [Z], a unit vector; in steps
  /// The sample stands at `value` now, beside rounding, and the axis may be another class's.
  void follow(std::string_view name, std::span<const float> axis, int value);
  void unlock(std::string_view name);
  Keyframe held(const Keyframe& drawn) const;  ///< moved to where the locks are, up to rounding

  void revert() { state_.sample = state_.base; }
  bool can_revert() const { return !(state_.sample == state_.base); }
  void set_truncation(int percent);
  void set_gallery(std::uint64_t seed, bool all_classes);
  void set_noise(int percent);
  void shuffle_variations(std::uint64_t seed) { state_.variation_seed = seed; }

  void add_keyframe();  ///< the sample becomes the last keyframe; nothing when there are 16
  void remove_keyframe(int index);
  void select_keyframe(int index);                  ///< moves to it and shows it
  void fill_morph(std::uint64_t seed);              ///< the sample and three draws
  void set_morph(std::vector<Keyframe> keyframes);  ///< 2..kMaxKeyframes; shows the first
  void set_position(std::uint16_t position);
  void set_speed(int tenths);  ///< 1..100
  void set_loop(bool loop);

  /// True when there was something to record.
  bool commit() { return history_.commit(state_); }
  /// Nothing can be undone any more: what is on show is where the visit begins.
  void begin_history() { history_.reset(state_); }
  void undo();
  void redo();

 private:
  int find(const ModelId& id) const;
  void change_model(int index);  ///< to the one at `index`
  void restore(const AppState& state);

  std::vector<ModelInfo> models_;
  std::size_t model_ = 0;
  struct Lock {
    std::vector<float> axis;
    int value;
  };
  std::map<std::string, Lock, std::less<>> locks_;
  AppState state_;
  History history_;
};

}  // namespace avae
