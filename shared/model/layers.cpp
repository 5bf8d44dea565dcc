#include "shared/model/layers.hpp"

#include <algorithm>
#include <utility>

namespace avae {
namespace {

// Appends layers one after the other; each reads the value written last.
class LayerList {
 public:
  LayerList(const ModelSpec& spec, ValueShape input, Activation hidden) : spec_(spec), hidden_(hidden), shape_(input) {}

  void prior() {
    if (spec_.prior == Prior::kClassGaussian)
      add(LayerKind::kClassAffine, "prior", {1, 1, spec_.code()}, Activation::kNone);
  }
  void concat_class() {
    if (spec_.classes == 0) return;
    add(LayerKind::kClassConcat, "class", {1, 1, shape_.size() + spec_.classes}, Activation::kNone);
  }
  void dense(std::string name, ValueShape out, Activation activation) {
    add(LayerKind::kDense, std::move(name), out, activation);
  }
  void conv(std::string name, int channels, Activation activation) {
    add(LayerKind::kConv3x3, std::move(name), {shape_.height, shape_.width, channels}, activation);
  }
  void down(std::string name, int channels) {
    add(LayerKind::kConv3x3Stride2, std::move(name), {shape_.height / 2, shape_.width / 2, channels}, hidden_);
  }
  void up(std::string name, int channels) {
    add(LayerKind::kUpsampleConv3x3, std::move(name), {shape_.height * 2, shape_.width * 2, channels}, hidden_);
  }
  void blocks(int stage) {
    for (int block = 0; block < spec_.stage_blocks[static_cast<std::size_t>(stage)]; ++block) {
      const std::string prefix = "stage" + std::to_string(stage) + ".block" + std::to_string(block);
      const int shortcut = value_;
      conv(prefix + ".conv1", shape_.channels, hidden_);
      conv(prefix + ".conv2", shape_.channels, Activation::kNone);
      add(LayerKind::kAdd, prefix + ".add", shape_, hidden_, shortcut);
    }
  }
  // Stem, blocks and downsampling from full resolution to the lowest.
  void descend(const std::vector<int>& widths) {
    conv("stem", widths.back(), hidden_);
    for (int stage = static_cast<int>(widths.size()) - 1; stage >= 0; --stage) {
      blocks(stage);
      if (stage > 0) down("stage" + std::to_string(stage) + ".down", widths[static_cast<std::size_t>(stage - 1)]);
    }
  }
  std::vector<Layer> take() { return std::move(list_); }

 private:
  void add(LayerKind kind, std::string name, ValueShape out, Activation activation, int input2 = -1) {
    list_.push_back({kind, std::move(name), value_, input2, shape_, out, activation});
    shape_ = out;
    ++value_;
  }

  const ModelSpec& spec_;
  Activation hidden_;
  ValueShape shape_;
  int value_ = 0;
  std::vector<Layer> list_;
};

ValueShape image_shape(const ModelSpec& spec) { return {spec.height, spec.width, spec.channels}; }

std::vector<Layer> decoder_layers(const ModelSpec& spec) {
  LayerList list(spec, {1, 1, spec.latent}, Activation::kRelu);
  list.prior();
  list.concat_class();
  if (spec.dense()) {
    list.dense("project", image_shape(spec), Activation::kSigmoid);
    return list.take();
  }
  const int stages = static_cast<int>(spec.stage_widths.size());
  const int shift = stages - 1;
  list.dense("project", {spec.height >> shift, spec.width >> shift, spec.stage_widths.front()}, Activation::kRelu);
  for (int stage = 0; stage < stages; ++stage) {
    list.blocks(stage);
    if (stage + 1 < stages) {
      list.up("stage" + std::to_string(stage) + ".up", spec.stage_widths[static_cast<std::size_t>(stage + 1)]);
    }
  }
  list.conv("head", spec.channels, Activation::kClamp01);
  return list.take();
}

std::vector<Layer> encoder_layers(const ModelSpec& spec) {
  LayerList list(spec, image_shape(spec), Activation::kRelu);
  if (!spec.dense()) list.descend(spec.stage_widths);
  list.concat_class();
  list.dense("posterior", {1, 1, 2 * spec.code()}, Activation::kNone);
  return list.take();
}

std::vector<Layer> discriminator_layers(const ModelSpec& spec) {
  LayerList list(spec, image_shape(spec), Activation::kLeakyRelu);
  if (!spec.dense()) list.descend(spec.discriminator_widths);
  list.dense("logits", {1, 1, 1 + spec.classes}, Activation::kNone);
  return list.take();
}

}  // namespace

std::vector<Layer> layers(const ModelSpec& spec, Role role) {
  switch (role) {
    case Role::kDecoder:
      return decoder_layers(spec);
    case Role::kEncoder:
      return encoder_layers(spec);
    case Role::kDiscriminator:
      break;
  }
  return discriminator_layers(spec);
}

std::int64_t multiply_adds(const std::vector<Layer>& layers) {
  std::int64_t total = 0;
  for (const Layer& layer : layers) {
    const std::int64_t in = layer.in.size();
    const std::int64_t out = layer.out.size();
    switch (layer.kind) {
      case LayerKind::kClassAffine:
        total += out * (out + 1) / 2;
        break;
      case LayerKind::kDense:
        total += in * out;
        break;
      case LayerKind::kConv3x3:
      case LayerKind::kConv3x3Stride2:
      case LayerKind::kUpsampleConv3x3:
        total += out * 9 * layer.in.channels;
        break;
      case LayerKind::kClassConcat:
      case LayerKind::kAdd:
        break;
    }
  }
  return total;
}

std::int64_t TensorInfo::elements() const {
  std::int64_t count = 1;
  for (const int size : shape) count *= size;
  return count;
}

std::vector<TensorInfo> tensor_table(const ModelSpec& spec, Role role) {
  std::vector<TensorInfo> table;
  for (const Layer& layer : layers(spec, role)) {
    switch (layer.kind) {
      case LayerKind::kClassAffine: {
        const int d = spec.code(), triangle = d * (d + 1) / 2;
        table.push_back({layer.name + ".mean", {spec.gaussians(), d}});
        if (spec.version == 1) {
          table.push_back({layer.name + ".scale", {spec.gaussians(), d, d}});
        } else {
          table.push_back({layer.name + ".scale", {spec.gaussians(), triangle}});
        }
        break;
      }
      case LayerKind::kDense:
        table.push_back({layer.name + ".weight", {layer.out.size(), layer.in.size()}});
        table.push_back({layer.name + ".bias", {layer.out.size()}});
        break;
      case LayerKind::kConv3x3:
      case LayerKind::kConv3x3Stride2:
      case LayerKind::kUpsampleConv3x3:
        table.push_back({layer.name + ".weight", {layer.out.channels, 3, 3, layer.in.channels}});
        table.push_back({layer.name + ".bias", {layer.out.channels}});
        break;
      case LayerKind::kClassConcat:
      case LayerKind::kAdd:
        break;
    }
  }
  return table;
}

}  // namespace avae
