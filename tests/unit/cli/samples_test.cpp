#include "native/cli/samples.hpp"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "program.hpp"

using namespace avae;
using namespace avae::cli;
using namespace avae::test;

TEST_CASE("samples: classes have the shares of a data set, mixed, and take turns where each is there as often") {
  CHECK(classes_like({2, 0, 1, 1, 0, 2}, 3, 7) == Bytes{0, 1, 2, 0, 1, 2, 0});
  Bytes labels(80, 0);
  std::fill_n(labels.begin(), 15, 1);
  std::fill_n(labels.begin(), 5, 3);  // 65, 10, 0, 5
  const auto shares = [&](int n) {
    const Bytes drawn = classes_like(labels, 4, n);
    std::vector<std::ptrdiff_t> counts;
    for (const int k : {0, 1, 2, 3}) counts.push_back(std::count(drawn.begin(), drawn.end(), k));
    return counts;
  };
  CHECK(shares(80) == std::vector<std::ptrdiff_t>{65, 10, 0, 5});
  CHECK(shares(16) == std::vector<std::ptrdiff_t>{13, 2, 0, 1});
}

TEST_CASE("samples: each has the latent of its number, whatever its class") {
  const ModelSpec spec = tiny_spec();
  const Samples turns = make_samples(spec, {.n = 4, .seed = 3, .class_index = {}, .classes = {}});
  CHECK(turns.labels == Bytes{0, 1, 0, 1});
  const Samples told = make_samples(spec, {.n = 4, .seed = 3, .class_index = {}, .classes = {1, 1, 0, 1}});
  CHECK(told.labels == Bytes{1, 1, 0, 1});
  CHECK(told.latents == turns.latents);
  CHECK(make_samples(spec, {.n = 4, .seed = 3, .class_index = 1, .classes = {}}).labels == Bytes{1, 1, 1, 1});
}
