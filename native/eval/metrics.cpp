#include "native/eval/metrics.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

namespace avae {
namespace {

/// Elements of one block: 128 MB of doubles.
constexpr std::int64_t kBlockElements = 1 << 24;

/// Calls use(first, rows) for blocks of rows 0..n-1; `columns` is how many values a row gives.
void for_each_block(std::int64_t n, std::int64_t columns,
                    const std::function<void(std::int64_t first, std::int64_t rows)>& use) {
  const std::int64_t rows = std::clamp<std::int64_t>(kBlockElements / columns, 1, 1024);
  for (std::int64_t first = 0; first < n; first += rows) use(first, std::min(rows, n - first));
}

/// Squared distances [rows, M] of some rows of a set to another set, by |x|² + |y|² - 2 x·y.
class Distances {
 public:
  Distances(const at::Tensor& from, const at::Tensor& to) : from_(from.to(at::kDouble)), to_(to.to(at::kDouble)) {
    // Distances do not change, but they lose fewer digits around the origin.
    const at::Tensor centre = to_.mean(0);
    from_ = from_ - centre;
    to_ = to_ - centre;
    from_norm_ = from_.square().sum(1, true);
    to_norm_ = to_.square().sum(1);
  }

  at::Tensor block(std::int64_t first, std::int64_t rows) const {
    at::Tensor squared = at::matmul(from_.narrow(0, first, rows), to_.t()).mul_(-2);
    squared.add_(to_norm_).add_(from_norm_.narrow(0, first, rows)).clamp_min_(0);
    return squared;
  }

 private:
  at::Tensor from_, to_, from_norm_, to_norm_;
};

/// Squared distance of every point to its k-th nearest neighbour in its own set [N].
at::Tensor squared_radii(const at::Tensor& points, int k) {
  const Distances distances(points, points);
  const std::int64_t n = points.size(0);
  at::Tensor radii = at::empty({n}, points.options().dtype(at::kDouble));
  for_each_block(n, n, [&](std::int64_t first, std::int64_t rows) {
    at::Tensor squared = distances.block(first, rows);
    squared.narrow(1, first, rows).fill_diagonal_(std::numeric_limits<double>::infinity());
    radii.narrow(0, first, rows).copy_(std::get<0>(squared.topk(k, 1, false, false)).amax(1));
  });
  return radii;
}

at::Tensor square_root(const at::Tensor& covariance) {
  const auto [values, vectors] = at::linalg_eigh(covariance);
  return at::matmul(vectors * values.clamp_min(0).sqrt(), vectors.t());
}

/// Sum over all pairs of (x·y / F + 1)³; with `distinct`, over pairs of different rows of one set.
double kernel_sum(const at::Tensor& a, const at::Tensor& b, bool distinct) {
  at::Tensor sum = at::zeros({}, a.options());
  for_each_block(a.size(0), b.size(0), [&](std::int64_t first, std::int64_t rows) {
    at::Tensor kernel = at::matmul(a.narrow(0, first, rows), b.t()).div_(a.size(1)).add_(1).pow_(3);
    if (distinct) kernel.narrow(1, first, rows).fill_diagonal_(0);
    sum += kernel.sum();
  });
  return sum.item<double>();
}

}  // namespace

Moments moments(const at::Tensor& features) {
  const at::Tensor x = features.to(at::kDouble);
  const at::Tensor mean = x.mean(0);
  const at::Tensor centred = x - mean;
  const at::Tensor covariance = at::matmul(centred.t(), centred) / (x.size(0) - 1);
  return {mean.to(at::kCPU), covariance.to(at::kCPU)};
}

double frechet_distance(const Moments& a, const Moments& b) {
  // tr (A^½ B A^½)^½ is the sum of the singular values of A^½ B^½, which keeps full precision where A is singular.
  const at::Tensor product = at::matmul(square_root(a.covariance), square_root(b.covariance));
  const at::Tensor cross = at::linalg_svdvals(product).sum();
  const at::Tensor distance =
      (a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace() - 2 * cross;
  return std::max(0.0, distance.item<double>());
}

double kid(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(at::kDouble), y = b.to(at::kDouble);
  const auto n = static_cast<double>(x.size(0)), m = static_cast<double>(y.size(0));
  return kernel_sum(x, x, true) / (n * (n - 1)) + kernel_sum(y, y, true) / (m * (m - 1)) -
         2 * kernel_sum(x, y, false) / (n * m);
}

PrecisionRecall precision_recall(const at::Tensor& real, const at::Tensor& fake, int k) {
  const at::Tensor real_radii = squared_radii(real, k), fake_radii = squared_radii(fake, k);
  const Distances distances(fake, real);
  at::Tensor inside = at::zeros({}, real_radii.options());                        // fakes in a real ball
  at::Tensor found = at::zeros({real.size(0)}, real.options().dtype(at::kBool));  // real pictures in a fake ball
  for_each_block(fake.size(0), real.size(0), [&](std::int64_t first, std::int64_t rows) {
    const at::Tensor squared = distances.block(first, rows);
    inside += squared.le(real_radii).any(1).sum();
    found.logical_or_(squared.le(fake_radii.narrow(0, first, rows).unsqueeze(1)).any(0));
  });
  return {inside.item<double>() / static_cast<double>(fake.size(0)),
          found.sum().item<double>() / static_cast<double>(real.size(0))};
}

DensityCoverage density_coverage(const at::Tensor& real, const at::Tensor& fake, int k) {
  const at::Tensor radii = squared_radii(real, k);
  const Distances distances(fake, real);
  at::Tensor balls = at::zeros({}, radii.options());
  at::Tensor covered = at::zeros({real.size(0)}, real.options().dtype(at::kBool));
  for_each_block(fake.size(0), real.size(0), [&](std::int64_t first, std::int64_t rows) {
    const at::Tensor inside = distances.block(first, rows).le(radii);
    balls += at::count_nonzero(inside);
    covered.logical_or_(inside.any(0));
  });
  return {balls.item<double>() / (static_cast<double>(fake.size(0)) * k),
          covered.sum().item<double>() / static_cast<double>(real.size(0))};
}

double nearest_distance(const at::Tensor& from, const at::Tensor& to) {
  const Distances distances(from, to);
  at::Tensor sum = at::zeros({}, from.options().dtype(at::kDouble));
  for_each_block(from.size(0), to.size(0), [&](std::int64_t first, std::int64_t rows) {
    sum += distances.block(first, rows).amin(1).sqrt().sum();
  });
  return sum.item<double>() / static_cast<double>(from.size(0));
}

}  // namespace avae
