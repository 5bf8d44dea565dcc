#include "native/publish/tsne.hpp"

#include <algorithm>
#include <cmath>

namespace avae {
namespace {

using Floats = std::vector<float>;

// As in the reference implementation, but for the learning rate, which follows N (Belkina et al. 2019).
constexpr int kSteps = 750, kExaggeratedSteps = 200;
constexpr float kExaggeration = 12.0f;
constexpr int kPowerSteps = 300;

Floats squared_distances(std::span<const float> features, std::size_t n) {
  const std::size_t size = features.size() / n;
  Floats distances(n * n, 0.0f);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const float *a = &features[i * size], *b = &features[j * size];
      float sum = 0.0f;
      for (std::size_t d = 0; d < size; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
      distances[i * n + j] = distances[j * n + i] = sum;
    }
  }
  return distances;
}

/// Turns a row of squared distances into probabilities of the wanted entropy; the point itself has none.
void to_probabilities(std::span<float> row, std::size_t self, float perplexity) {
  const float wanted = std::log(perplexity);
  float nearest = 1e30f;
  for (std::size_t j = 0; j < row.size(); ++j)
    if (j != self) nearest = std::min(nearest, row[j]);
  double low = 0.0, high = 0.0, precision = 1.0;
  Floats shares(row.size());
  for (int round = 0; round < 60; ++round) {
    double sum = 0.0, weighted = 0.0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      const double apart = row[j] - nearest;
      const double share = j == self ? 0.0 : std::exp(-precision * apart);
      shares[j] = static_cast<float>(share);
      sum += share;
      weighted += share * apart;
    }
    const double entropy = std::log(sum) + precision * weighted / sum;
    for (float& share : shares) share /= static_cast<float>(sum);
    if (std::abs(entropy - wanted) < 1e-4) break;
    if (entropy > wanted) {
      low = precision;
      precision = high > 0.0 ? (low + high) / 2 : precision * 2;
    } else {
      high = precision;
      precision = (low + high) / 2;
    }
  }
  std::copy(shares.begin(), shares.end(), row.begin());
}

/// p_ij of the pairs, which sum to 1.
Floats affinities(std::span<const float> features, std::size_t n, float perplexity) {
  Floats p = squared_distances(features, n);
  for (std::size_t i = 0; i < n; ++i) to_probabilities(std::span(p).subspan(i * n, n), i, perplexity);
  const float scale = 0.5f / static_cast<float>(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) p[i * n + j] = p[j * n + i] = scale * (p[i * n + j] + p[j * n + i]);
  return p;
}

/// The first two principal components, small: where the layout starts.
void principal_start(std::span<const float> features, std::size_t n, Floats& x, Floats& y) {
  const std::size_t size = features.size() / n;
  Floats mean(size, 0.0f), covariance(size * size, 0.0f), row(size);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t d = 0; d < size; ++d) mean[d] += features[i * size + d] / static_cast<float>(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t d = 0; d < size; ++d) row[d] = features[i * size + d] - mean[d];
    for (std::size_t a = 0; a < size; ++a)
      for (std::size_t b = 0; b < size; ++b) covariance[a * size + b] += row[a] * row[b];
  }
  const Floats axes = leading_eigenvectors(covariance, static_cast<int>(size), size > 1 ? 2 : 1);
  float spread = 1e-12f;
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = y[i] = 0.0f;
    for (std::size_t d = 0; d < size; ++d) {
      const float value = features[i * size + d] - mean[d];
      x[i] += axes[d] * value;
      if (size > 1) y[i] += axes[size + d] * value;
    }
    spread += x[i] * x[i] / static_cast<float>(n);
  }
  const float scale = 1e-4f / std::sqrt(spread);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] *= scale;
    y[i] *= scale;
  }
}

/// One coordinate's step, with the gains of the reference implementation.
void move(Floats& position, const Floats& slope, Floats& speed, Floats& gain, float momentum, float rate) {
  for (std::size_t i = 0; i < position.size(); ++i) {
    gain[i] = std::max(0.01f, (slope[i] > 0) != (speed[i] > 0) ? gain[i] + 0.2f : gain[i] * 0.8f);
    speed[i] = momentum * speed[i] - rate * gain[i] * slope[i];
    position[i] += speed[i];
  }
}

/// d KL / d position: attraction by p, repulsion by the layout's own affinities.
void slopes(const Floats& p, float exaggeration, const Floats& x, const Floats& y, Floats& slope_x, Floats& slope_y) {
  const std::size_t n = x.size();
  Floats pull_x(n), pull_y(n), push_x(n), push_y(n);
  double total = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const float *row = &p[i * n], here_x = x[i], here_y = y[i];
    float ax = 0, ay = 0, rx = 0, ry = 0, sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const float dx = here_x - x[j], dy = here_y - y[j];
      const float q = 1.0f / (1.0f + dx * dx + dy * dy);
      const float pull = row[j] * q, push = q * q;
      ax += pull * dx;
      ay += pull * dy;
      rx += push * dx;
      ry += push * dy;
      sum += q;
    }
    pull_x[i] = ax;
    pull_y[i] = ay;
    push_x[i] = rx;
    push_y[i] = ry;
    total += sum - 1.0f;
  }
  const float scale = 1.0f / static_cast<float>(std::max(total, 1e-12));
  for (std::size_t i = 0; i < n; ++i) {
    slope_x[i] = 4.0f * (exaggeration * pull_x[i] - scale * push_x[i]);
    slope_y[i] = 4.0f * (exaggeration * pull_y[i] - scale * push_y[i]);
  }
}

/// Into [0, 1], with a margin.
Floats fitted(const Floats& x, const Floats& y) {
  constexpr float kMargin = 0.03f;
  Floats positions(2 * x.size());
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const Floats& values = axis == 0 ? x : y;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const float scale = (1.0f - 2.0f * kMargin) / std::max(*high - *low, 1e-9f);
    for (std::size_t i = 0; i < x.size(); ++i)
      positions[2 * i + axis] = std::clamp(kMargin + (values[i] - *low) * scale, 0.0f, 1.0f);
  }
  return positions;
}

}  // namespace

std::vector<float> leading_eigenvectors(std::span<const float> matrix, int n, int count) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<float> found;
  for (int k = 0; k < count; ++k) {
    std::vector<double> v(size), next(size);
    for (std::size_t i = 0; i < size; ++i)
      v[i] = 1.0 + 0.01 * static_cast<double>((i * 7919 + 104729u * static_cast<unsigned>(k)) % 101);
    for (int step = 0; step < kPowerSteps; ++step) {
      for (std::size_t i = 0; i < size; ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < size; ++j) sum += matrix[i * size + j] * v[j];
        next[i] = sum;
      }
      for (std::size_t before = 0; before < found.size(); before += size) {
        double along = 0.0;
        for (std::size_t i = 0; i < size; ++i) along += next[i] * found[before + i];
        for (std::size_t i = 0; i < size; ++i) next[i] -= along * found[before + i];
      }
      double norm = 0.0;
      for (const double value : next) norm += value * value;
      if (norm < 1e-24) break;  // nothing is left: any direction will do
      for (std::size_t i = 0; i < size; ++i) v[i] = next[i] / std::sqrt(norm);
    }
    double norm = 0.0, largest = 0.0;
    for (const double value : v) {
      norm += value * value;
      if (std::abs(value) > std::abs(largest)) largest = value;
    }
    for (const double value : v) found.push_back(static_cast<float>(value / std::copysign(std::sqrt(norm), largest)));
  }
  return found;
}

std::vector<float> tsne(std::span<const float> features, int n, float perplexity) {
  const std::size_t count = static_cast<std::size_t>(n);
  const Floats p = affinities(features, count, perplexity);
  Floats x(count), y(count), slope_x(count), slope_y(count), speed_x(count, 0.0f), speed_y(count, 0.0f);
  Floats gain_x(count, 1.0f), gain_y(count, 1.0f);
  principal_start(features, count, x, y);
  const float rate = std::max(10.0f, static_cast<float>(n) / kExaggeration);
  for (int step = 0; step < kSteps; ++step) {
    const bool early = step < kExaggeratedSteps;
    slopes(p, early ? kExaggeration : 1.0f, x, y, slope_x, slope_y);
    const float momentum = early ? 0.5f : 0.8f;
    move(x, slope_x, speed_x, gain_x, momentum, rate);
    move(y, slope_y, speed_y, gain_y, momentum, rate);
  }
  return fitted(x, y);
}

}  // namespace avae
