#include "shared/infer/upsample.hpp"

#include <cstddef>

namespace avae {

std::vector<float> upsample_kernel(std::span<const float> weight, int outputs, int inputs) {
  // Tap k of the transposed convolution sums the taps [first, last] of the 3x3 one.
  constexpr int kFirst[4] = {2, 1, 0, 0};
  constexpr int kLast[4] = {2, 2, 1, 0};
  std::vector<float> kernel(static_cast<std::size_t>(outputs) * 16 * inputs);
  std::size_t index = 0;
  for (int o = 0; o < outputs; ++o) {
    for (int ky = 0; ky < 4; ++ky) {
      for (int kx = 0; kx < 4; ++kx) {
        for (int i = 0; i < inputs; ++i) {
          double sum = 0;
          for (int y = kFirst[ky]; y <= kLast[ky]; ++y) {
            for (int x = kFirst[kx]; x <= kLast[kx]; ++x) {
              sum += static_cast<double>(weight[((static_cast<std::size_t>(o) * 3 + y) * 3 + x) * inputs + i]);
            }
          }
          kernel[index++] = static_cast<float>(sum);
        }
      }
    }
  }
  return kernel;
}

}  // namespace avae
