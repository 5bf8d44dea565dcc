#include "native/publish/card.hpp"

#include <algorithm>

#include "native/data/png_grid.hpp"
#include "shared/infer/network.hpp"
#include "shared/latent/latent.hpp"

namespace avae {
namespace {

constexpr int kMargin = 30;
constexpr int kGap = 8;
constexpr int kPictureSide = 104;  // about as large as pictures stay distinct in a feed

}  // namespace

Result<Image> make_card(const RoleWeights& decoder) {
  const ModelSpec& spec = decoder.spec;
  auto network = Network::create(decoder);
  if (!network) return tl::unexpected(network.error());
  const int scale = std::max(1, kPictureSide / std::max(spec.width, spec.height));
  const int columns = (kCardWidth - 2 * kMargin + kGap) / (spec.width * scale + kGap);
  const int rows = (kCardHeight - 2 * kMargin + kGap) / (spec.height * scale + kGap);

  std::vector<std::int8_t> latents;
  std::vector<std::uint8_t> mixes;
  for (int i = 0; i < rows * columns; ++i) {
    // A little truncation: the card is a first impression, not a measurement.
    const Latent latent = random_latent(static_cast<std::uint64_t>(i) + 1, spec.latent, 80, spec.switches);
    latents.insert(latents.end(), latent.begin(), latent.end());
    if (spec.classes == 0) continue;
    // Each row starts at another class, so that columns do not repeat one.
    const ClassMix mix = one_class(spec.classes, (i % columns + 3 * (i / columns)) % spec.classes);
    mixes.insert(mixes.end(), mix.begin(), mix.end());
  }
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(rows) * columns * spec.pixels());
  if (const auto done = decode_pixels(*network, latents, mixes, pixels); !done) return tl::unexpected(done.error());
  if (spec.channels == 1)
    pixels = with_channels({rows * columns * spec.height, spec.width, 1, std::move(pixels)}, 3).pixels;

  const Image grid = make_grid(pixels, spec.height, spec.width, 3, {.columns = columns, .scale = scale, .gap = kGap});
  const std::uint8_t ground[3] = {0x0f, 0x11, 0x15};
  Image card{kCardHeight, kCardWidth, 3, std::vector<std::uint8_t>(std::size_t{kCardHeight} * kCardWidth * 3)};
  for (std::size_t i = 0; i < card.pixels.size(); ++i) card.pixels[i] = ground[i % 3];
  const std::size_t top = (kCardHeight - grid.height) / 2, left = (kCardWidth - grid.width) / 2;
  for (std::size_t y = 0; y < static_cast<std::size_t>(grid.height); ++y) {
    const std::size_t bytes = static_cast<std::size_t>(grid.width) * 3;
    std::copy_n(&grid.pixels[y * bytes], bytes, &card.pixels[((top + y) * kCardWidth + left) * 3]);
  }
  return card;
}

}  // namespace avae
