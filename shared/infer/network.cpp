#include "shared/infer/network.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "shared/infer/buffers.hpp"
#include "shared/infer/class_affine.hpp"
#include "shared/infer/elementwise.hpp"
#include "shared/infer/operators.hpp"
#include "shared/infer/winograd.hpp"

namespace avae {

namespace {

// Bounds the memory of large batches. More samples at once are no faster: one already fills the tiles.
constexpr std::size_t kPart = 8;

Result<void> out_of_memory() { return fail("out of memory", "use a smaller batch or model"); }

}  // namespace

struct Network::Impl {
  ModelSpec spec;
  Role role = Role::kDecoder;
  std::vector<Layer> layers;
  std::vector<std::unique_ptr<Operator>> operators;  // one per layer; null where it has no weights to multiply by
  ClassAffine prior;
  SlotPlan plan;
  std::vector<Buffer> slots;

  std::size_t input_size() const { return layers.front().in.size(); }
  std::size_t output_size() const { return layers.back().out.size(); }
  std::size_t classes() const { return spec.classes; }

  // Samples in `input`, once all sizes agree.
  Result<std::size_t> check_sizes(std::span<const float> input, std::span<const float> mix) const {
    const std::string name(role_name(role));
    if (input.empty() || input.size() % input_size() != 0) {
      return fail(name + " input holds " + std::to_string(input.size()) + " values",
                  "give a positive multiple of " + std::to_string(input_size()));
    }
    const std::size_t samples = input.size() / input_size();
    const bool mix_unused = role == Role::kDiscriminator && mix.empty();
    if (!mix_unused && mix.size() != samples * classes()) {
      return fail(name + " class mix holds " + std::to_string(mix.size()) + " weights",
                  "give " + std::to_string(classes()) + " per sample");
    }
    return samples;
  }

  Result<void> run_layer(std::size_t index, std::size_t samples, const std::vector<float*>& values,
                         std::span<const float> mix) {
    const Layer& layer = layers[index];
    const std::span<const float> input(values[layer.input], samples * layer.in.size());
    const std::span<float> output(values[index + 1], samples * layer.out.size());
    switch (layer.kind) {
      case LayerKind::kClassAffine: {
        const std::size_t size = layer.in.size(), code = layer.out.size();
        for (std::size_t n = 0; n < samples; ++n) {
          prior.apply(input.subspan(n * size, size), mix.subspan(n * classes(), classes()),
                      output.subspan(n * code, code));
        }
        activate(layer.activation, output);
        return {};
      }
      case LayerKind::kClassConcat:
        class_concat(input, mix, layer.in.size(), spec.classes, output);
        activate(layer.activation, output);
        return {};
      case LayerKind::kAdd:
        add(layer.activation, input, {values[layer.input2], output.size()}, output);
        return {};
      case LayerKind::kDense:
      case LayerKind::kConv3x3:
      case LayerKind::kConv3x3Stride2:
      case LayerKind::kUpsampleConv3x3:
        if (auto reshaped = operators[index]->reshape(samples); !reshaped) return reshaped;
        return operators[index]->run(values[layer.input], values[index + 1]);
    }
    return fail("layer " + layer.name + " is of an unknown kind", "use a newer avae");
  }

  // values[i] is where value i lives; value 0 is filled here.
  Result<void> run_all(std::span<const float> input, std::span<const float> mix, const std::vector<float*>& values) {
    const std::size_t samples = input.size() / input_size();
    std::copy(input.begin(), input.end(), values[0]);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (auto ran = run_layer(i, samples, values, mix); !ran) return ran;
    }
    return {};
  }
};

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

Result<Network> Network::create(const RoleWeights& weights) {
  auto impl = std::make_unique<Impl>();
  impl->spec = weights.spec;
  impl->role = weights.role;
  impl->layers = layers(weights.spec, weights.role);
  for (const TensorInfo& info : tensor_table(weights.spec, weights.role)) {
    const auto found = weights.tensors.find(info.name);
    if (found == weights.tensors.end() || static_cast<std::int64_t>(found->second.size()) != info.elements()) {
      return fail("tensor " + info.name + " is missing or of another size", "read the weights with read_model()");
    }
  }
  for (const Layer& layer : impl->layers) {
    std::unique_ptr<Operator> op;
    if (has_weights(layer.kind)) {
      auto created =
          create_operator(layer, weights.tensors.at(layer.name + ".weight"), weights.tensors.at(layer.name + ".bias"));
      if (!created) return tl::unexpected(created.error());
      op = std::move(*created);
    } else if (layer.kind == LayerKind::kClassAffine) {
      impl->prior = ClassAffine(weights.spec, weights.tensors.at(layer.name + ".mean"),
                                weights.tensors.at(layer.name + ".scale"));
    }
    impl->operators.push_back(std::move(op));
  }
  impl->plan = plan_slots(impl->layers);
  impl->slots.resize(impl->plan.slot_floats.size());
  return Network(std::move(impl));
}

const ModelSpec& Network::spec() const { return impl_->spec; }
Role Network::role() const { return impl_->role; }
int Network::input_size() const { return static_cast<int>(impl_->input_size()); }
int Network::output_size() const { return static_cast<int>(impl_->output_size()); }

Result<void> Network::run(std::span<const float> input, std::span<const float> mix, std::span<float> output) {
  const auto samples = impl_->check_sizes(input, mix);
  if (!samples) return tl::unexpected(samples.error());
  if (output.size() != *samples * impl_->output_size()) {
    return fail(
        std::string(role_name(impl_->role)) + " output has room for " + std::to_string(output.size()) + " values",
        "give " + std::to_string(impl_->output_size()) + " per sample");
  }
  const std::size_t part = std::min(*samples, kPart);
  for (std::size_t i = 0; i < impl_->slots.size(); ++i) {
    if (!impl_->slots[i].reserve(part * impl_->plan.slot_floats[i])) return out_of_memory();
  }
  std::vector<float*> values;
  for (const int slot : impl_->plan.slot_of_value) values.push_back(slot < 0 ? nullptr : impl_->slots[slot].data());
  const std::size_t mix_size = mix.size() / *samples;
  for (std::size_t first = 0; first < *samples; first += part) {
    const std::size_t count = std::min(part, *samples - first);
    values.back() = output.data() + first * impl_->output_size();
    auto ran = impl_->run_all(input.subspan(first * impl_->input_size(), count * impl_->input_size()),
                              mix.subspan(first * mix_size, count * mix_size), values);
    if (!ran) return ran;
  }
  return {};
}

Result<std::vector<std::vector<float>>> Network::run_layers(std::span<const float> input, std::span<const float> mix) {
  const auto samples = impl_->check_sizes(input, mix);
  if (!samples) return tl::unexpected(samples.error());
  std::vector<Buffer> buffers(impl_->layers.size() + 1);
  std::vector<float*> values;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const int size = i == 0 ? impl_->layers[0].in.size() : impl_->layers[i - 1].out.size();
    if (!buffers[i].reserve(*samples * size)) return tl::unexpected(out_of_memory().error());
    values.push_back(buffers[i].data());
  }
  if (auto ran = impl_->run_all(input, mix, values); !ran) return tl::unexpected(ran.error());
  std::vector<std::vector<float>> written;
  for (std::size_t i = 0; i < impl_->layers.size(); ++i) {
    written.emplace_back(values[i + 1], values[i + 1] + *samples * impl_->layers[i].out.size());
  }
  return written;
}

Result<void> Network::whiten(std::span<const float> z, std::span<const float> mix, std::span<float> latent) const {
  if (impl_->role != Role::kDecoder) return fail("only a decoder has a prior", "whiten with the model's decoder");
  if (z.size() != static_cast<std::size_t>(impl_->spec.code()) ||
      latent.size() != static_cast<std::size_t>(impl_->spec.latent) || mix.size() != impl_->classes()) {
    return fail("a code, latent or class mix of another size", "give D, Z and K values as the spec says");
  }
  if (impl_->spec.prior == Prior::kClassGaussian) return impl_->prior.solve(z, mix, latent);
  std::copy(z.begin(), z.end(), latent.begin());
  return {};
}

std::int64_t planned_multiply_adds(const std::vector<Layer>& layers) {
  std::int64_t total = 0;
  for (const Layer& layer : layers) {
    total += winograd_fits(layer) ? winograd_multiply_adds(layer) : multiply_adds({layer});
  }
  return total;
}

}  // namespace avae
