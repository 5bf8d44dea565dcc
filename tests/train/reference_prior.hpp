// The prior written the naive way, in double: picture by picture, halves by power iteration, the Cholesky factor by its
// textbook recurrence.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <torch/types.h>

#include "shared/model/spec.hpp"

namespace avae::test {

using torch::Tensor;

/// What ClassPrior does, as long as its memory has not filled.
class ReferencePrior {
 public:
  explicit ReferencePrior(const ModelSpec& spec)
      : spec_(spec),
        mean_(torch::zeros({spec.gaussians(), spec.code()}, torch::kDouble)),
        scale_(torch::eye(spec.code(), torch::kDouble).repeat({spec.gaussians(), 1, 1})) {}

  /// z [N, D], mix [N, K] one-hot (undefined when K = 0).
  void observe(const Tensor& z, const Tensor& mix) { history_.push_back({z, mix}); }

  /// Latents [N, Z], mix [N, K] one-hot (undefined when K = 0) -> z [N, D].
  Tensor sample(const Tensor& latent, const Tensor& mix) const {
    if (spec_.prior == Prior::kStandard) return latent;
    std::vector<Tensor> rows;
    for (std::int64_t n = 0; n < latent.size(0); ++n) {
      std::int64_t g = mix.defined() ? mix[n].argmax().item<std::int64_t>() : 0;
      for (int i = spec_.code(); i < spec_.latent; ++i) g = 2 * g + (latent[n][i].item<double>() > 0 ? 1 : 0);
      rows.push_back(mean_[g] + torch::mv(scale_[g], latent[n].slice(0, 0, spec_.code())));
    }
    return torch::stack(rows);
  }

  /// Balanced expectation maximisation of what was seen so far, picture by picture.
  void fit() {
    if (spec_.prior == Prior::kStandard) return;
    const std::int64_t choices = std::int64_t{1} << spec_.switches;
    for (std::int64_t k = 0; k < std::max(spec_.classes, 1); ++k) {
      std::vector<Tensor> seen;
      for (const Seen& batch : history_)
        for (std::int64_t n = 0; n < batch.z.size(0); ++n)
          if (!batch.mix.defined() || batch.mix[n][k].item<double>() == 1) seen.push_back(batch.z[n]);
      fit_class(k * choices, choices, seen);
    }
  }

 private:
  struct Seen {
    Tensor z, mix;
  };

  void fit_class(std::int64_t first, std::int64_t choices, const std::vector<Tensor>& seen) {
    const std::int64_t size = spec_.code();
    const Tensor eye = torch::eye(size, torch::kDouble);
    const double total = static_cast<double>(seen.size()) + 1;
    Tensor sum = torch::zeros({size}, torch::kDouble), second = eye.clone();
    for (const Tensor& z : seen) sum += z, second += torch::outer(z, z);
    const Tensor whole_mean = sum / total;
    const Tensor whole = second / total - torch::outer(whole_mean, whole_mean) + 1e-4 * eye;

    // responsibilities[i][j] of picture i for Gaussian j: first by halves, then four rounds of expectation.
    std::vector<std::vector<double>> responsibilities(seen.size(),
                                                      std::vector<double>(static_cast<std::size_t>(choices)));
    const std::vector<std::int64_t> parts = halves(seen, choices);
    for (std::size_t i = 0; i < seen.size(); ++i) responsibilities[i][static_cast<std::size_t>(parts[i])] = 1;
    for (int round = 0; round < (choices > 1 ? 5 : 1); ++round) {
      if (round > 0) expect(first, choices, seen, responsibilities);
      for (std::int64_t j = 0; j < choices; ++j) {
        double weight = 0;
        Tensor centre = whole_mean.clone(), scatter = 8 * whole;
        for (std::size_t i = 0; i < seen.size(); ++i) {
          weight += responsibilities[i][static_cast<std::size_t>(j)];
          centre += responsibilities[i][static_cast<std::size_t>(j)] * seen[i];
        }
        centre = centre / (weight + 1);
        for (std::size_t i = 0; i < seen.size(); ++i)
          scatter +=
              responsibilities[i][static_cast<std::size_t>(j)] * torch::outer(seen[i] - centre, seen[i] - centre);
        mean_[first + j] = centre;
        scale_[first + j] = cholesky(scatter / (weight + 8) + 1e-4 * eye);
      }
    }
  }

  void expect(std::int64_t first, std::int64_t choices, const std::vector<Tensor>& seen,
              std::vector<std::vector<double>>& responsibilities) const {
    std::vector<std::vector<double>> density(seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      for (std::int64_t j = 0; j < choices; ++j) {
        const Tensor scale = scale_[first + j];
        const Tensor u = torch::mv(torch::linalg_inv(scale), seen[i] - mean_[first + j]);
        density[i].push_back(torch::exp(-0.5 * u.dot(u)).item<double>() / torch::det(scale).item<double>());
      }
    }
    std::vector<double> factor(static_cast<std::size_t>(choices), 1.0);
    const auto share = [&] {
      for (std::size_t i = 0; i < seen.size(); ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < factor.size(); ++j) sum += factor[j] * density[i][j];
        for (std::size_t j = 0; j < factor.size(); ++j) responsibilities[i][j] = factor[j] * density[i][j] / sum;
      }
    };
    for (int round = 0; round < 10; ++round) {
      share();
      for (std::size_t j = 0; j < factor.size(); ++j) {
        double mean = 0;
        for (const auto& row : responsibilities) mean += row[j] / static_cast<double>(seen.size());
        factor[j] /= mean * static_cast<double>(choices) + 1e-9;
      }
    }
    share();
  }

  /// Halved at the median along the axis of largest variance, found by power iteration; the side on which the axis's
  /// largest component is positive is the later half.
  static std::vector<std::int64_t> halves(const std::vector<Tensor>& seen, std::int64_t choices) {
    std::vector<std::int64_t> part(seen.size(), 0);
    for (std::int64_t parts = 1; parts < choices; parts *= 2) {
      std::vector<std::int64_t> finer(part);
      for (std::int64_t& p : finer) p *= 2;
      for (std::int64_t p = 0; p < parts; ++p) {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < seen.size(); ++i)
          if (part[i] == p) members.push_back(i);
        if (members.size() < 2) continue;
        Tensor mean = torch::zeros_like(seen[0]);
        for (const std::size_t i : members) mean += seen[i] / static_cast<double>(members.size());
        Tensor axis = torch::ones_like(mean);
        for (int turn = 0; turn < 2000; ++turn) {
          Tensor turned = torch::zeros_like(axis);
          for (const std::size_t i : members) turned += (seen[i] - mean) * (seen[i] - mean).dot(axis);
          axis = turned / turned.norm();
        }
        if (axis[axis.abs().argmax().item<std::int64_t>()].item<double>() < 0) axis = -axis;
        std::sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
          return (seen[a] - mean).dot(axis).item<double>() < (seen[b] - mean).dot(axis).item<double>();
        });
        for (std::size_t i = members.size() / 2; i < members.size(); ++i) ++finer[members[i]];
      }
      part = finer;
    }
    return part;
  }

  static Tensor cholesky(const Tensor& a) {
    const std::int64_t n = a.size(0);
    Tensor factor = torch::zeros_like(a);
    auto l = factor.accessor<double, 2>();
    const auto m = a.accessor<double, 2>();
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j <= i; ++j) {
        double sum = m[i][j];
        for (std::int64_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
        l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
      }
    }
    return factor;
  }

  ModelSpec spec_;
  std::vector<Seen> history_;
  Tensor mean_, scale_;  // [G, D], [G, D, D]
};

}  // namespace avae::test
