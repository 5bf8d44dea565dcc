// Lays pictures out in the plane so that those that look alike lie together.
#pragma once

#include <span>
#include <vector>

namespace avae {

/// Leading eigenvectors of a symmetric positive semi-definite matrix [n, n], the largest first, by power iteration with
/// deflation: unit rows [count, n], each with its largest component positive. count <= n.
std::vector<float> leading_eigenvectors(std::span<const float> matrix, int n, int count);

/// t-SNE (van der Maaten & Hinton 2008), exact, from the first two principal components: features [N, D] -> positions
/// [N, 2] in [0, 1], the same for the same features on one machine. N^2 work and memory: a few thousand points take
/// some ten seconds. `perplexity` is about how many neighbours count, less than N / 3. 4 <= N.
std::vector<float> tsne(std::span<const float> features, int n, float perplexity);

}  // namespace avae
