#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "native/cli/engine.hpp"
#include "native/cli/progress.hpp"
#include "shared/infer/network.hpp"

namespace avae::cli {

Result<std::vector<std::uint8_t>> decode_with_core(const RoleWeights& decoder, std::span<const std::int8_t> latents,
                                                   std::span<const std::uint8_t> mixes) {
  constexpr std::size_t kBlock = 32;
  const std::size_t z = decoder.spec.latent, k = decoder.spec.classes, picture = decoder.spec.pixels();
  const std::size_t n = latents.size() / z, blocks = (n + kBlock - 1) / kBlock;
  std::vector<std::uint8_t> pixels(n * picture);
  Progress progress(n, "samples");
  std::atomic<std::size_t> next{0};
  std::mutex mutex;  // guards `progress` and `failure`
  Result<void> failure;

  // A network serves one thread; what it makes does not depend on how samples are grouped.
  const auto work = [&] {
    auto network = Network::create(decoder);
    Result<void> done;
    if (!network) done = tl::unexpected(network.error());
    while (done) {
      const std::size_t block = next++;
      if (block >= blocks) return;
      const std::size_t first = block * kBlock, count = std::min(kBlock, n - first);
      done = decode_pixels(*network, latents.subspan(first * z, count * z),
                           mixes.empty() ? mixes : mixes.subspan(first * k, count * k),
                           std::span(pixels).subspan(first * picture, count * picture));
      const std::scoped_lock lock(mutex);
      progress.add(count);
    }
    next = blocks;
    const std::scoped_lock lock(mutex);
    failure = done;
  };
  const std::size_t threads =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, std::max<std::size_t>(blocks, 1));
  std::vector<std::jthread> pool;
  for (std::size_t i = 1; i < threads; ++i) pool.emplace_back(work);
  work();
  pool.clear();
  if (!failure) return tl::unexpected(failure.error());
  return pixels;
}

}  // namespace avae::cli
