// What the trainer's torch modules compute layer by layer, in the form of the golden files.
#pragma once

#include <vector>

#include <torch/autograd.h>
#include <torch/types.h>

#include "native/train/net.hpp"
#include "tests/parity/golden_values.hpp"

namespace avae::test {

inline GoldenValues torch_layers(const RoleWeights& weights, const std::vector<float>& input,
                                 const std::vector<float>& mix) {
  torch::NoGradGuard no_grad;
  Net net(weights.spec, weights.role, torch::kCPU, 1, false);
  if (!net.load(weights)) return {};
  const ValueShape in = net.layers().front().in;
  const std::int64_t n = static_cast<std::int64_t>(input.size()) / in.size();
  torch::Tensor x = torch::tensor(input).view({n, -1});
  if (weights.role != Role::kDecoder) x = x.view({n, in.height, in.width, in.channels}).permute({0, 3, 1, 2});
  const torch::Tensor m = mix.empty() ? torch::Tensor() : torch::tensor(mix).view({n, -1});
  Net::Taps taps;
  net.forward(x, m, &taps);
  GoldenValues values{input, mix, {}};
  for (const torch::Tensor& tap : taps) {
    const torch::Tensor flat = tap.contiguous().flatten();
    values.layers.emplace_back(flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel());
  }
  return values;
}

}  // namespace avae::test
