// The one list of layers per role, from which the trainer, the inference core and the files all derive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/model/spec.hpp"

namespace avae {

enum class LayerKind : std::uint8_t {
  /// [N, Z] -> [N, D]: sum_kj w_kj (mean_kj + scale_kj u) over Gaussians j of classes k; u are the first D coordinates.
  /// w_kj = mix_k times, for each switch v, s or 1 - s with s = (1 + v) / 2 clamped to [0, 1]: s where the switch's bit
  /// of j is set, the first switch being the highest bit. So a switch at -1 or 1 chooses, and between it blends.
  /// Tensors .mean [G, D], .scale [G, D (D + 1) / 2]: lower triangles, row by row.
  kClassAffine,
  kClassConcat,      ///< [N, F] -> [N, F + K]: appends the class mix
  kDense,            ///< [N, F] -> [N, G] seen as the output shape. Tensors .weight [G, F], .bias [G]
  kConv3x3,          ///< padding 1. Tensors .weight [O, 3, 3, I], .bias [O]
  kConv3x3Stride2,   ///< padding 1, stride 2: H and W halve
  kUpsampleConv3x3,  ///< nearest-neighbour 2x, then 3x3 with padding 1: H and W double
  kAdd,              ///< sum of two values of equal shape
};

enum class Activation : std::uint8_t { kNone, kRelu, kLeakyRelu, kSigmoid, kClamp01 };

/// Slope of kLeakyRelu below zero.
inline constexpr float kLeakySlope = 0.2f;

/// A value's shape without N. Vectors are 1 x 1 x C. Flattening is in H, W, C order.
struct ValueShape {
  int height = 1;
  int width = 1;
  int channels = 1;
  int size() const { return height * width * channels; }
  bool operator==(const ValueShape&) const = default;
};

/// One step. Value 0 is the role's input; layer i writes value i + 1.
struct Layer {
  LayerKind kind;
  std::string name;  ///< unique in its role; tensors are name + ".weight" and so on
  int input = 0;     ///< the value read
  int input2 = -1;   ///< kAdd's second value, otherwise -1
  ValueShape in;     ///< shape of `input`
  ValueShape out;    ///< shape of the value written
  Activation activation = Activation::kNone;
};

/// The ordered layers of one role. `spec` must be valid.
///   decoder:        u [N, Z] (and class mix [N, K]) -> pixels [N, H, W, C] in [0, 1]
///   encoder:        pixels [N, H, W, C] (and mix)   -> [N, 2D]: mean, then log variance of q(z | x)
///   discriminator:  pixels [N, H, W, C]             -> [N, 1 + K]: projection, logit = out_0 + sum_k mix_k out_(1+k)
/// A zero class mix means "class unknown" to the encoder.
std::vector<Layer> layers(const ModelSpec& spec, Role role);

/// Multiply-adds of one sample by the definition of each layer (direct convolution, no algebraic savings;
/// kClassAffine as for one Gaussian).
std::int64_t multiply_adds(const std::vector<Layer>& layers);

struct TensorInfo {
  std::string name;
  std::vector<int> shape;  ///< in the file's layout, as listed at LayerKind
  std::int64_t elements() const;
  bool operator==(const TensorInfo&) const = default;
};

/// Every tensor of a role in file order, derived from layers().
std::vector<TensorInfo> tensor_table(const ModelSpec& spec, Role role);

}  // namespace avae
