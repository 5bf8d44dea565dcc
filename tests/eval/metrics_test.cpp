// Metrics of features against values worked out by hand, analytic ones, and plain loops.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "tests/train/catch.hpp"

#include <ATen/CPUGeneratorImpl.h>

#include "native/eval/metrics.hpp"

namespace avae::test {
namespace {

using at::Tensor;
using Catch::Approx;

Tensor normal(std::int64_t n, std::int64_t f, std::uint64_t seed) {
  return at::empty({n, f}).normal_(0, 1, at::detail::createCPUGenerator(seed));
}

/// Points on a line [N, 1].
Tensor line(std::vector<float> values) { return torch::tensor(values).unsqueeze(1); }

double distance(const Tensor& a, std::int64_t i, const Tensor& b, std::int64_t j) {
  return (a[i].to(at::kDouble) - b[j].to(at::kDouble)).norm().item<double>();
}

/// Distance of each point to its k-th nearest neighbour, by the definition.
std::vector<double> naive_radii(const Tensor& points, int k) {
  std::vector<double> radii;
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    std::vector<double> others;
    for (std::int64_t j = 0; j < points.size(0); ++j)
      if (j != i) others.push_back(distance(points, i, points, j));
    std::sort(others.begin(), others.end());
    radii.push_back(others[static_cast<std::size_t>(k - 1)]);
  }
  return radii;
}

}  // namespace

TEST_CASE("frechet: Gaussians that commute have the analytic distance") {
  const auto diagonal = [](std::vector<double> mean, std::vector<double> variance) {
    return Moments{torch::tensor(mean), torch::tensor(variance).diag()};
  };
  const Moments a = diagonal({0, 0, 1}, {1, 4, 0}), b = diagonal({1, 0, 3}, {9, 1, 0});
  CHECK(frechet_distance(a, b) == Approx(1 + 4 + 4 + 1));  // |Δm|² + Σ (σ_a - σ_b)²
  CHECK(frechet_distance(b, a) == Approx(10));
}

TEST_CASE("frechet: Gaussians that do not commute give the trace worked out by hand") {
  // A = [[2, 1], [1, 2]], B = diag(1, 4): A B has trace 10 and determinant 12, and tr √M of a 2 x 2 matrix is
  // √(tr M + 2 √det M).
  const Moments a{torch::zeros({2}, torch::kDouble), torch::tensor({{2.0, 1.0}, {1.0, 2.0}}, torch::kDouble)};
  const Moments b{torch::zeros({2}, torch::kDouble), torch::tensor({{1.0, 0.0}, {0.0, 4.0}}, torch::kDouble)};
  CHECK(frechet_distance(a, b) == Approx(4 + 5 - 2 * std::sqrt(10 + 2 * std::sqrt(12.0))));
}

TEST_CASE("frechet: a set is at distance 0 from itself, also with features that never fire") {
  Tensor features = normal(500, 32, 1) * 30 + 100;
  features.narrow(1, 0, 20).zero_();
  CHECK(frechet_distance(moments(features), moments(features)) < 1e-6);
}

TEST_CASE("moments: covariance is unbiased") {
  const Moments m = moments(torch::tensor({{0.0f, 0.0f}, {2.0f, 4.0f}}));
  CHECK(at::equal(m.mean, torch::tensor({1.0, 2.0}, torch::kDouble)));
  CHECK(at::equal(m.covariance, torch::tensor({{2.0, 4.0}, {4.0, 8.0}}, torch::kDouble)));
}

TEST_CASE("kid: the value of tiny sets worked out by hand") {
  // F = 1: k(0, 1) = 1, k(2, 3) = 343; cross k(0, ·) = 1, 1; k(1, 2) = 27, k(1, 3) = 64.
  CHECK(kid(line({0, 1}), line({2, 3})) == Approx(1 + 343 - 2 * (1 + 1 + 27 + 64) / 4.0));
}

TEST_CASE("kid: near 0 for one distribution and clearly not for two") {
  CHECK(std::abs(kid(normal(2000, 16, 1), normal(2000, 16, 2))) < 0.005);
  CHECK(kid(normal(2000, 16, 1), normal(2000, 16, 2) + 0.5) > 0.1);
}

TEST_CASE("precision and recall: tiny sets worked out by hand") {
  // k = 1: real 0, 1, 3 have radii 1, 1, 2; fakes 1.5, 10, 10.5 have radii 8.5, .5, .5.
  const PrecisionRecall pr = precision_recall(line({0, 1, 3}), line({1.5, 10, 10.5}), 1);
  CHECK(pr.precision == Approx(1.0 / 3));
  CHECK(pr.recall == Approx(1.0));
  const PrecisionRecall apart = precision_recall(line({0, 1, 3}), line({100, 101}), 1);
  CHECK(apart.precision == 0);
  CHECK(apart.recall == 0);
}

TEST_CASE("density and coverage: tiny sets worked out by hand") {
  // k = 1: balls [-1, 1], [0, 2], [1, 5]. 1.5 lies in two, 4 in one, 10 in none; every ball but the first has a fake.
  const DensityCoverage dc = density_coverage(line({0, 1, 3}), line({1.5, 4, 10}), 1);
  CHECK(dc.density == Approx(1.0));
  CHECK(dc.coverage == Approx(2.0 / 3));
  // k = 2: radii 3, 2, 3, so balls [-3, 3], [-1, 3], [0, 6].
  const DensityCoverage wider = density_coverage(line({0, 1, 3}), line({1.5, 4, 10}), 2);
  CHECK(wider.density == Approx(4.0 / 6));
  CHECK(wider.coverage == Approx(1.0));
}

TEST_CASE("metrics: they are what plain loops give") {
  const Tensor real = normal(60, 3, 3), fake = normal(50, 3, 4) * 1.3 + 0.2;
  const int k = 3;
  const auto real_radii = naive_radii(real, k), fake_radii = naive_radii(fake, k);
  double precise = 0, balls = 0, recalled = 0, covered = 0, nearest = 0;
  for (std::int64_t j = 0; j < fake.size(0); ++j) {
    int inside = 0;
    double closest = 1e9;
    for (std::int64_t i = 0; i < real.size(0); ++i) {
      inside += distance(fake, j, real, i) <= real_radii[static_cast<std::size_t>(i)];
      closest = std::min(closest, distance(fake, j, real, i));
    }
    precise += inside > 0;
    balls += inside;
    nearest += closest;
  }
  for (std::int64_t i = 0; i < real.size(0); ++i) {
    bool in_fake = false, has_fake = false;
    for (std::int64_t j = 0; j < fake.size(0); ++j) {
      in_fake |= distance(fake, j, real, i) <= fake_radii[static_cast<std::size_t>(j)];
      has_fake |= distance(fake, j, real, i) <= real_radii[static_cast<std::size_t>(i)];
    }
    recalled += in_fake;
    covered += has_fake;
  }
  const PrecisionRecall pr = precision_recall(real, fake, k);
  const DensityCoverage dc = density_coverage(real, fake, k);
  CHECK(pr.precision == Approx(precise / 50));
  CHECK(pr.recall == Approx(recalled / 60));
  CHECK(dc.density == Approx(balls / (50.0 * k)));
  CHECK(dc.coverage == Approx(covered / 60));
  CHECK(nearest_distance(fake, real) == Approx(nearest / 50));
}

TEST_CASE("metrics: the cut into blocks does not change a result") {
  const Tensor many = normal(2500, 2, 5), few = normal(30, 2, 6);
  const Tensor squared = (many.unsqueeze(1) - few).to(at::kDouble).square().sum(2);  // [2500, 30]
  CHECK(nearest_distance(many, few) == Approx(squared.amin(1).sqrt().mean().item<double>()).epsilon(1e-5));
  CHECK(nearest_distance(few, many) == Approx(squared.amin(0).sqrt().mean().item<double>()).epsilon(1e-5));
  CHECK(nearest_distance(many, many) < 1e-6);
  const Tensor kernel = (at::matmul(many, few.t()) / 2 + 1).pow(3).to(at::kDouble);
  const auto own = [](const Tensor& x) {
    const Tensor k = (at::matmul(x, x.t()) / 2 + 1).pow(3).to(at::kDouble);
    return ((k.sum() - k.trace()) / (x.size(0) * (x.size(0) - 1))).item<double>();
  };
  CHECK(kid(many, few) == Approx(own(many) + own(few) - 2 * kernel.mean().item<double>()).epsilon(1e-4));

  const Tensor real = normal(2500, 4, 7).to(at::kDouble), fake = normal(2100, 4, 8).to(at::kDouble) * 1.2;
  const auto radii = [](const Tensor& x, int k) { return std::get<0>(torch::cdist(x, x).kthvalue(k + 1, 1)); };
  const Tensor apart = torch::cdist(fake, real);
  const auto share = [](const Tensor& yes) { return yes.to(at::kDouble).mean().item<double>(); };
  const PrecisionRecall pr = precision_recall(real, fake, 3);
  CHECK(pr.precision == Approx(share(apart.le(radii(real, 3)).any(1))));
  CHECK(pr.recall == Approx(share(apart.le(radii(fake, 3).unsqueeze(1)).any(0))));
  const Tensor inside = apart.le(radii(real, 5));
  const DensityCoverage dc = density_coverage(real, fake, 5);
  CHECK(dc.density == Approx(share(inside) * 2500 / 5));
  CHECK(dc.coverage == Approx(share(inside.any(0))));
}

TEST_CASE("metrics: two draws of one Gaussian score as the papers say") {
  const Tensor real = normal(2000, 64, 7), fake = normal(2000, 64, 8);
  const DensityCoverage dc = density_coverage(real, fake);
  CHECK(dc.density == Approx(1).margin(0.15));
  CHECK(dc.coverage == Approx(1 - std::pow(0.5, 5)).margin(0.02));  // 1 - 2^-k, Naeem et al., equation 10
  const PrecisionRecall pr = precision_recall(real, fake);
  CHECK(pr.precision == Approx(0.61).margin(0.04));  // plain loops over other draws: .61 and .61, .61 and .61
  CHECK(pr.recall == Approx(0.61).margin(0.04));
  // A copy of the real set is perfect, a far one is worthless.
  CHECK(precision_recall(real, real).precision == 1);
  CHECK(precision_recall(real, real).recall == 1);
  CHECK(density_coverage(real, real).coverage == 1);
  CHECK(density_coverage(real, fake + 10).density == 0);
}

TEST_CASE(
    "metrics: ten thousand against ten thousand take less than a gigabyte, and one Gaussian scores as published") {
  const auto peak_mib = [] {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
    return 0.0;
  };
  const Tensor real = normal(10000, 128, 9), fake = normal(10000, 128, 10);
  const double before = peak_mib();
  REQUIRE(before > 0);
  const PrecisionRecall pr = precision_recall(real, fake);
  const DensityCoverage dc = density_coverage(real, fake);
  CHECK(std::abs(kid(real, fake)) < 0.005);
  CHECK(frechet_distance(moments(real), moments(fake)) < 1.5);  // 0 but for the bias of 10,000 draws
  CHECK(nearest_distance(fake, real) > 0);
  CHECK(peak_mib() - before < 1024);
  CHECK(pr.precision == Approx(0.48).margin(0.05));
  CHECK(pr.recall == Approx(0.47).margin(0.05));
  CHECK(dc.density == Approx(1.06).margin(0.1));
  CHECK(dc.coverage == Approx(0.97).margin(0.015));
}

TEST_CASE("metrics: a copy of the training set is at distance 0 from it") {
  const Tensor train = normal(300, 16, 9), test = normal(100, 16, 10);
  CHECK(nearest_distance(train.narrow(0, 50, 100), train) / nearest_distance(test, train) < 1e-5);
  CHECK(nearest_distance(line({0, 4}), line({1, 10, 6})) == Approx(1.5));
}

}  // namespace avae::test
