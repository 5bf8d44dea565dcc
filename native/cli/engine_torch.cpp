#include <algorithm>

#include "native/cli/engine.hpp"
#include "native/cli/progress.hpp"
#include "native/train/net.hpp"
#include "native/train/run_folder.hpp"

namespace avae::cli {

Result<std::vector<std::uint8_t>> decode_with_torch(const RoleWeights& decoder, std::span<const std::int8_t> latents,
                                                    std::span<const std::uint8_t> mixes) {
  constexpr std::size_t kBlock = 256;
  const std::size_t z = decoder.spec.latent, k = decoder.spec.classes, n = latents.size() / z;
  const at::Device device(at::kCPU);
  Net net(decoder.spec, Role::kDecoder, device, 0, false);
  if (const auto loaded = net.load(decoder); !loaded) return tl::unexpected(loaded.error());
  std::vector<std::uint8_t> pixels;
  Progress progress(n, "samples");
  for (std::size_t first = 0; first < n; first += kBlock) {
    std::vector<std::vector<std::int8_t>> some_latents;
    std::vector<std::vector<std::uint8_t>> some_mixes;
    for (std::size_t i = first; i < std::min(n, first + kBlock); ++i) {
      const auto latent = latents.subspan(i * z, z);
      const auto mix = mixes.empty() ? mixes : mixes.subspan(i * k, k);
      some_latents.emplace_back(latent.begin(), latent.end());
      some_mixes.emplace_back(mix.begin(), mix.end());
    }
    const auto part = decode_latents(net, decoder.spec, device, some_latents, some_mixes);
    pixels.insert(pixels.end(), part.begin(), part.end());
    progress.add(some_latents.size());
  }
  return pixels;
}

}  // namespace avae::cli
