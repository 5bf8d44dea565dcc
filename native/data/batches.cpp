#include "native/data/batches.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "shared/latent/latent.hpp"

namespace avae {

BatchOrder::BatchOrder(std::uint64_t seed, std::uint32_t n, std::uint32_t batch)
    : seed_(seed), n_(n), batch_(std::min(n, batch)), order_(n) {}

std::span<const std::uint32_t> BatchOrder::indices(std::uint64_t epoch, std::uint32_t batch_index) {
  if (epoch != epoch_) shuffle(epoch);
  return std::span(order_).subspan(std::size_t{batch_index} * batch_, batch_);
}

void BatchOrder::shuffle(std::uint64_t epoch) {
  // The seed is scrambled before the epoch is added, so that (seed, epoch + 1) and (seed + 1, epoch) are strangers.
  RandomBits random(RandomBits(seed_).next() + epoch);
  std::iota(order_.begin(), order_.end(), 0u);
  for (std::uint32_t i = n_; i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
  epoch_ = epoch;
}

}  // namespace avae
