// The order in which a data set is visited: shuffled anew each epoch, the same on every machine, resumable anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace avae {

/// Epoch e is a Fisher-Yates shuffle of 0..n-1 drawn from (seed, e) alone. Every batch is full: the n % batch samples
/// left at the end of an epoch are skipped. n < batch gives one batch of n. Not for use by two threads at once (it
/// keeps the last epoch's order).
class BatchOrder {
 public:
  /// n >= 1, batch >= 1.
  BatchOrder(std::uint64_t seed, std::uint32_t n, std::uint32_t batch);

  std::uint32_t batches_per_epoch() const { return n_ / batch_; }
  std::uint32_t batch_size() const { return batch_; }

  /// Indices [batch_size] into the data set, 0 <= batch_index < batches_per_epoch(). Valid until the next call.
  std::span<const std::uint32_t> indices(std::uint64_t epoch, std::uint32_t batch_index);

 private:
  void shuffle(std::uint64_t epoch);

  std::uint64_t seed_;
  std::uint32_t n_;
  std::uint32_t batch_;
  std::uint64_t epoch_ = ~std::uint64_t{0};
  std::vector<std::uint32_t> order_;
};

}  // namespace avae
