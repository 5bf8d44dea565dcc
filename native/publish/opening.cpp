#include "native/publish/opening.hpp"

#include <algorithm>

#include "shared/infer/network.hpp"

namespace avae {
namespace {

Result<std::vector<std::uint8_t>> decode_all(Network& network, std::span<const Keyframe> keyframes) {
  std::vector<std::int8_t> latents;
  std::vector<std::uint8_t> mixes;
  for (const Keyframe& keyframe : keyframes) {
    latents.insert(latents.end(), keyframe.latent.begin(), keyframe.latent.end());
    mixes.insert(mixes.end(), keyframe.mix.begin(), keyframe.mix.end());
  }
  std::vector<std::uint8_t> pixels(keyframes.size() * static_cast<std::size_t>(network.spec().pixels()));
  if (const auto done = decode_pixels(network, latents, mixes, pixels); !done) return tl::unexpected(done.error());
  return pixels;
}

Keyframe point_of(const Atlas& atlas, int index) {
  const auto from = atlas.latents.begin() + static_cast<std::ptrdiff_t>(index) * atlas.latent;
  const int label = atlas.classes > 0 ? atlas.labels[static_cast<std::size_t>(index)] : 0;
  return {Latent(from, from + atlas.latent), atlas.classes > 0 ? one_class(atlas.classes, label) : ClassMix{}};
}

std::int64_t squared_error(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int difference = int{a[i]} - int{b[i]};
    sum += difference * difference;
  }
  return sum;
}

/// What `model` draws nearest to `picture`, which is of the classes `mix`.
Result<Keyframe> nearest(const OpeningModel& model, std::span<const std::uint8_t> picture, const ClassMix& mix,
                         int index) {
  const ModelSpec& spec = model.decoder->spec;
  std::vector<Keyframe> candidates;
  if (model.atlas != nullptr && index < model.atlas->size()) candidates.push_back(point_of(*model.atlas, index));
  for (int seed = 1; seed <= kOpeningDraws; ++seed)
    candidates.push_back({random_latent(static_cast<std::uint64_t>(seed), spec.latent, 100, spec.switches), mix});
  auto network = Network::create(*model.decoder);
  if (!network) return tl::unexpected(network.error());
  const auto pixels = decode_all(*network, candidates);
  if (!pixels) return tl::unexpected(pixels.error());
  std::size_t best = 0;
  std::int64_t least = -1;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::int64_t error = squared_error(picture, std::span(*pixels).subspan(i * picture.size(), picture.size()));
    if (least >= 0 && error >= least) continue;
    least = error;
    best = i;
  }
  return candidates[best];
}

bool alike(const ModelSpec& a, const ModelSpec& b) {
  return a.latent == b.latent && a.classes == b.classes && a.height == b.height && a.width == b.width &&
         a.channels == b.channels;
}

std::string link_to(const ModelId& id, const Keyframe& sample) {
  LinkState state;
  state.model = id;
  state.view = View::kCompare;
  state.sample = sample;
  state.sample.encoded = true;  // of the one picture, which the page takes as read
  return encode_link(state);
}

}  // namespace

Result<std::vector<std::string>> openings(std::span<const OpeningModel> models, int index) {
  std::vector<std::string> links(models.size());
  if (models.empty() || models.front().atlas == nullptr) return links;
  const OpeningModel& first = models.front();
  const auto others = models.subspan(1);
  const auto like_first = [&](const OpeningModel& model) { return alike(model.decoder->spec, first.decoder->spec); };
  if (std::none_of(others.begin(), others.end(), like_first)) return links;
  if (index >= first.atlas->size())
    return fail("there is no picture " + std::to_string(index) + " on the map of " + first.decoder->spec.name,
                "choose one below " + std::to_string(first.atlas->size()));
  const Keyframe sample = point_of(*first.atlas, index);
  auto network = Network::create(*first.decoder);
  if (!network) return tl::unexpected(network.error());
  const auto picture = decode_all(*network, std::span(&sample, 1));
  if (!picture) return tl::unexpected(picture.error());
  links[0] = link_to(first.id, sample);
  for (std::size_t i = 1; i < models.size(); ++i) {
    if (!like_first(models[i])) continue;
    const auto keyframe = nearest(models[i], *picture, sample.mix, index);
    if (!keyframe) return tl::unexpected(keyframe.error());
    links[i] = link_to(models[i].id, *keyframe);
  }
  return links;
}

}  // namespace avae
