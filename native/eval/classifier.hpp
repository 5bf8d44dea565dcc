// The classifier whose features pictures are compared by: a small convolutional network, frozen once trained.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "native/data/dataset.hpp"
#include "shared/model/result.hpp"

namespace avae {

/// Changes whenever the network or its training does: figures of two recipes are not comparable.
inline constexpr const char* kClassifierRecipe = "1";

/// 3x3 convolutions with ReLU, of 32, 64, 128, 128, ... channels, halving the picture until no side is above 8, then
/// Dense(128, ReLU), the features, and Dense(K). Functions that only read may be called from several threads.
class Classifier {
 public:
  static constexpr std::int64_t kFeatures = 128;  ///< F

  /// Fresh weights, the same for the same seed on every device. height and width >= 3, classes >= 2.
  Classifier(int height, int width, int channels, int classes, at::Device device, std::uint64_t seed);

  /// What the last layer reads. pictures uint8 [N, H, W, C] -> [N, F] on the classifier's device, without gradients.
  at::Tensor features(const at::Tensor& pictures) const;
  /// The likeliest class of each row of features [N, F] -> int64 [N] on the CPU.
  at::Tensor predict(const at::Tensor& features) const;

  /// With gradients, on the device: uint8 [N, H, W, C] -> [N, K].
  at::Tensor logits(const at::Tensor& pictures) const;

  const std::vector<at::Tensor>& parameters() const { return parameters_; }  ///< leaves, views of weights()
  const at::Tensor& weights() const { return flat_; }                        ///< [P]
  at::Device device() const { return flat_.device(); }
  int classes() const { return classes_; }

  /// A safetensors file, fp32. `data` says what it was trained on.
  std::vector<std::uint8_t> to_bytes(const std::string& data) const;
  /// Errors: as parse_safetensors(), another recipe, shape or training data than expected, weights that are missing or
  /// not finite.
  Result<void> load(std::span<const std::uint8_t> bytes, const std::string& data);

 private:
  struct Parameter {
    std::string name;
    std::vector<std::int64_t> shape;  ///< (O, H, W, I), (O, I) or (O)
  };
  at::Tensor embed(const at::Tensor& pictures) const;
  std::string description() const;

  int height_, width_, channels_, classes_;
  std::vector<std::int64_t> strides_;  ///< of each convolution
  std::vector<Parameter> table_;       ///< weight and bias in turn: convolutions, features, logits
  at::Tensor flat_;
  std::vector<at::Tensor> parameters_;
};

struct ClassifierOptions {
  int epochs = 8;  ///< more on small sets: at least 200 steps are taken
  std::uint64_t seed = 1;
  at::Device device = at::kCPU;
};

/// Cross-entropy, batches of 128, Adam at 1e-3 falling to 0 by a cosine, each picture moved by up to a pixel. On one
/// machine's CPU the same seed gives the same weights. `data` has labels; `report` is called with 0..1 after each step.
Classifier train_classifier(const Dataset& data, const ClassifierOptions& options,
                            const std::function<void(double fraction)>& report = {});

/// Share of labels [N] that predict() agrees with, 0..1.
double agreement(const at::Tensor& predicted, std::span<const std::uint8_t> labels);

}  // namespace avae
