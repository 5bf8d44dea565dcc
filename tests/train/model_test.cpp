// The torch networks, the losses against values worked out by hand, and the class prior.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/train/catch.hpp"

#include "native/train/class_prior.hpp"
#include "native/train/inward_clamp.hpp"
#include "native/train/losses.hpp"
#include "native/train/net.hpp"
#include "tests/parity/golden_values.hpp"
#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"
#include "tests/parity/tolerance.hpp"
#include "tests/train/torch_values.hpp"

namespace avae::test {
namespace {

using Catch::Approx;
using torch::Tensor;

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  CAPTURE(path.string());
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("parity: torch computes every layer of the golden models") {
  for (const ModelSpec& spec : golden_specs()) {
    for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
      const std::filesystem::path folder = std::filesystem::path(AVAE_GOLDEN_MODELS) / spec.name;
      const std::string name(role_name(role));
      const auto weights = read_model(read_bytes(folder / (name + ".safetensors")));
      REQUIRE(weights);
      const auto list = layers(weights->spec, role);
      const auto golden = read_golden_values(list, read_bytes(folder / (name + ".values.safetensors")));
      REQUIRE(golden);
      const GoldenValues torch_values = torch_layers(*weights, golden->input, golden->mix);
      for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(spec.name, name, list[i].name);
        CHECK(relative_error(torch_values.layers[i], golden->layers[i]) < kLayerTolerance);
      }
    }
  }
}

TEST_CASE("net: every layer agrees with the naive walker, also around a stage of a single pixel") {
  std::uint32_t seed = 1;
  for (const ModelSpec& spec : example_specs()) {
    for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
      const RoleWeights weights = random_weights(spec, role, seed++);
      const Inputs inputs = random_inputs(spec, role, 2, seed++);
      const std::vector<Doubles> expected = naive_layers(weights, inputs.input, inputs.mix);
      const GoldenValues found = torch_layers(weights, inputs.input, inputs.mix);
      REQUIRE(found.layers.size() == expected.size());
      const auto list = layers(spec, role);
      for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(spec.name, role_name(role), list[i].name);
        CHECK(relative_error(found.layers[i], expected[i]) < kLayerTolerance);
      }
    }
  }
}

TEST_CASE("net: what it exports is what it loads, and another spec is refused") {
  const ModelSpec spec = golden_specs()[1];
  const RoleWeights weights = random_weights(spec, Role::kDecoder, 5);
  Net net(spec, Role::kDecoder, torch::kCPU, 1, false);
  REQUIRE(net.load(weights));
  CHECK(net.to_weights().tensors == weights.tensors);
  RoleWeights other = random_weights(golden_specs()[0], Role::kDecoder, 5);
  const auto refused = net.load(other);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("another model") != std::string::npos);
}

TEST_CASE("net: fresh residual blocks pass their input through") {
  const ModelSpec spec = golden_specs()[1];
  const Net net(spec, Role::kDecoder, torch::kCPU, 3, false);
  for (const auto& [name, values] : net.to_weights().tensors) {
    CAPTURE(name);
    const bool all_zero = std::all_of(values.begin(), values.end(), [](float v) { return v == 0; });
    CHECK(all_zero ==
          (name.find(".conv2.weight") != std::string::npos || name.ends_with(".bias") || name == "prior.mean"));
  }
}

TEST_CASE("losses: the seed's formulas give the values worked out by hand") {
  // One picture of two pixels, latent of one: BCE = -(ln .8 + ln .6) / 2; KL = -1/2 (1 + 0 - .25 - 1) = .125.
  const Tensor x = torch::tensor({{1.0f, 0.0f}}), reconstruction = torch::tensor({{0.8f, 0.4f}});
  const Tensor mean = torch::tensor({{0.5f}}), log_variance = torch::tensor({{0.0f}});
  const double bce = -(std::log(0.8) + std::log(0.6)) / 2;
  const SeedLoss mended = seed_vae_loss(x, reconstruction, mean, log_variance, torch::tensor(1.0));
  CHECK(mended.reconstruction.item<double>() == Approx(bce).epsilon(1e-5));
  CHECK(mended.kl.item<double>() == Approx(0.125).epsilon(1e-5));
  CHECK(mended.loss.item<double>() == Approx(bce + 0.125 / 2).epsilon(1e-5));
  const SeedLoss listing = seed_vae_loss(x, reconstruction, mean, log_variance, torch::tensor(2.0));
  CHECK(listing.loss.item<double>() == Approx(bce + 0.125).epsilon(1e-5));
  // KL of N(1, e): -1/2 (1 + 1 - 1 - e) = .8591.
  const SeedLoss wide =
      seed_vae_loss(x, reconstruction, torch::tensor({{1.0f}}), torch::tensor({{1.0f}}), torch::tensor(1.0));
  CHECK(wide.kl.item<double>() == Approx(0.5 * (std::exp(1.0) - 1)).epsilon(1e-5));
}

TEST_CASE("losses: the textbook's value is E log D + E log(1 - D), and each term is finite at the ends") {
  const Tensor real = torch::tensor({std::log(3.0f)}), fake = torch::tensor({0.0f});  // D = .75 and .5
  CHECK(textbook_value(real, fake).item<double>() == Approx(std::log(0.75) + std::log(0.5)).epsilon(1e-5));
  CHECK(textbook_value({}, fake).item<double>() == Approx(std::log(0.5)).epsilon(1e-5));
  CHECK(std::isfinite(textbook_value(torch::tensor({-200.0f}), torch::tensor({200.0f})).item<double>()));
}

TEST_CASE("losses: relativistic, Gaussian and KL terms give the values worked out by hand") {
  const Tensor high = torch::tensor({1.0f, 0.0f}), low = torch::tensor({0.0f, 0.0f});
  CHECK(relativistic_loss(high, low).item<double>() == Approx((std::log1p(std::exp(-1.0)) + std::log(2.0)) / 2));
  CHECK(gaussian_nll(torch::tensor(0.5), torch::tensor(0.25)).item<double>() == Approx(1 + 0.5 * std::log(0.25)));
  const Tensor mean = torch::tensor({{1.0f, 0.0f}, {0.0f, 2.0f}}), zero = torch::zeros({2, 2});
  CHECK(kl_to_standard(mean, zero).item<double>() == Approx((0.5 + 2.0) / 2));
}

TEST_CASE("losses: the projection logit adds the class's own output") {
  const Tensor out = torch::tensor({{1.0f, 2.0f, 4.0f}, {1.0f, 2.0f, 4.0f}});
  const Tensor mix = torch::tensor({{0.0f, 1.0f}, {0.5f, 0.5f}});
  const Tensor logit = projection_logit(out, mix);
  CHECK(logit[0].item<float>() == 5.0f);
  CHECK(logit[1].item<float>() == 4.0f);
  CHECK(projection_logit(torch::tensor({{1.5f}}), {})[0].item<float>() == 1.5f);
}

TEST_CASE("clamp: the gradient passes inside, and outside only towards the range") {
  const Tensor x = torch::tensor({-1.0f, -1.0f, 0.5f, 2.0f, 2.0f}).requires_grad_(true);
  const Tensor y = inward_clamp(x);
  CHECK(torch::equal(y.detach(), torch::tensor({0.0f, 0.0f, 0.5f, 1.0f, 1.0f})));
  const Tensor slope = torch::tensor({1.0f, -1.0f, 3.0f, 1.0f, -1.0f});
  const auto gradient = torch::autograd::grad({y}, {x}, {slope})[0];
  CHECK(torch::equal(gradient, torch::tensor({0.0f, -1.0f, 3.0f, 1.0f, 0.0f})));
}

ModelSpec prior_spec(int classes, int size, int switches) {
  ModelSpec spec;
  spec.classes = classes;
  spec.latent = size + switches;
  spec.switches = switches;
  spec.prior = Prior::kClassGaussian;
  return spec;
}

TEST_CASE("prior: triangles come back as they were packed, row by row") {
  const Tensor packed = torch::arange(1.0f, 13.0f).view({2, 6});
  const Tensor square = unpack_triangles(packed, 3);
  CHECK(torch::equal(square[0], torch::tensor({{1.0f, 0.0f, 0.0f}, {2.0f, 3.0f, 0.0f}, {4.0f, 5.0f, 6.0f}})));
  CHECK(torch::equal(pack_triangles(square), packed));
}

TEST_CASE("prior: one Gaussian per class recovers the mean and covariance of what it saw") {
  torch::manual_seed(7);
  const std::int64_t n = 512;
  const Tensor factor = torch::tensor({{1.0f, 0.0f}, {0.8f, 0.3f}});
  ClassPrior prior(prior_spec(2, 2, 0), torch::kCPU);
  const Tensor mix = torch::one_hot(torch::arange(n) % 2, 2).to(torch::kFloat);
  Tensor mean = torch::zeros({2, 2}), scale = torch::zeros({2, 3});
  for (int step = 0; step < 400; ++step) {  // the memory's rows are written three times over
    prior.observe(torch::matmul(torch::randn({n, 2}), factor.t()) + mix.narrow(1, 1, 1) * (step < 200 ? 9 : 3), mix);
  }
  prior.fit(mean, scale);
  CHECK((mean[0]).abs().max().item<double>() < 0.05);
  CHECK((mean[1] - 3).abs().max().item<double>() < 0.05);
  const Tensor fitted = unpack_triangles(scale, 2);
  CHECK((fitted[0] - factor).abs().max().item<double>() < 0.05);
  CHECK((fitted[1] - factor).abs().max().item<double>() < 0.05);
}

TEST_CASE("prior: a narrow Gaussian far from the origin is fitted, not lost in rounding") {
  torch::manual_seed(8);
  ClassPrior prior(prior_spec(0, 2, 0), torch::kCPU);
  Tensor mean = torch::zeros({1, 2}), scale = torch::zeros({1, 3});
  for (int step = 0; step < 130; ++step)
    prior.observe(torch::randn({512, 2}) * torch::tensor({0.5f, 0.02f}) + 100, {});
  prior.fit(mean, scale);
  CHECK((mean - 100).abs().max().item<double>() < 0.05);
  const Tensor fitted = unpack_triangles(scale, 2)[0];
  CHECK(fitted[0][0].item<double>() == Approx(0.5).epsilon(0.05));
  CHECK(fitted[1][1].item<double>() == Approx(0.025).margin(0.01));  // 0.02 and the jitter
}

TEST_CASE("prior: four Gaussians find four clusters of equal size, and follow them when they move") {
  torch::manual_seed(8);
  const std::int64_t n = 1024;
  ClassPrior prior(prior_spec(0, 2, 2), torch::kCPU);
  const Tensor corners = torch::tensor({{-4.0f, -2.0f}, {-4.0f, 2.0f}, {4.0f, -2.0f}, {4.0f, 2.0f}});
  Tensor mean = torch::zeros({4, 2}), scale = torch::zeros({4, 3});
  const auto distance = [&](const Tensor& to) { return torch::cdist(to, mean).amin(1).max().item<double>(); };
  const auto see = [&](const Tensor& at, int steps) {
    for (int step = 0; step < steps; ++step)
      prior.observe(at.index_select(0, torch::randint(4, {n}, torch::kLong)) + 0.5 * torch::randn({n, 2}), {});
  };
  see(corners, 10);
  prior.fit(mean, scale);
  CHECK(distance(corners) < 0.1);
  CHECK((unpack_triangles(scale, 2) - 0.5 * torch::eye(2)).abs().max().item<double>() < 0.1);
  // The first switch halves the longest axis.
  CHECK((mean[0][0] * mean[1][0]).item<double>() > 0);
  CHECK((mean[0][0] * mean[2][0]).item<double>() < 0);
  for (int part = 0; part < 8; ++part) {
    see(corners + 0.5, 16);
    prior.fit(mean, scale);
  }
  CHECK(distance(corners + 0.5) < 0.1);

  // The first fit may come when the memory is full already.
  ClassPrior late(prior_spec(0, 2, 2), torch::kCPU);
  late.observe(corners.index_select(0, torch::randint(4, {65536}, torch::kLong)) + 0.5 * torch::randn({65536, 2}), {});
  mean = torch::zeros({4, 2}), scale = pack_triangles(torch::eye(2).expand({4, 2, 2}));
  late.fit(mean, scale);
  late.fit(mean, scale);
  CHECK(distance(corners) < 0.1);
}

TEST_CASE("prior: samples of two Gaussians have the moments of what they were fitted to, where one Gaussian has not") {
  torch::manual_seed(9);
  const ModelSpec spec = prior_spec(0, 1, 1);
  ClassPrior prior(spec, torch::kCPU);
  const Tensor z = torch::cat({torch::randn({4000, 1}) * 0.1 - 1, torch::randn({4000, 1}) * 0.3 + 1});
  prior.observe(z, {});
  Net decoder(
      [&] {
        ModelSpec whole = spec;
        whole.stage_widths = {8};
        whole.stage_blocks = {0};
        whole.discriminator_widths = {8};
        return whole;
      }(),
      Role::kDecoder, torch::kCPU, 1, false);
  prior.fit(decoder.buffers().at("prior.mean"), decoder.buffers().at("prior.scale"));
  Tensor latent = torch::randn({8000, 2});
  latent.select(1, 1).copy_(latent.select(1, 1).sign());
  const Tensor drawn = decoder.prior_code(latent, {});
  CHECK(drawn.sizes() == torch::IntArrayRef({8000, 1}));
  CHECK(std::abs((drawn < 0).to(torch::kFloat).mean().item<double>() - 0.5) < 0.03);
  const double low = drawn.index({drawn < 0}).std().item<double>(),
               high = drawn.index({drawn > 0}).std().item<double>();
  CHECK(std::abs(low - 0.1) < 0.02);
  CHECK(std::abs(high - 0.3) < 0.03);
}

TEST_CASE("prior: a class never seen stays a standard normal") {
  ClassPrior prior(prior_spec(3, 4, 1), torch::kCPU);
  Tensor mean = torch::ones({6, 4}), scale = torch::zeros({6, 10});
  prior.fit(mean, scale);
  CHECK(mean.abs().max().item<double>() < 1e-6);
  CHECK((unpack_triangles(scale, 4)[2] - torch::eye(4)).abs().max().item<double>() < 1e-3);
}

}  // namespace avae::test
