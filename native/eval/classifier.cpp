#include "native/eval/classifier.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "native/data/batches.hpp"
#include "native/train/adam.hpp"
#include "native/train/net.hpp"
#include "shared/latent/latent.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {
namespace {

constexpr std::int64_t kFirstWidth = 32, kLastWidth = 128;
constexpr std::int64_t kFinalSide = 8;
constexpr std::uint32_t kBatch = 128;
constexpr std::int64_t kMinSteps = 200;
constexpr double kLearningRate = 1e-3;
constexpr std::uint32_t kShift = 1;  // pixels to each side

/// Pictures worked off at a time when nothing is learnt, of 28 x 28; of larger ones fewer.
constexpr std::int64_t kBlock = 500, kBlockPixels = kBlock * 28 * 28;

const char* const kRetrain = "delete the file, so that it is trained again";

std::span<const std::uint8_t> bytes_of(const at::Tensor& host) {
  return {static_cast<const std::uint8_t*>(host.const_data_ptr()), host.nbytes()};
}

/// Pictures `indices` of the set, each moved by up to kShift pixels, edges continued: uint8 [B, H, W, C].
at::Tensor moved_pictures(const Dataset& data, std::span<const std::uint32_t> indices, RandomBits& random) {
  const auto channels = static_cast<std::size_t>(data.channels);
  at::Tensor batch = at::empty({static_cast<std::int64_t>(indices.size()), data.height, data.width, data.channels},
                               at::TensorOptions(at::kByte));
  auto* to = batch.mutable_data_ptr<std::uint8_t>();
  for (const std::uint32_t index : indices) {
    const std::uint8_t* picture = data.pixels.data() + index * data.picture_bytes();
    const int dy = static_cast<int>(random.below(2 * kShift + 1)) - static_cast<int>(kShift);
    const int dx = static_cast<int>(random.below(2 * kShift + 1)) - static_cast<int>(kShift);
    for (int y = 0; y < data.height; ++y) {
      const std::uint8_t* row = picture + std::clamp(y + dy, 0, data.height - 1) * data.width * data.channels;
      for (int x = 0; x < data.width; ++x)
        to = std::copy_n(row + std::clamp(x + dx, 0, data.width - 1) * data.channels, channels, to);
    }
  }
  return batch;
}

at::Tensor labels_of(const Dataset& data, std::span<const std::uint32_t> indices) {
  at::Tensor labels = at::empty({static_cast<std::int64_t>(indices.size())}, at::TensorOptions(at::kLong));
  auto* to = labels.mutable_data_ptr<std::int64_t>();
  for (const std::uint32_t index : indices) *to++ = data.labels[index];
  return labels;
}

}  // namespace

Classifier::Classifier(int height, int width, int channels, int classes, at::Device device, std::uint64_t seed)
    : height_(height), width_(width), channels_(channels), classes_(classes) {
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    const std::int64_t out = shape.front();
    table_.push_back({name + ".weight", std::move(shape)});
    table_.push_back({name + ".bias", {out}});
  };
  const auto add_convolution = [&](std::int64_t in, std::int64_t out, std::int64_t stride) {
    add("conv" + std::to_string(strides_.size()), {out, 3, 3, in});
    strides_.push_back(stride);
  };
  std::int64_t h = height, w = width, features = kFirstWidth;
  add_convolution(channels, features, 1);
  do {
    const std::int64_t wider = std::min(2 * features, kLastWidth);
    add_convolution(features, features, 2);
    add_convolution(features, wider, 1);
    features = wider;
    h = (h + 1) / 2;
    w = (w + 1) / 2;
  } while (std::max(h, w) > kFinalSide);
  add("features", {kFeatures, h * w * features});
  add("logits", {classes, kFeatures});

  std::vector<at::Tensor> fresh;
  auto generator = at::detail::createCPUGenerator(seed);
  for (const Parameter& parameter : table_) {
    at::Tensor values = at::zeros(parameter.shape);
    const bool last = parameter.name == "logits.weight";
    const double fan_in = static_cast<double>(values.numel()) / static_cast<double>(parameter.shape.front());
    if (parameter.shape.size() > 1) values.normal_(0, std::sqrt((last ? 1 : 2) / fan_in), generator);
    fresh.push_back(values.flatten());
  }
  flat_ = at::cat(fresh).to(device);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const std::int64_t count = fresh[i].numel();
    parameters_.push_back(flat_.narrow(0, offset, count).view(table_[i].shape).detach().requires_grad_(true));
    offset += count;
  }
}

at::Tensor Classifier::embed(const at::Tensor& pictures) const {
  at::Tensor x = pictures.to(device()).permute({0, 3, 1, 2}).to(at::kFloat).div_(255);
  x = x.contiguous(at::MemoryFormat::ChannelsLast);
  std::size_t next = 0;
  for (const std::int64_t stride : strides_) {
    x = at::conv2d(x, parameters_[next].permute({0, 3, 1, 2}), parameters_[next + 1], stride, 1).relu();
    next += 2;
  }
  return at::linear(x.permute({0, 2, 3, 1}).flatten(1), parameters_[next], parameters_[next + 1]).relu();
}

at::Tensor Classifier::logits(const at::Tensor& pictures) const {
  return at::linear(embed(pictures), parameters_[parameters_.size() - 2], parameters_.back());
}

at::Tensor Classifier::features(const at::Tensor& pictures) const {
  const at::NoGradGuard no_grad;
  at::Tensor result = at::empty({pictures.size(0), kFeatures}, at::TensorOptions(device()));
  const std::int64_t block = std::clamp<std::int64_t>(kBlockPixels / (std::int64_t{height_} * width_), 1, kBlock);
  for (std::int64_t first = 0; first < pictures.size(0); first += block) {
    const std::int64_t count = std::min(block, pictures.size(0) - first);
    result.narrow(0, first, count).copy_(embed(pictures.narrow(0, first, count)));
  }
  return result;
}

at::Tensor Classifier::predict(const at::Tensor& features) const {
  const at::NoGradGuard no_grad;
  const at::Tensor scores = at::linear(features.to(device()), parameters_[parameters_.size() - 2], parameters_.back());
  return scores.argmax(1).to(at::kCPU);
}

std::string Classifier::description() const {
  return std::to_string(height_) + "x" + std::to_string(width_) + "x" + std::to_string(channels_) + " classes " +
         std::to_string(classes_);
}

std::vector<std::uint8_t> Classifier::to_bytes(const std::string& data) const {
  std::vector<at::Tensor> hosts;
  std::vector<SafetensorsTensor> tensors;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    hosts.push_back(parameters_[i].detach().to(at::kCPU).contiguous());
    tensors.push_back({table_[i].name, DType::kF32, table_[i].shape, bytes_of(hosts.back())});
  }
  return write_safetensors(tensors,
                           {{"avae.classifier", kClassifierRecipe}, {"pictures", description()}, {"data", data}});
}

Result<void> Classifier::load(std::span<const std::uint8_t> bytes, const std::string& data) {
  const auto file = parse_safetensors(bytes);
  if (!file) return tl::unexpected(file.error());
  const std::map<std::string, std::string> expected = {
      {"avae.classifier", kClassifierRecipe}, {"pictures", description()}, {"data", data}};
  for (const auto& [key, value] : expected) {
    const auto found = file->metadata.find(key);
    if (found == file->metadata.end() || found->second != value)
      return fail("the file is not this classifier ('" + key + "' is not '" + value + "')", kRetrain);
  }
  std::vector<at::Tensor> values;
  for (const Parameter& parameter : table_) {
    const SafetensorsEntry* stored = file->find(parameter.name);
    if (!stored || stored->dtype != DType::kF32 || stored->shape != parameter.shape)
      return fail("the classifier lacks '" + parameter.name + "' in its shape", kRetrain);
    at::Tensor host = at::empty(parameter.shape);
    std::copy(stored->data.begin(), stored->data.end(), static_cast<std::uint8_t*>(host.mutable_data_ptr()));
    if (!host.isfinite().all().item<bool>())
      return fail("the classifier's '" + parameter.name + "' is not finite", kRetrain);
    values.push_back(host.flatten());
  }
  const at::NoGradGuard no_grad;
  flat_.copy_(at::cat(values));
  return {};
}

Classifier train_classifier(const Dataset& data, const ClassifierOptions& options,
                            const std::function<void(double fraction)>& report) {
  Classifier classifier(data.height, data.width, data.channels, data.classes, options.device, options.seed);
  Adam adam(classifier.weights(), {.beta1 = 0.9, .beta2 = 0.999});
  BatchOrder order(options.seed, static_cast<std::uint32_t>(data.size()), kBatch);
  RandomBits random(options.seed);
  const std::int64_t per_epoch = order.batches_per_epoch();
  const std::int64_t steps = std::max(options.epochs * per_epoch, kMinSteps);
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto indices =
        order.indices(static_cast<std::uint64_t>(step / per_epoch), static_cast<std::uint32_t>(step % per_epoch));
    const at::Tensor logits = classifier.logits(moved_pictures(data, indices, random));
    const at::Tensor loss = at::cross_entropy_loss(logits, labels_of(data, indices).to(options.device));
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    const double rate = kLearningRate * 0.5 * (1 + std::cos(std::numbers::pi * done));
    adam.step(Net::flatten(torch::autograd::grad({loss}, classifier.parameters())),
              at::scalar_tensor(rate, at::TensorOptions(options.device).dtype(at::kFloat)));
    if (report) report(static_cast<double>(step + 1) / static_cast<double>(steps));
  }
  return classifier;
}

double agreement(const at::Tensor& predicted, std::span<const std::uint8_t> labels) {
  const at::Tensor wanted = at::from_blob(const_cast<std::uint8_t*>(labels.data()), {predicted.size(0)}, at::kByte);
  return predicted.eq(wanted).to(at::kDouble).mean().item<double>();
}

}  // namespace avae
