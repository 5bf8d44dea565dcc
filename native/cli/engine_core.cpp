#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "native/cli/engine.hpp"
#include "native/cli/progress.hpp"
#include "shared/infer/network.hpp"

namespace avae::cli {
namespace {

constexpr std::size_t kBlock = 32;

/// Makes samples first, first + 1, ... with networks of its own thread.
using Work = std::function<Result<void>(std::size_t first, std::size_t count)>;

/// Has samples 0..n-1 made on every processor, in blocks. `start` is called once in each thread: a network serves one
/// thread, and what it makes does not depend on how samples are grouped.
Result<void> in_blocks(std::size_t n, const std::string& unit, const std::function<Result<Work>()>& start) {
  const std::size_t blocks = (n + kBlock - 1) / kBlock;
  Progress progress(n, unit);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;  // guards `progress` and `failure`
  Result<void> failure;
  const auto run = [&] {
    auto work = start();
    Result<void> done;
    if (!work) done = tl::unexpected(work.error());
    while (done) {
      const std::size_t block = next++;
      if (block >= blocks) return;
      const std::size_t first = block * kBlock, count = std::min(kBlock, n - first);
      done = (*work)(first, count);
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
  for (std::size_t i = 1; i < threads; ++i) pool.emplace_back(run);
  run();
  pool.clear();
  return failure;
}

/// Rows first .. first + count - 1 of [N, width].
template <typename T>
std::span<T> rows(std::span<T> all, std::size_t width, std::size_t first, std::size_t count) {
  return all.empty() ? all : all.subspan(first * width, count * width);
}

Result<std::shared_ptr<Network>> shared_network(const RoleWeights& weights) {
  auto network = Network::create(weights);
  if (!network) return tl::unexpected(network.error());
  return std::make_shared<Network>(std::move(*network));
}

}  // namespace

Result<std::vector<std::uint8_t>> decode_with_core(const RoleWeights& decoder, std::span<const std::int8_t> latents,
                                                   std::span<const std::uint8_t> mixes) {
  const std::size_t z = decoder.spec.latent, k = decoder.spec.classes, picture = decoder.spec.pixels();
  const std::size_t n = latents.size() / z;
  std::vector<std::uint8_t> pixels(n * picture);
  const auto made = in_blocks(n, "samples", [&]() -> Result<Work> {
    const auto network = shared_network(decoder);
    if (!network) return tl::unexpected(network.error());
    return [&, network = *network](std::size_t first, std::size_t count) {
      return decode_pixels(*network, rows(latents, z, first, count), rows(mixes, k, first, count),
                           rows(std::span(pixels), picture, first, count));
    };
  });
  if (!made) return tl::unexpected(made.error());
  return pixels;
}

Result<std::vector<std::uint8_t>> reconstruct_with_core(const RoleWeights& encoder, const RoleWeights& decoder,
                                                        std::span<const std::uint8_t> pixels,
                                                        std::span<const std::uint8_t> mixes,
                                                        std::span<const float> noise) {
  const std::size_t z = decoder.spec.latent, k = decoder.spec.classes, picture = decoder.spec.pixels();
  std::vector<std::uint8_t> result(pixels.size());
  const auto made = in_blocks(pixels.size() / picture, "reconstructions", [&]() -> Result<Work> {
    const auto from = shared_network(encoder), to = shared_network(decoder);
    if (!from) return tl::unexpected(from.error());
    if (!to) return tl::unexpected(to.error());
    return [&, from = *from, to = *to](std::size_t first, std::size_t count) -> Result<void> {
      const auto mix = rows(mixes, k, first, count);
      std::vector<float> means(count * z);
      std::vector<std::int8_t> latents(count * z);
      if (auto done = encode_pixels(*from, *to, rows(pixels, picture, first, count), mix, means, latents,
                                    rows(noise, from->spec().code(), first, count));
          !done)
        return done;
      return decode_pixels(*to, latents, mix, rows(std::span(result), picture, first, count));
    };
  });
  if (!made) return tl::unexpected(made.error());
  return result;
}

}  // namespace avae::cli
