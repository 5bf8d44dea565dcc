#include <algorithm>

#include <c10/core/GradMode.h>

#include "native/cli/engine.hpp"
#include "native/cli/progress.hpp"
#include "native/train/net.hpp"
#include "native/train/run_folder.hpp"
#include "native/train/trainer.hpp"

namespace avae::cli {
namespace {

constexpr std::size_t kBlock = 256;

/// Weights [N, K] -> [N, K] that sum to 1; undefined when K = 0.
at::Tensor mix_tensor(std::span<const std::uint8_t> weights, std::int64_t classes) {
  if (classes == 0) return {};
  const at::Tensor mix = at::from_blob(const_cast<std::uint8_t*>(weights.data()),
                                       {static_cast<std::int64_t>(weights.size()) / classes, classes}, at::kByte)
                             .to(at::kFloat);
  return mix / mix.sum(1, true);
}

}  // namespace

Result<std::vector<std::uint8_t>> decode_with_torch(const RoleWeights& decoder, std::span<const std::int8_t> latents,
                                                    std::span<const std::uint8_t> mixes, const std::string& device) {
  const std::size_t z = decoder.spec.latent, k = decoder.spec.classes, n = latents.size() / z;
  const auto on = parse_device(device);
  if (!on) return tl::unexpected(on.error());
  Net net(decoder.spec, Role::kDecoder, *on, 0, false);
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
    const auto part = decode_latents(net, decoder.spec, *on, some_latents, some_mixes);
    pixels.insert(pixels.end(), part.begin(), part.end());
    progress.add(some_latents.size());
  }
  return pixels;
}

Result<std::vector<std::uint8_t>> reconstruct_with_torch(const RoleWeights& encoder, const RoleWeights& decoder,
                                                         std::span<const std::uint8_t> pixels,
                                                         std::span<const std::uint8_t> mixes,
                                                         std::span<const float> noise, const std::string& device) {
  const at::NoGradGuard no_grad;
  const ModelSpec& spec = decoder.spec;
  const auto on = parse_device(device);
  if (!on) return tl::unexpected(on.error());
  Net encode(spec, Role::kEncoder, *on, 0, false), decode(spec, Role::kDecoder, *on, 0, false);
  if (const auto loaded = encode.load(encoder); !loaded) return tl::unexpected(loaded.error());
  if (const auto loaded = decode.load(decoder); !loaded) return tl::unexpected(loaded.error());
  const std::size_t k = spec.classes, picture = spec.pixels(), n = pixels.size() / picture;
  std::vector<std::uint8_t> result;
  Progress progress(n, "reconstructions");
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t count = std::min(kBlock, n - first);
    at::Tensor mix = mix_tensor(mixes.subspan(first * k, count * k), spec.classes);
    if (mix.defined()) mix = mix.to(*on);
    const at::Tensor bytes =
        at::from_blob(const_cast<std::uint8_t*>(pixels.data() + first * picture),
                      {static_cast<std::int64_t>(count), spec.height, spec.width, spec.channels}, at::kByte);
    const std::vector<at::Tensor> posterior =
        encode.forward(bytes.to(*on).permute({0, 3, 1, 2}).to(at::kFloat) / 255, mix).chunk(2, 1);
    at::Tensor code = posterior[0];
    if (!noise.empty()) {
      const at::Tensor drawn = at::from_blob(const_cast<float*>(noise.data() + first * spec.code()),
                                             {static_cast<std::int64_t>(count), spec.code()}, at::kFloat);
      code = code + (posterior[1] * 0.5).exp() * drawn.to(*on);
    }
    const at::Tensor decoded = decode.forward(code, mix, nullptr, decode.after_prior()).permute({0, 2, 3, 1});
    const at::Tensor part = decoded.mul(255).add(0.5).clamp(0, 255).to(at::kByte).to(at::kCPU).contiguous();
    const auto* data = part.const_data_ptr<std::uint8_t>();
    result.insert(result.end(), data, data + part.numel());
    progress.add(count);
  }
  return result;
}

}  // namespace avae::cli
