#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "native/data/batches.hpp"

using avae::BatchOrder;

namespace {

std::vector<std::uint32_t> epoch_of(BatchOrder& order, std::uint64_t epoch) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t b = 0; b < order.batches_per_epoch(); ++b) {
    const auto indices = order.indices(epoch, b);
    all.insert(all.end(), indices.begin(), indices.end());
  }
  return all;
}

}  // namespace

TEST_CASE("batches: an epoch visits every sample once when the batch divides the set") {
  BatchOrder order(7, 120, 8);
  auto all = epoch_of(order, 3);
  REQUIRE(all.size() == 120);
  std::sort(all.begin(), all.end());
  std::vector<std::uint32_t> expected(120);
  std::iota(expected.begin(), expected.end(), 0u);
  CHECK(all == expected);
}

TEST_CASE("batches: the rest of a set that the batch does not divide is skipped") {
  BatchOrder order(7, 10, 4);
  CHECK(order.batches_per_epoch() == 2);
  CHECK(epoch_of(order, 0).size() == 8);
}

TEST_CASE("batches: a set smaller than the batch is one batch") {
  BatchOrder order(7, 3, 128);
  CHECK(order.batches_per_epoch() == 1);
  CHECK(order.indices(0, 0).size() == 3);
}

TEST_CASE("batches: any position can be asked for first") {
  BatchOrder straight(42, 1000, 16), resumed(42, 1000, 16);
  epoch_of(straight, 0);
  epoch_of(straight, 1);
  const auto a = straight.indices(2, 5);
  const auto b = resumed.indices(2, 5);
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

TEST_CASE("batches: epochs and seeds have orders of their own") {
  BatchOrder order(1, 1000, 10), other(2, 1000, 10);
  CHECK(epoch_of(order, 0) != epoch_of(order, 1));
  CHECK(epoch_of(order, 0) != epoch_of(other, 0));
  CHECK(epoch_of(order, 1) != epoch_of(other, 0));
}

TEST_CASE("batches: the order of a seed never changes") {
  BatchOrder order(1, 10, 10);
  CHECK(epoch_of(order, 0) == std::vector<std::uint32_t>{6, 4, 7, 2, 9, 1, 5, 0, 8, 3});
}
