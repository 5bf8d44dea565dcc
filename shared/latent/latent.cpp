#include "shared/latent/latent.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace avae {
namespace {

constexpr int kMaxStep = 127;

// kMagnitude[k] = round(2^32 P(|x| < (k + 1/2) / 32)) for x ~ N(0, 1) = round(2^32 erf((2k + 1) / (64 sqrt 2))).
// Printed by `python3 tests/golden/latents.py --table`, which works to 80 digits.
constexpr std::array<std::uint32_t, 127> kMagnitude = {
    53542948u,   160576572u,  267453537u,  374069911u,  480322525u,  586109271u,  691329396u,  795883788u,  899675261u,
    1002608819u, 1104591920u, 1205534724u, 1305350325u, 1403954979u, 1501268305u, 1597213480u, 1691717412u, 1784710901u,
    1876128775u, 1965910019u, 2053997874u, 2140339927u, 2224888178u, 2307599088u, 2388433612u, 2467357215u, 2544339860u,
    2619355994u, 2692384505u, 2763408670u, 2832416081u, 2899398567u, 2964352089u, 3027276631u, 3088176077u, 3147058076u,
    3203933894u, 3258818266u, 3311729228u, 3362687949u, 3411718562u, 3458847975u, 3504105694u, 3547523634u, 3589135930u,
    3628978750u, 3667090103u, 3703509655u, 3738278538u, 3771439170u, 3803035074u, 3833110700u, 3861711258u, 3888882547u,
    3914670798u, 3939122521u, 3962284356u, 3984202935u, 4004924745u, 4024496013u, 4042962579u, 4060369790u, 4076762405u,
    4092184492u, 4106679350u, 4120289433u, 4133056273u, 4145020429u, 4156221422u, 4166697700u, 4176486588u, 4185624261u,
    4194145717u, 4202084756u, 4209473966u, 4216344712u, 4222727138u, 4228650163u, 4234141490u, 4239227613u, 4243933836u,
    4248284283u, 4252301926u, 4256008602u, 4259425042u, 4262570899u, 4265464775u, 4268124257u, 4270565943u, 4272805483u,
    4274857606u, 4276736162u, 4278454152u, 4280023767u, 4281456422u, 4282762791u, 4283952843u, 4285035878u, 4286020556u,
    4286914937u, 4287726507u, 4288462217u, 4289128504u, 4289731333u, 4290276213u, 4290768235u, 4291212093u, 4291612111u,
    4291972267u, 4292296217u, 4292587316u, 4292848641u, 4293083007u, 4293292991u, 4293480945u, 4293649017u, 4293799164u,
    4293933165u, 4294052640u, 4294159061u, 4294253760u, 4294337947u, 4294412716u, 4294479055u, 4294537858u, 4294589929u,
    4294635995u};

void blend(std::span<const std::int8_t> a, double weight_a, std::span<const std::int8_t> b, double weight_b,
           std::span<float> u) {
  for (std::size_t i = 0; i < u.size(); ++i) {
    u[i] = static_cast<float>((weight_a * a[i] + weight_b * b[i]) * static_cast<double>(kLatentStep));
  }
}

}  // namespace

void dequantise(std::span<const std::int8_t> latent, std::span<float> u) {
  for (std::size_t i = 0; i < latent.size(); ++i) u[i] = static_cast<float>(latent[i]) * kLatentStep;
}

Latent quantise(std::span<const float> u) {
  Latent latent(u.size(), 0);
  for (std::size_t i = 0; i < u.size(); ++i) {
    if (std::isnan(u[i])) continue;
    const double steps = std::clamp(static_cast<double>(u[i]) / static_cast<double>(kLatentStep),
                                    -static_cast<double>(kMaxStep), static_cast<double>(kMaxStep));
    latent[i] = static_cast<std::int8_t>(steps < 0 ? steps - 0.5 : steps + 0.5);
  }
  return latent;
}

void normalise_mix(std::span<const std::uint8_t> weights, std::span<float> mix) {
  std::uint32_t sum = 0;
  for (const std::uint8_t weight : weights) sum += weight;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    mix[i] = sum == 0 ? 0.0f : static_cast<float>(weights[i]) / static_cast<float>(sum);
  }
}

ClassMix one_class(int classes, int index) {
  ClassMix mix(static_cast<std::size_t>(classes), 0);
  if (classes > 0) mix[static_cast<std::size_t>(index)] = 255;
  return mix;
}

std::uint64_t RandomBits::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::uint32_t RandomBits::below(std::uint32_t bound) {
  // Lemire, "Fast Random Integer Generation in an Interval" (2019).
  std::uint64_t product = (next() >> 32) * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t reject_below = (0u - bound) % bound;
    while (static_cast<std::uint32_t>(product) < reject_below) product = (next() >> 32) * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

Latent random_latent(std::uint64_t seed, int latent_size, int truncation_percent, int switches) {
  const int percent = std::clamp(truncation_percent, 0, 100);
  RandomBits random(seed);
  Latent latent(static_cast<std::size_t>(latent_size));
  for (int i = 0; i < latent_size; ++i) {
    const std::uint64_t bits = random.next();
    const auto uniform = static_cast<std::uint32_t>(bits >> 32);
    const auto above = std::upper_bound(kMagnitude.begin(), kMagnitude.end(), uniform);
    int magnitude = (static_cast<int>(above - kMagnitude.begin()) * percent + 50) / 100;
    if (i >= latent_size - switches) magnitude = kSwitchSteps;
    latent[static_cast<std::size_t>(i)] = static_cast<std::int8_t>((bits & 1) ? -magnitude : magnitude);
  }
  return latent;
}

void slerp(std::span<const std::int8_t> a, std::span<const std::int8_t> b, float t, std::span<float> u, int switches) {
  lerp(a, b, t, u);
  const std::size_t turned = a.size() - static_cast<std::size_t>(switches);
  std::int64_t aa = 0, ab = 0, bb = 0;
  for (std::size_t i = 0; i < turned; ++i) {
    aa += a[i] * a[i];
    ab += a[i] * b[i];
    bb += b[i] * b[i];
  }
  if (aa == 0 || bb == 0) return;
  const double cosine = static_cast<double>(ab) / std::sqrt(static_cast<double>(aa) * static_cast<double>(bb));
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
  const double sine = std::sin(angle);
  if (sine < 1e-3) return;
  const double at = static_cast<double>(t);
  blend(a, std::sin((1.0 - at) * angle) / sine, b, std::sin(at * angle) / sine, u.first(turned));
}

void lerp(std::span<const std::int8_t> a, std::span<const std::int8_t> b, float t, std::span<float> u) {
  blend(a, 1.0 - static_cast<double>(t), b, static_cast<double>(t), u);
}

}  // namespace avae
