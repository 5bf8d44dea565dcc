#include "shared/model/layers.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "tests/unit/model/examples.hpp"

using namespace avae;

namespace {

using Lines = std::vector<std::string>;

std::string text(const ValueShape& s) {
  return std::to_string(s.height) + "x" + std::to_string(s.width) + "x" + std::to_string(s.channels);
}

// One line a layer: name, kind, values read, shapes, activation.
Lines describe(const std::vector<Layer>& list) {
  constexpr const char* kKinds[] = {"affine", "concat", "dense", "conv", "down", "up", "add"};
  constexpr const char* kActivations[] = {"none", "relu", "leaky", "sigmoid", "clamp"};
  Lines lines;
  for (const Layer& layer : list) {
    lines.push_back(layer.name + " " + kKinds[static_cast<int>(layer.kind)] + " " + std::to_string(layer.input) +
                    (layer.input2 < 0 ? "" : "+" + std::to_string(layer.input2)) + " " + text(layer.in) + " -> " +
                    text(layer.out) + " " + kActivations[static_cast<int>(layer.activation)]);
  }
  return lines;
}

Lines describe(const std::vector<TensorInfo>& table) {
  Lines lines;
  for (const TensorInfo& info : table) {
    std::string line = info.name;
    for (const int size : info.shape) line += " " + std::to_string(size);
    lines.push_back(line);
  }
  return lines;
}

std::int64_t parameters(const ModelSpec& spec, Role role) {
  std::int64_t total = 0;
  for (const TensorInfo& info : tensor_table(spec, role)) total += info.elements();
  return total;
}

ModelSpec colour_spec() {
  ModelSpec spec;
  spec.height = 64;
  spec.width = 64;
  spec.channels = 3;
  spec.latent = 64;
  spec.stage_widths = {64, 48, 32};
  spec.stage_blocks = {2, 0, 0};
  return spec;
}

constexpr Role kRoles[] = {Role::kDecoder, Role::kEncoder, Role::kDiscriminator};

}  // namespace

TEST_CASE("layers: the default decoder, class prior and classes included") {
  CHECK(describe(layers(test::fashion_spec(), Role::kDecoder)) ==
        Lines{"prior affine 0 1x1x32 -> 1x1x29 none", "class concat 1 1x1x29 -> 1x1x39 none",
              "project dense 2 1x1x39 -> 7x7x56 relu", "stage0.block0.conv1 conv 3 7x7x56 -> 7x7x56 relu",
              "stage0.block0.conv2 conv 4 7x7x56 -> 7x7x56 none", "stage0.block0.add add 5+3 7x7x56 -> 7x7x56 relu",
              "stage0.up up 6 7x7x56 -> 14x14x48 relu", "stage1.block0.conv1 conv 7 14x14x48 -> 14x14x48 relu",
              "stage1.block0.conv2 conv 8 14x14x48 -> 14x14x48 none",
              "stage1.block0.add add 9+7 14x14x48 -> 14x14x48 relu", "stage1.up up 10 14x14x48 -> 28x28x16 relu",
              "head conv 11 28x28x16 -> 28x28x1 clamp"});
}

TEST_CASE("layers: the default encoder concatenates the class to the flattened value") {
  CHECK(describe(layers(test::fashion_spec(), Role::kEncoder)) ==
        Lines{"stem conv 0 28x28x1 -> 28x28x16 relu", "stage2.down down 1 28x28x16 -> 14x14x48 relu",
              "stage1.block0.conv1 conv 2 14x14x48 -> 14x14x48 relu",
              "stage1.block0.conv2 conv 3 14x14x48 -> 14x14x48 none",
              "stage1.block0.add add 4+2 14x14x48 -> 14x14x48 relu", "stage1.down down 5 14x14x48 -> 7x7x56 relu",
              "stage0.block0.conv1 conv 6 7x7x56 -> 7x7x56 relu", "stage0.block0.conv2 conv 7 7x7x56 -> 7x7x56 none",
              "stage0.block0.add add 8+6 7x7x56 -> 7x7x56 relu", "class concat 9 7x7x56 -> 1x1x2754 none",
              "posterior dense 10 1x1x2754 -> 1x1x58 none"});
}

TEST_CASE("layers: the default discriminator is leaky, has its own widths and one logit more than classes") {
  CHECK(describe(layers(test::fashion_spec(), Role::kDiscriminator)) ==
        Lines{"stem conv 0 28x28x1 -> 28x28x16 leaky", "stage2.down down 1 28x28x16 -> 14x14x48 leaky",
              "stage1.block0.conv1 conv 2 14x14x48 -> 14x14x48 leaky",
              "stage1.block0.conv2 conv 3 14x14x48 -> 14x14x48 none",
              "stage1.block0.add add 4+2 14x14x48 -> 14x14x48 leaky", "stage1.down down 5 14x14x48 -> 7x7x96 leaky",
              "stage0.block0.conv1 conv 6 7x7x96 -> 7x7x96 leaky", "stage0.block0.conv2 conv 7 7x7x96 -> 7x7x96 none",
              "stage0.block0.add add 8+6 7x7x96 -> 7x7x96 leaky", "logits dense 9 7x7x96 -> 1x1x11 none"});
}

TEST_CASE("layers: without classes there is no concatenation, without a class prior no affine layer") {
  for (const Role role : kRoles) {
    for (const Layer& layer : layers(ModelSpec{}, role)) {
      CHECK(layer.kind != LayerKind::kClassConcat);
      CHECK(layer.kind != LayerKind::kClassAffine);
    }
  }
  CHECK(layers(ModelSpec{}, Role::kDiscriminator).back().out == ValueShape{1, 1, 1});
}

TEST_CASE("layers: the textbook's networks are one dense layer each") {
  const ModelSpec spec = test::seed_spec();
  CHECK(describe(layers(spec, Role::kEncoder)) == Lines{"posterior dense 0 28x28x1 -> 1x1x4 none"});
  CHECK(describe(layers(spec, Role::kDecoder)) == Lines{"project dense 0 1x1x2 -> 28x28x1 sigmoid"});
  CHECK(describe(layers(spec, Role::kDiscriminator)) == Lines{"logits dense 0 28x28x1 -> 1x1x1 none"});
  CHECK(describe(tensor_table(spec, Role::kDecoder)) == Lines{"project.weight 784 2", "project.bias 784"});
}

TEST_CASE("layers: dense networks take classes and a class prior too") {
  ModelSpec spec = test::seed_spec();
  spec.classes = 3;
  spec.prior = Prior::kClassGaussian;
  CHECK(describe(layers(spec, Role::kDecoder)) == Lines{"prior affine 0 1x1x2 -> 1x1x2 none",
                                                        "class concat 1 1x1x2 -> 1x1x5 none",
                                                        "project dense 2 1x1x5 -> 28x28x1 sigmoid"});
  CHECK(describe(layers(spec, Role::kEncoder)) ==
        Lines{"class concat 0 28x28x1 -> 1x1x787 none", "posterior dense 1 1x1x787 -> 1x1x4 none"});
}

TEST_CASE("layers: three stages of 64x64 colour") {
  CHECK(describe(layers(colour_spec(), Role::kDecoder)) ==
        Lines{"project dense 0 1x1x64 -> 16x16x64 relu", "stage0.block0.conv1 conv 1 16x16x64 -> 16x16x64 relu",
              "stage0.block0.conv2 conv 2 16x16x64 -> 16x16x64 none",
              "stage0.block0.add add 3+1 16x16x64 -> 16x16x64 relu",
              "stage0.block1.conv1 conv 4 16x16x64 -> 16x16x64 relu",
              "stage0.block1.conv2 conv 5 16x16x64 -> 16x16x64 none",
              "stage0.block1.add add 6+4 16x16x64 -> 16x16x64 relu", "stage0.up up 7 16x16x64 -> 32x32x48 relu",
              "stage1.up up 8 32x32x48 -> 64x64x32 relu", "head conv 9 64x64x32 -> 64x64x3 clamp"});
}

TEST_CASE("layers: height and width may differ") {
  ModelSpec spec = colour_spec();
  spec.height = 32;
  spec.width = 80;
  CHECK(layers(spec, Role::kDecoder).front().out == ValueShape{8, 20, 64});
  CHECK(layers(spec, Role::kDecoder).back().out == ValueShape{32, 80, 3});
  CHECK(layers(spec, Role::kEncoder).back().in == ValueShape{8, 20, 64});
}

TEST_CASE("layers: every layer reads earlier values of the shapes it says, under a name of its own") {
  ModelSpec single = test::small_spec();
  single.stage_widths = {16};
  single.stage_blocks = {2};
  single.discriminator_widths = {8};
  for (const ModelSpec& spec :
       {ModelSpec{}, test::fashion_spec(), colour_spec(), test::small_spec(), test::seed_spec(), single}) {
    for (const Role role : kRoles) {
      std::vector<ValueShape> values = {role == Role::kDecoder ? ValueShape{1, 1, spec.latent}
                                                               : ValueShape{spec.height, spec.width, spec.channels}};
      std::set<std::string> names;
      for (const Layer& layer : layers(spec, role)) {
        REQUIRE(layer.input < static_cast<int>(values.size()));
        REQUIRE(layer.input2 < static_cast<int>(values.size()));
        CHECK(values[static_cast<std::size_t>(layer.input)] == layer.in);
        CHECK((layer.input2 >= 0) == (layer.kind == LayerKind::kAdd));
        if (layer.input2 >= 0) CHECK(values[static_cast<std::size_t>(layer.input2)] == layer.in);
        CHECK(names.insert(layer.name).second);
        values.push_back(layer.out);
      }
    }
  }
}

TEST_CASE("tensor table: names and shapes of the small spec") {
  CHECK(describe(tensor_table(test::small_spec(), Role::kDecoder)) ==
        Lines{"prior.mean 4 3", "prior.scale 4 6", "project.weight 128 5", "project.bias 128",
              "stage0.block0.conv1.weight 8 3 3 8", "stage0.block0.conv1.bias 8", "stage0.block0.conv2.weight 8 3 3 8",
              "stage0.block0.conv2.bias 8", "stage0.up.weight 8 3 3 8", "stage0.up.bias 8", "head.weight 1 3 3 8",
              "head.bias 1"});
  CHECK(describe(tensor_table(test::small_spec(), Role::kDiscriminator)) ==
        Lines{"stem.weight 8 3 3 1", "stem.bias 8", "stage1.down.weight 16 3 3 8", "stage1.down.bias 16",
              "stage0.block0.conv1.weight 16 3 3 16", "stage0.block0.conv1.bias 16",
              "stage0.block0.conv2.weight 16 3 3 16", "stage0.block0.conv2.bias 16", "logits.weight 3 256",
              "logits.bias 3"});
}

TEST_CASE("tensor table: a class prior without classes is one Gaussian") {
  ModelSpec spec;
  spec.prior = Prior::kClassGaussian;
  const auto table = tensor_table(spec, Role::kDecoder);
  CHECK(table[0] == TensorInfo{"prior.mean", {1, 32}});
  CHECK(table[1] == TensorInfo{"prior.scale", {1, 528}});
}

TEST_CASE("tensor table: version 1 kept square scales") {
  ModelSpec spec = test::fashion_spec();
  spec.version = 1;
  spec.switches = 0;
  CHECK(tensor_table(spec, Role::kDecoder)[1] == TensorInfo{"prior.scale", {10, 32, 32}});
}

TEST_CASE("multiply-adds: follow each layer's definition") {
  CHECK(multiply_adds(layers(test::seed_spec(), Role::kDecoder)) == 2 * 784);
  // prior 3x4/2, project 5x128, two 4x4x8 convolutions of 72, up to 8x8x8 of 72, head 8x8 of 72
  CHECK(multiply_adds(layers(test::small_spec(), Role::kDecoder)) == 6 + 640 + 2 * 128 * 72 + 512 * 72 + 64 * 72);
  // stem 8x8x8 of 9, down to 4x4x16 of 72, two 4x4x16 convolutions of 144, logits 256x3
  CHECK(multiply_adds(layers(test::small_spec(), Role::kDiscriminator)) == 512 * 9 + 256 * 72 + 2 * 256 * 144 + 768);
}

TEST_CASE("layers: the default networks keep the budget of a page") {
  CHECK(multiply_adds(layers(test::fashion_spec(), Role::kDecoder)) <= 25'000'000);
  CHECK(2 * parameters(test::fashion_spec(), Role::kDecoder) <= 600'000);
  for (const Role role : kRoles) CHECK(2 * parameters(test::fashion_spec(), role) <= 1'000'000);
}
