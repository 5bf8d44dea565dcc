// The layers by their definitions, in double: what every faster way must agree with. Slow on purpose.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "shared/model/layers.hpp"
#include "shared/model/safetensors.hpp"

namespace avae::test {

using Doubles = std::vector<double>;

inline double naive_activation(Activation activation, double x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kLeakyRelu:
      return x > 0 ? x : static_cast<double>(kLeakySlope) * x;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kClamp01:
      return std::clamp(x, 0.0, 1.0);
  }
  return x;
}

/// [H, W, C] -> [2H, 2W, C], each pixel four times.
inline Doubles naive_upsample(const Doubles& in, int height, int width, int channels) {
  Doubles out;
  for (int y = 0; y < 2 * height; ++y) {
    for (int x = 0; x < 2 * width; ++x) {
      for (int c = 0; c < channels; ++c) out.push_back(in[((y / 2) * width + x / 2) * channels + c]);
    }
  }
  return out;
}

/// 3x3 with padding 1: in [H, W, I], weight [O, 3, 3, I], bias [O] -> [H / stride, W / stride, O], H and W rounded up.
inline Doubles naive_conv3x3(const Doubles& in, int height, int width, int inputs, const std::vector<float>& weight,
                             const std::vector<float>& bias, int stride) {
  const int outputs = static_cast<int>(bias.size());
  Doubles out;
  for (int y = 0; y < height; y += stride) {
    for (int x = 0; x < width; x += stride) {
      for (int o = 0; o < outputs; ++o) {
        double sum = static_cast<double>(bias[o]);
        for (int ky = 0; ky < 3; ++ky) {
          for (int kx = 0; kx < 3; ++kx) {
            const int from_y = y + ky - 1;
            const int from_x = x + kx - 1;
            if (from_y < 0 || from_y >= height || from_x < 0 || from_x >= width) continue;
            for (int i = 0; i < inputs; ++i) {
              sum += in[(from_y * width + from_x) * inputs + i] *
                     static_cast<double>(weight[((o * 3 + ky) * 3 + kx) * inputs + i]);
            }
          }
        }
        out.push_back(sum);
      }
    }
  }
  return out;
}

/// weight [G, F], bias [G], in [F] -> [G].
inline Doubles naive_dense(const Doubles& in, const std::vector<float>& weight, const std::vector<float>& bias) {
  Doubles out;
  for (std::size_t g = 0; g < bias.size(); ++g) {
    double sum = static_cast<double>(bias[g]);
    for (std::size_t f = 0; f < in.size(); ++f) sum += in[f] * static_cast<double>(weight[g * in.size() + f]);
    out.push_back(sum);
  }
  return out;
}

/// Gaussians' weights [G] from mix [K] (empty: weight 1 for the only class) and switches [S], the first being the
/// highest bit of a Gaussian's number within its class.
inline Doubles naive_gaussian_weights(const Doubles& mix, const Doubles& switches) {
  Doubles weights = mix.empty() ? Doubles{1.0} : mix;
  for (const double u : switches) {
    const double on = std::clamp((1 + u) / 2, 0.0, 1.0);
    Doubles finer;
    for (const double weight : weights) {
      finer.push_back(weight * (1 - on));
      finer.push_back(weight * on);
    }
    weights = finer;
  }
  return weights;
}

/// z [size] = sum_g w_g (mean_g + scale_g u): latent [Z] is u [size] and switches, scale [G, size (size + 1) / 2].
inline Doubles naive_class_affine(const Doubles& latent, const Doubles& mix, const std::vector<float>& mean,
                                  const std::vector<float>& scale, int size) {
  const Doubles weights = naive_gaussian_weights(mix, Doubles(latent.begin() + size, latent.end()));
  Doubles z(size, 0.0);
  std::size_t entry = 0;
  for (std::size_t g = 0; g < weights.size(); ++g) {
    for (int row = 0; row < size; ++row) {
      double sum = static_cast<double>(mean[g * size + row]);
      for (int column = 0; column <= row; ++column) sum += static_cast<double>(scale[entry++]) * latent[column];
      z[row] += weights[g] * sum;
    }
  }
  return z;
}

/// One layer for one sample, activation included. `input2` is kAdd's second value.
inline Doubles naive_layer(const Layer& layer, const std::map<std::string, std::vector<float>>& tensors,
                           const Doubles& input, const Doubles& input2, const Doubles& mix) {
  const ValueShape in = layer.in;
  Doubles out;
  switch (layer.kind) {
    case LayerKind::kClassAffine:
      out = naive_class_affine(input, mix, tensors.at(layer.name + ".mean"), tensors.at(layer.name + ".scale"),
                               layer.out.size());
      break;
    case LayerKind::kClassConcat:
      out = input;
      out.insert(out.end(), mix.begin(), mix.end());
      break;
    case LayerKind::kDense:
      out = naive_dense(input, tensors.at(layer.name + ".weight"), tensors.at(layer.name + ".bias"));
      break;
    case LayerKind::kConv3x3:
    case LayerKind::kConv3x3Stride2:
      out = naive_conv3x3(input, in.height, in.width, in.channels, tensors.at(layer.name + ".weight"),
                          tensors.at(layer.name + ".bias"), layer.kind == LayerKind::kConv3x3 ? 1 : 2);
      break;
    case LayerKind::kUpsampleConv3x3:
      out = naive_conv3x3(naive_upsample(input, in.height, in.width, in.channels), 2 * in.height, 2 * in.width,
                          in.channels, tensors.at(layer.name + ".weight"), tensors.at(layer.name + ".bias"), 1);
      break;
    case LayerKind::kAdd:
      for (std::size_t i = 0; i < input.size(); ++i) out.push_back(input[i] + input2[i]);
      break;
  }
  for (double& value : out) value = naive_activation(layer.activation, value);
  return out;
}

/// input [N, ...], mix [N, K] -> what every layer wrote, [layer][N * H * W * C].
inline std::vector<Doubles> naive_layers(const RoleWeights& weights, std::span<const float> input,
                                         std::span<const float> mix) {
  const std::vector<Layer> list = layers(weights.spec, weights.role);
  const std::size_t input_size = list.front().in.size();
  const std::size_t classes = weights.spec.classes;
  std::vector<Doubles> written(list.size());
  for (std::size_t n = 0; n < input.size() / input_size; ++n) {
    std::vector<Doubles> values = {Doubles(input.begin() + n * input_size, input.begin() + (n + 1) * input_size)};
    const Doubles sample_mix(mix.begin() + n * classes, mix.begin() + (n + 1) * classes);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Layer& layer = list[i];
      values.push_back(naive_layer(layer, weights.tensors, values[layer.input],
                                   layer.input2 < 0 ? Doubles{} : values[layer.input2], sample_mix));
      written[i].insert(written[i].end(), values.back().begin(), values.back().end());
    }
  }
  return written;
}

}  // namespace avae::test
