// How close two sets of pictures are, as features: pure functions, computed in double on the tensors' device.
#pragma once

#include <ATen/ATen.h>

namespace avae {

// Features are [N, F] or [M, F], finite, of any floating type; F is the same for all sets of a call. Distances are
// Euclidean and worked off in blocks of rows: beside copies of the sets in double, memory stays below about 0.5 GB.

/// First and second moments of features, on the CPU.
struct Moments {
  at::Tensor mean;        ///< [F], double
  at::Tensor covariance;  ///< [F, F], double, unbiased
};

/// features [N, F], N >= 2.
Moments moments(const at::Tensor& features);

/// Squared Fréchet distance of two Gaussians, |m_a - m_b|² + tr(A + B - 2 (A^½ B A^½)^½) (Dowson and Landau 1982, as
/// Heusel et al. 2017 use it). Not negative; 0 up to rounding for equal moments.
double frechet_distance(const Moments& a, const Moments& b);

/// Unbiased estimate of the squared maximum mean discrepancy with the kernel (x·y / F + 1)³ (Bińkowski et al. 2018),
/// over the full sets, not averaged over subsets. May be negative. a [N, F], b [M, F], N and M >= 2.
double kid(const at::Tensor& a, const at::Tensor& b);

struct PrecisionRecall {
  double precision = 0;  ///< share of fakes inside a ball of a real picture, 0..1
  double recall = 0;     ///< share of real pictures inside a ball of a fake, 0..1
};
/// Balls reach to the k-th nearest neighbour in their own set (Kynkäänniemi et al. 2019). real [N, F], fake [M, F], N
/// and M > k.
PrecisionRecall precision_recall(const at::Tensor& real, const at::Tensor& fake, int k = 3);

struct DensityCoverage {
  double density = 0;   ///< real pictures' balls that a fake lies in, mean over fakes, divided by k; 1 is expected
  double coverage = 0;  ///< share of real pictures with a fake in their ball, 0..1
};
/// Balls as above, around real pictures only (Naeem et al. 2020). real [N, F], fake [M, F], N > k, M >= 1.
DensityCoverage density_coverage(const at::Tensor& real, const at::Tensor& fake, int k = 5);

/// Mean over `from` [N, F] of the distance to the nearest of `to` [M, F].
double nearest_distance(const at::Tensor& from, const at::Tensor& to);

}  // namespace avae
