#include "shared/playground/state.hpp"

#include <algorithm>
#include <cmath>

#include "shared/playground/strings.hpp"

namespace avae {

namespace {
constexpr std::uint64_t kDefaultSeed = 1;
constexpr float kRadiansPerPercent = 1.0f / 64.0f;
}  // namespace

AppState default_state(const ModelInfo& model) {
  AppState state;
  state.model = model.id;
  state.sample = draw(kDefaultSeed, model.spec, one_class(model.spec.classes, 0), state.truncation_percent);
  state.base = state.sample;
  return state;
}

LinkState to_link(const AppState& state) {
  LinkState link;
  link.model = state.model;
  link.view = state.view;
  link.sample = state.sample;
  if (state.morph.size() >= 2) {
    link.morph = state.morph;
    link.morph_speed = state.morph_speed;
    link.morph_loop = state.morph_loop;
    link.morph_position = state.morph_position;
  }
  return link;
}

AppState from_link(const LinkState& link, const AppState& previous) {
  AppState state = previous;
  state.model = link.model;
  state.view = link.view;
  state.sample = link.sample;
  state.base = link.sample;
  state.morph = link.morph;
  state.morph_speed = link.morph_speed;
  state.morph_loop = link.morph_loop;
  state.morph_position = link.morph_position;
  return state;
}

Keyframe draw(std::uint64_t seed, const ModelSpec& spec, const ClassMix& mix, int truncation_percent) {
  return {random_latent(seed, spec.latent, truncation_percent, spec.switches), mix};
}

Keyframe gallery_tile(const AppState& state, const ModelSpec& spec, int index) {
  RandomBits bits(state.gallery_seed + static_cast<std::uint64_t>(index));
  const std::uint64_t seed = bits.next();
  ClassMix mix = state.sample.mix;
  if (state.gallery_all_classes && spec.classes > 0) {
    mix = one_class(spec.classes, static_cast<int>(bits.below(static_cast<std::uint32_t>(spec.classes))));
  }
  return draw(seed, spec, mix, state.truncation_percent);
}

Keyframe neighbour(const Keyframe& sample, std::uint64_t seed, int noise_percent, int switches) {
  const Latent towards = random_latent(RandomBits(seed).next(), static_cast<int>(sample.latent.size()));
  std::vector<float> u(sample.latent.size());
  const float angle = static_cast<float>(noise_percent) * kRadiansPerPercent;
  const float keep = std::cos(angle);
  const float turn = std::sin(angle);
  for (std::size_t i = 0; i < u.size(); ++i) {
    u[i] = (keep * static_cast<float>(sample.latent[i]) + turn * static_cast<float>(towards[i])) * kLatentStep;
  }
  Keyframe beside = {quantise(u), sample.mix};
  std::copy(sample.latent.end() - switches, sample.latent.end(), beside.latent.end() - switches);
  return beside;
}

int main_class(const ClassMix& mix) {
  if (mix.empty()) return -1;
  return static_cast<int>(std::max_element(mix.begin(), mix.end()) - mix.begin());
}

std::string class_name(const ModelSpec& spec, int index) {
  return spec.class_names.empty() ? tr("class {}", std::to_string(index))
                                  : tr(spec.class_names[static_cast<std::size_t>(index)]);
}

int steps_along(std::span<const float> axis, const Latent& latent) {
  float along = 0.0f;
  for (std::size_t i = 0; i < axis.size(); ++i) along += axis[i] * static_cast<float>(latent[i]);
  return std::clamp(static_cast<int>(std::lround(along)), -127, 127);
}

int class_count(const ClassMix& mix) {
  return static_cast<int>(std::count_if(mix.begin(), mix.end(), [](std::uint8_t weight) { return weight != 0; }));
}

}  // namespace avae
