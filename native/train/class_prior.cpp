#include "native/train/class_prior.hpp"

#include <cmath>

#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <c10/core/GradMode.h>

namespace avae {
namespace {

/// Pseudo-observations: of N(0, I) for a class, of its class's covariance and mean for one of its Gaussians.
constexpr double kClassPrudence = 1.0, kCovariancePrudence = 8.0, kMeanPrudence = 1.0;
constexpr double kJitter = 1e-4;
constexpr int kFirstSteps = 4;
constexpr int kBalancingRounds = 10;

struct Gaussian {
  at::Tensor mean;        ///< [D]
  at::Tensor covariance;  ///< [D, D]
};

Gaussian whole_class(const at::Tensor& z) {
  const double total = static_cast<double>(z.size(0)) + kClassPrudence;
  const at::Tensor mean = z.sum(0) / total;
  const at::Tensor eye = at::eye(z.size(1), z.options());
  // Around the mean: far from the origin squares would lose their last digits, and with them the narrow directions.
  const at::Tensor apart = z - mean;
  const at::Tensor scatter = at::matmul(apart.t(), apart) + kClassPrudence * (eye + at::outer(mean, mean));
  return {mean, scatter / total + kJitter * eye};
}

/// Which of `choices` equal parts each z [n, D] is in, [n]: halved at the median of the longest axis, and so on.
at::Tensor halve(const at::Tensor& z, std::int64_t choices) {
  at::Tensor part = at::zeros({z.size(0)}, z.options().dtype(at::kLong));
  for (std::int64_t parts = 1; parts < choices; parts *= 2) {
    at::Tensor finer = part * 2;
    for (std::int64_t i = 0; i < parts; ++i) {
      const at::Tensor rows = part.eq(i).nonzero().squeeze(1);
      if (rows.size(0) < 2) continue;
      const at::Tensor centred = z.index_select(0, rows) - z.index_select(0, rows).mean(0);
      const at::Tensor axes = std::get<1>(at::linalg_eigh(at::matmul(centred.t(), centred)));
      at::Tensor along = axes.select(1, -1);
      along = along * along.select(0, along.abs().argmax().item<std::int64_t>()).sign();  // an axis has no direction
      const at::Tensor order = at::matmul(centred, along).argsort();
      finer.index_add_(0, rows.index_select(0, order.narrow(0, rows.size(0) / 2, rows.size(0) - rows.size(0) / 2)),
                       at::ones({rows.size(0) - rows.size(0) / 2}, part.options()));
    }
    part = finer;
  }
  return part;
}

/// Responsibilities [n, J] of Gaussians with mean [J, D] and scale [J, D, D] for z [n, D], every column's mean 1 / J.
at::Tensor expectation(const at::Tensor& z, const at::Tensor& mean, const at::Tensor& scale) {
  const at::Tensor apart = (z.unsqueeze(0) - mean.unsqueeze(1)).transpose(1, 2);       // [J, D, n]
  const at::Tensor u = at::linalg_solve_triangular(scale, apart, /*upper=*/false);     // [J, D, n]
  const at::Tensor volume = at::diagonal(scale, 0, 1, 2).log().sum(1);                 // [J]
  const at::Tensor likelihood = (u.square().sum(1) * -0.5 - volume.unsqueeze(1)).t();  // [n, J]
  const auto choices = static_cast<double>(mean.size(0));
  at::Tensor bias = at::zeros({mean.size(0)}, z.options());
  for (int round = 0; round < kBalancingRounds; ++round)
    bias = bias - ((likelihood + bias).softmax(1).mean(0) * choices + 1e-9).log();
  return (likelihood + bias).softmax(1);
}

/// New mean [J, D] and scale [J, D, D] from responsibilities [n, J].
void maximisation(const at::Tensor& z, const at::Tensor& share, const Gaussian& whole, at::Tensor& mean,
                  at::Tensor& scale) {
  const at::Tensor weight = share.sum(0).unsqueeze(1);  // [J, 1]
  mean = (at::matmul(share.t(), z) + kMeanPrudence * whole.mean) / (weight + kMeanPrudence);
  const at::Tensor apart = z.unsqueeze(0) - mean.unsqueeze(1);  // [J, n, D]
  const at::Tensor scatter = at::bmm((apart * share.t().unsqueeze(2)).transpose(1, 2), apart);
  const at::Tensor covariance =
      (scatter + kCovariancePrudence * whole.covariance) / (weight + kCovariancePrudence).unsqueeze(2);
  scale = at::linalg_cholesky(covariance + kJitter * at::eye(z.size(1), z.options()));
}

at::Tensor triangle_index(std::int64_t size, const at::Tensor& like) {
  const at::Tensor pairs = at::tril_indices(size, size, 0, at::TensorOptions(like.device()).dtype(at::kLong));
  return pairs.select(0, 0) * size + pairs.select(0, 1);
}

}  // namespace

at::Tensor unpack_triangles(const at::Tensor& packed, std::int64_t size) {
  at::Tensor square = at::zeros({packed.size(0), size * size}, packed.options());
  square.index_copy_(1, triangle_index(size, packed), packed);
  return square.view({packed.size(0), size, size});
}

at::Tensor pack_triangles(const at::Tensor& square) {
  return square.flatten(1).index_select(1, triangle_index(square.size(1), square));
}

ClassPrior::ClassPrior(const ModelSpec& spec, at::Device device)
    : classes_(spec.classes > 0 ? spec.classes : 1), choices_(std::int64_t{1} << spec.switches) {
  const auto options = at::TensorOptions(device);
  memory = at::zeros({kMemory, spec.code()}, options);
  labels = at::full({kMemory}, -1, options.dtype(at::kLong));
  next = at::zeros({1}, options.dtype(at::kLong));
  settled = at::zeros({1}, options);
}

void ClassPrior::observe(const at::Tensor& z, const at::Tensor& mix) {
  const at::NoGradGuard no_grad;
  const at::Tensor rows = (at::arange(z.size(0), next.options()) + next).remainder(kMemory);
  memory.index_copy_(0, rows, z);
  labels.index_copy_(0, rows, mix.defined() ? mix.argmax(1) : at::zeros({z.size(0)}, labels.options()));
  next.add_(z.size(0)).remainder_(kMemory);
}

void ClassPrior::fit(at::Tensor& mean, at::Tensor& scale, int steps) {
  const at::NoGradGuard no_grad;
  const std::int64_t size = memory.size(1);
  const bool anew = settled.item<float>() == 0;
  at::Tensor squares = unpack_triangles(scale, size);
  for (std::int64_t k = 0; k < classes_; ++k) {
    const at::Tensor z = memory.index_select(0, labels.eq(k).nonzero().squeeze(1));
    const Gaussian whole = whole_class(z);
    at::Tensor centres = mean.narrow(0, k * choices_, choices_), scales = squares.narrow(0, k * choices_, choices_);
    at::Tensor new_centres = centres, new_scales = scales;
    int left = steps;
    if (anew) {
      const at::Tensor share = at::one_hot(halve(z, choices_), choices_).to(z.scalar_type());
      maximisation(z, share, whole, new_centres, new_scales);
      left = choices_ > 1 ? kFirstSteps + steps - 1 : 0;
    }
    for (int step = 0; step < left; ++step)
      maximisation(z, expectation(z, new_centres, new_scales), whole, new_centres, new_scales);
    centres.copy_(new_centres);
    scales.copy_(new_scales);
  }
  scale.copy_(pack_triangles(squares));
  settled.copy_(labels.ge(0).all());
}

}  // namespace avae
