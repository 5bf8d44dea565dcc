#include "shared/playground/editor.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "shared/playground/morph.hpp"

namespace avae {

namespace {
constexpr int kMorphDraws = 3;
constexpr float kLeastTurn = 0.02f;  // a locked axis nearer to the plane of others than that follows them
constexpr int kRounding = 2;         // steps that a draw may be beside its locks

bool same_latents(const ModelSpec& a, const ModelSpec& b) { return a.latent == b.latent && a.classes == b.classes; }

/// `from`, moved along the unit vector `axis` [Z] to `value` steps.
Latent moved_along(std::span<const float> axis, int value, const Latent& from) {
  const float move = static_cast<float>(value - steps_along(axis, from)) * kLatentStep;
  std::vector<float> u(from.size());
  dequantise(from, u);
  for (std::size_t i = 0; i < u.size(); ++i) u[i] += move * axis[i];
  return quantise(u);
}
}  // namespace

Editor::Editor(std::vector<ModelInfo> models) : models_(std::move(models)), state_(default_state(models_.front())) {
  history_.reset(state_);
}

int Editor::find(const ModelId& id) const {
  for (std::size_t i = 0; i < models_.size(); ++i) {
    if (models_[i].id == id) return static_cast<int>(i);
  }
  return -1;
}

Result<void> Editor::open(std::string_view link) {
  const auto refuse = [this](Error error) -> Result<void> {
    change_model(0);
    state_ = default_state(models_.front());
    commit();
    return tl::unexpected<Error>(std::move(error));
  };
  const Result<ModelId> id = link_model(link);
  if (!id) return refuse(id.error());
  const int index = find(*id);
  if (index < 0) return refuse({"this link is for a model that is not here", "the default one is shown instead"});
  const ModelSpec& linked = models_[static_cast<std::size_t>(index)].spec;
  const Result<LinkState> read = decode_link(link, linked.latent, linked.classes);
  if (!read) return refuse(read.error());
  change_model(index);
  state_ = from_link(*read, state_);
  commit();
  return {};
}

Result<void> Editor::set_model(const ModelId& id) {
  const int index = find(id);
  if (index < 0) return fail("model " + hex(id) + " is not listed");
  const ModelInfo& next = models_[static_cast<std::size_t>(index)];
  if (same_latents(spec(), next.spec)) {
    state_.model = id;
  } else {
    const View view = state_.view;
    state_ = default_state(next);
    state_.view = view;
  }
  change_model(index);
  return {};
}

void Editor::change_model(int index) {
  if (model_ != static_cast<std::size_t>(index)) locks_.clear();
  model_ = static_cast<std::size_t>(index);
}

void Editor::replace_model(const ModelId& id, ModelInfo now) {
  const int index = find(id);
  if (index < 0) {
    models_.push_back(std::move(now));
    return;
  }
  ModelInfo& slot = models_[static_cast<std::size_t>(index)];
  const bool keeps = same_latents(slot.spec, now.spec);
  slot = std::move(now);
  history_.rename_model(id, slot.id);
  if (state_.model == id) state_.model = slot.id;
  if (!keeps) {
    if (static_cast<std::size_t>(index) == model_) {
      state_ = default_state(slot);
      locks_.clear();
    }
    history_.reset(state_);
  }
}

void Editor::set_latent(int dimension, int value) {
  state_.sample.latent[static_cast<std::size_t>(dimension)] = static_cast<std::int8_t>(std::clamp(value, -127, 127));
}

void Editor::set_class(int index) { state_.sample.mix = one_class(spec().classes, index); }

void Editor::toggle_class(int index) {
  ClassMix mix = state_.sample.mix;
  std::uint8_t& weight = mix[static_cast<std::size_t>(index)];
  weight = weight != 0 ? 0 : *std::max_element(mix.begin(), mix.end());
  if (class_count(mix) == 1) mix = one_class(spec().classes, main_class(mix));
  if (class_count(mix) > 0) state_.sample.mix = std::move(mix);
}

void Editor::set_class_weight(int index, int weight) {
  state_.sample.mix[static_cast<std::size_t>(index)] = static_cast<std::uint8_t>(std::clamp(weight, 1, 255));
}

void Editor::keep(const Keyframe& sample) { state_.sample = state_.base = Keyframe(sample); }

void Editor::random(std::uint64_t seed) {
  keep(held(draw(seed, spec(), state_.sample.mix, state_.truncation_percent)));
}

void Editor::set_lock(std::string_view name, std::span<const float> axis, int value) {
  locks_.insert_or_assign(std::string(name), Lock{{axis.begin(), axis.end()}, value});
}

void Editor::follow(std::string_view name, std::span<const float> axis, int value) {
  const auto found = locks_.find(name);
  if (found == locks_.end()) return;
  found->second.axis.assign(axis.begin(), axis.end());
  if (std::abs(value - found->second.value) > kRounding) found->second.value = value;
}

void Editor::unlock(std::string_view name) {
  if (const auto found = locks_.find(name); found != locks_.end()) locks_.erase(found);
}

Keyframe Editor::held(const Keyframe& drawn) const {
  if (locks_.empty()) return drawn;
  std::vector<float> u(drawn.latent.size());
  dequantise(drawn.latent, u);
  const auto dot = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0f);
  };
  // The locked axes at right angles to each other (Gram and Schmidt), each with its place.
  std::vector<std::pair<std::vector<float>, float>> square;
  for (const auto& [name, lock] : locks_) {
    std::vector<float> axis = lock.axis;
    float place = static_cast<float>(lock.value) * kLatentStep;
    for (const auto& [other, at] : square) {
      const float share = dot(axis, other);
      for (std::size_t i = 0; i < axis.size(); ++i) axis[i] -= share * other[i];
      place -= share * at;
    }
    const float length = std::sqrt(dot(axis, axis));
    if (length < kLeastTurn) continue;
    for (float& each : axis) each /= length;
    square.emplace_back(std::move(axis), place / length);
  }
  for (const auto& [axis, place] : square) {
    const float move = place - dot(u, axis);
    for (std::size_t i = 0; i < u.size(); ++i) u[i] += move * axis[i];
  }
  return {quantise(u), drawn.mix};
}

void Editor::set_truncation(int percent) { state_.truncation_percent = std::clamp(percent, 0, 100); }

void Editor::set_noise(int percent) { state_.noise_percent = std::clamp(percent, 1, 100); }

void Editor::set_gallery(std::uint64_t seed, bool all_classes) {
  state_.gallery_seed = seed;
  state_.gallery_all_classes = all_classes;
}

void Editor::add_keyframe() {
  if (state_.morph.size() >= kMaxKeyframes) return;
  state_.morph.push_back(state_.sample);
  const int count = static_cast<int>(state_.morph.size());
  state_.morph_position = keyframe_position(count - 1, count, state_.morph_loop);
}

void Editor::remove_keyframe(int index) {
  state_.morph.erase(state_.morph.begin() + index);
  const int count = static_cast<int>(state_.morph.size());
  if (count > 0) state_.morph_position = keyframe_position(std::min(index, count - 1), count, state_.morph_loop);
}

void Editor::select_keyframe(int index) {
  state_.morph_position = keyframe_position(index, static_cast<int>(state_.morph.size()), state_.morph_loop);
  keep(state_.morph[static_cast<std::size_t>(index)]);
}

void Editor::fill_morph(std::uint64_t seed) {
  state_.morph.assign(1, state_.sample);
  RandomBits bits(seed);
  for (int i = 0; i < kMorphDraws; ++i) {
    ClassMix mix = state_.sample.mix;
    const std::uint64_t picture = bits.next();
    if (spec().classes > 0) {
      mix = one_class(spec().classes, static_cast<int>(bits.below(static_cast<std::uint32_t>(spec().classes))));
    }
    state_.morph.push_back(held(draw(picture, spec(), mix, state_.truncation_percent)));
  }
  state_.morph_position = 0;
}

void Editor::set_morph(std::vector<Keyframe> keyframes) {
  state_.morph = std::move(keyframes);
  state_.morph_position = 0;
  state_.sample = state_.morph.front();
}

void Editor::set_along(std::span<const float> axis, int value, const Latent& from) {
  state_.sample.latent = moved_along(axis, value, from);
}

void Editor::set_position(std::uint16_t position) {
  if (state_.morph.size() < 2) return;
  state_.morph_position = position;
  keep(morph_at(state_.morph, position, state_.morph_loop, spec().switches));
}

void Editor::set_speed(int tenths) { state_.morph_speed = static_cast<std::uint8_t>(std::clamp(tenths, 1, 100)); }

void Editor::set_loop(bool loop) {
  const int count = static_cast<int>(state_.morph.size());
  const int nearest = nearest_keyframe(count, state_.morph_position, state_.morph_loop);
  state_.morph_loop = loop;
  state_.morph_position = keyframe_position(nearest, count, loop);
}

void Editor::restore(const AppState& state) {
  state_ = state;
  change_model(find(state.model));
}

void Editor::undo() {
  commit();
  if (history_.can_undo()) restore(history_.undo());
}

void Editor::redo() {
  if (history_.can_redo()) restore(history_.redo());
}

}  // namespace avae
