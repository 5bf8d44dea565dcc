#include "shared/infer/network.hpp"

#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"
#include "tests/parity/tolerance.hpp"
#include "tests/unit/model/examples.hpp"

using namespace avae;
using namespace avae::test;

namespace {

constexpr Role kRoles[] = {Role::kDecoder, Role::kEncoder, Role::kDiscriminator};

Network make_network(const ModelSpec& spec, Role role) {
  auto network = Network::create(random_weights(spec, role, 21));
  REQUIRE(network);
  return std::move(*network);
}

std::vector<float> run(Network& network, const Inputs& inputs) {
  std::vector<float> output(inputs.input.size() / network.input_size() * network.output_size());
  REQUIRE(network.run(inputs.input, inputs.mix, output));
  return output;
}

}  // namespace

TEST_CASE("network: every layer of every role agrees with the naive walker") {
  for (const ModelSpec& spec : example_specs()) {
    for (const Role role : kRoles) {
      CAPTURE(spec.name, role_name(role));
      const RoleWeights weights = random_weights(spec, role, 21);
      Network network = make_network(spec, role);
      const Inputs inputs = random_inputs(spec, role, 3, 22);
      const auto expected = naive_layers(weights, inputs.input, inputs.mix);
      const auto values = network.run_layers(inputs.input, inputs.mix);
      REQUIRE(values);
      REQUIRE(values->size() == expected.size());
      const auto list = layers(spec, role);
      for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(list[i].name);
        REQUIRE(relative_error((*values)[i], expected[i]) < kLayerTolerance);
      }
      REQUIRE(run(network, inputs) == values->back());
    }
  }
}

TEST_CASE("network: random test models are not flat") {
  for (const ModelSpec& spec : example_specs()) {
    for (const Role role : kRoles) {
      CAPTURE(spec.name, role_name(role));
      Network network = make_network(spec, role);
      const auto output = run(network, random_inputs(spec, role, 4, 23));
      const auto [low, high] = std::minmax_element(output.begin(), output.end());
      REQUIRE(*high - *low > 0.25f);
      if (role != Role::kDecoder) continue;
      const auto inside = std::count_if(output.begin(), output.end(), [](float x) { return x > 0.0f && x < 1.0f; });
      REQUIRE(inside > static_cast<std::ptrdiff_t>(output.size() / 2));
    }
  }
}

TEST_CASE("network: the same bits whatever the batch size") {
  constexpr std::size_t kSamples = 23;
  for (const ModelSpec& spec : example_specs()) {
    for (const Role role : kRoles) {
      CAPTURE(spec.name, role_name(role));
      Network network = make_network(spec, role);
      const Inputs inputs = random_inputs(spec, role, kSamples, 24);
      const auto together = run(network, inputs);
      for (const std::size_t batch : {std::size_t{1}, std::size_t{7}}) {
        for (std::size_t first = 0; first < kSamples; first += batch) {
          const std::size_t count = std::min(batch, kSamples - first);
          const std::size_t in = network.input_size();
          const std::size_t out = network.output_size();
          const std::size_t classes = spec.classes;
          const Inputs part = {{inputs.input.begin() + first * in, inputs.input.begin() + (first + count) * in},
                               {inputs.mix.begin() + first * classes, inputs.mix.begin() + (first + count) * classes}};
          const std::vector<float> expected(together.begin() + first * out, together.begin() + (first + count) * out);
          REQUIRE(run(network, part) == expected);
        }
      }
    }
  }
}

TEST_CASE("network: two networks on two threads give what one gives") {
  const ModelSpec spec = example_specs()[1];
  const Inputs inputs = random_inputs(spec, Role::kDecoder, 9, 25);
  Network reference = make_network(spec, Role::kDecoder);
  const auto expected = run(reference, inputs);
  std::vector<std::vector<float>> results(2);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&result, &spec, &inputs] {
      auto network = Network::create(random_weights(spec, Role::kDecoder, 21));
      if (!network) return;
      result.resize(9 * spec.pixels());
      for (int repeat = 0; repeat < 20; ++repeat) {
        if (!network->run(inputs.input, inputs.mix, result)) return;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) REQUIRE(result == expected);
}

TEST_CASE("network: says its sizes, and a moved network still runs") {
  const ModelSpec spec = example_specs()[1];
  Network network = make_network(spec, Role::kEncoder);
  REQUIRE(network.spec() == spec);
  REQUIRE(network.role() == Role::kEncoder);
  REQUIRE(network.input_size() == 28 * 28);
  REQUIRE(network.output_size() == 8);
  Network moved = std::move(network);
  REQUIRE(run(moved, random_inputs(spec, Role::kEncoder, 1, 26)).size() == 8);
}

TEST_CASE("network: refuses inputs, mixes and outputs of the wrong size") {
  const ModelSpec spec = example_specs()[1];
  Network decoder = make_network(spec, Role::kDecoder);
  std::vector<float> output(spec.pixels());
  const auto message = [&](std::size_t input, std::size_t mix, std::size_t out) {
    output.resize(out);
    const auto ran = decoder.run(std::vector<float>(input), std::vector<float>(mix), output);
    return ran ? std::string() : ran.error().text();
  };
  REQUIRE(message(6, 10, 784) == "");
  REQUIRE(message(0, 0, 0) == "decoder input holds 0 values: give a positive multiple of 6");
  REQUIRE(message(7, 10, 784) == "decoder input holds 7 values: give a positive multiple of 6");
  REQUIRE(message(6, 0, 784) == "decoder class mix holds 0 weights: give 10 per sample");
  REQUIRE(message(12, 10, 1568) == "decoder class mix holds 10 weights: give 10 per sample");
  REQUIRE(message(6, 10, 783) == "decoder output has room for 783 values: give 784 per sample");
  REQUIRE_FALSE(decoder.run_layers(std::vector<float>(5), std::vector<float>(10)));
}

TEST_CASE("network: refuses weights that lack a tensor or have one of another size") {
  const ModelSpec spec = example_specs()[2];
  RoleWeights weights = random_weights(spec, Role::kDecoder, 21);
  weights.tensors.at("head.weight").pop_back();
  REQUIRE(Network::create(weights).error().message == "tensor head.weight is missing or of another size");
  weights.tensors.erase("head.weight");
  REQUIRE_FALSE(Network::create(weights));
}

TEST_CASE("network: plans 9 products per pixel before upsampling, 36 per 16 pixels of a plain convolution") {
  const ValueShape in{7, 5, 16};
  const std::vector<Layer> list = {
      {LayerKind::kUpsampleConv3x3, "up", 0, -1, in, {14, 10, 8}, Activation::kRelu},
      {LayerKind::kConv3x3, "conv", 1, -1, {14, 10, 8}, {14, 10, 8}, Activation::kRelu},
  };
  REQUIRE(planned_multiply_adds({list[0]}) == 7 * 5 * 9 * 16 * 8);
  REQUIRE(multiply_adds({list[0]}) == planned_multiply_adds({list[0]}) * 4);
  REQUIRE(planned_multiply_adds({list[1]}) == 4 * 3 * 36 * 8 * 8);  // 4 x 3 tiles cover 14 x 10
  const Layer head = {LayerKind::kConv3x3, "head", 2, -1, {14, 10, 8}, {14, 10, 1}, Activation::kClamp01};
  REQUIRE(planned_multiply_adds({head}) == multiply_adds({head}));
  REQUIRE(planned_multiply_adds(list) == planned_multiply_adds({list[0]}) + planned_multiply_adds({list[1]}));
}

TEST_CASE("network: the decoder of Fashion-MNIST stays within its count of multiply-adds") {
  const std::vector<Layer> list = layers(fashion_spec(), Role::kDecoder);
  REQUIRE(planned_multiply_adds(list) <= 6'500'000);
  REQUIRE(multiply_adds(list) >= 3 * planned_multiply_adds(list));
}
