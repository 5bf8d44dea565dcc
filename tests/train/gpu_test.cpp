// Precisions, and on a machine with a GPU: captured steps against steps by calls.
#include <atomic>
#include <cmath>
#include <map>

#include "tests/train/catch.hpp"

#include "native/train/stepper.hpp"
#include "native/train/trainer.hpp"
#include "tests/train/tolerance.hpp"
#include "tests/unit/data/temp_folder.hpp"

namespace avae::test {
namespace {

using Curve = std::vector<std::map<std::string, double>>;

constexpr int kSteps = 12;
constexpr int kVaeSteps = 3;

Dataset pictures() {
  Dataset data{.height = 16, .width = 16, .channels = 1, .classes = 3, .class_names = {}, .pixels = {}, .labels = {}};
  for (int i = 0; i < 100; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(i % 3));
    for (int p = 0; p < 256; ++p) data.pixels.push_back(static_cast<std::uint8_t>((p * (i % 3 + 1) + 37 * i) % 256));
  }
  return data;
}

/// Losses of a run that begins as a VAE where the objective is avae, with a fit of the prior in between.
Curve curve_of(Objective objective, at::Device device, Precision precision, bool graphs) {
  TrainOptions options = default_options(objective);
  options.batch = 16;
  options.adversarial_weight = 0.5;
  const auto spec = preset_spec("tiny", options, 16, 16, 1, 3, {});
  REQUIRE(spec);
  Avae model(*spec, options, device, {}, precision);
  const Dataset data = pictures();
  Stepper stepper(model, data, graphs);
  Curve curve;
  for (int step = 0; step < kSteps; ++step) {
    curve.emplace_back();
    for (const auto& [name, value] : stepper.step(step, {.learning_rate = 5e-4 / (step + 1),
                                                         .beta = 0.1 * (step + 1),
                                                         .adversarial = step >= kVaeSteps,
                                                         .penalise = step % options.penalty_every == 0}))
      curve.back()[name] = value.item<double>();
    if (step == kSteps / 2) model.fit_prior();
  }
  return curve;
}

void check_equal(const Curve& got, const Curve& expected, double tolerance) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t step = 0; step < got.size(); ++step) {
    REQUIRE(got[step].size() == expected[step].size());
    for (const auto& [name, value] : expected[step]) {
      CAPTURE(step, name, value);
      REQUIRE(got[step].contains(name));
      CHECK(std::abs(got[step].at(name) - value) <= tolerance * std::max(0.1, std::abs(value)));
    }
  }
}

void require_gpu() {
  if (!torch::cuda::is_available()) SKIP("needs a GPU and a LibTorch with CUDA");
}

}  // namespace

TEST_CASE("precision: words that mean nothing, and tf32 on a CPU, are refused") {
  CHECK(parse_precision("", at::kCPU) == Precision::kFp32);
  CHECK(parse_precision("", at::Device(at::kCUDA, 0)) == Precision::kBf16);
  CHECK(parse_precision("tf32", at::Device(at::kCUDA, 0)) == Precision::kTf32);
  CHECK(parse_precision("tf32", at::kCPU).error().text() == "a CPU has no tf32: use --precision fp32 or bf16");
  CHECK(parse_precision("int8", at::kCPU).error().text() == "no precision is called 'int8': use fp32, tf32 or bf16");
}

TEST_CASE("precision: networks in bf16 have the losses of fp32 as near as bf16 allows") {
  const Objective objective = GENERATE(Objective::kVae, Objective::kAvae);
  CAPTURE(objective_name(objective));
  const Curve exact = curve_of(objective, at::kCPU, Precision::kFp32, false);
  const Curve rounded = curve_of(objective, at::kCPU, Precision::kBf16, false);
  check_equal(rounded, exact, kBf16CurveTolerance);
  CHECK(rounded.back() != exact.back());
}

TEST_CASE("gpu: captured steps have the losses of steps by calls, in each precision") {
  require_gpu();
  const Objective objective = GENERATE(Objective::kVae, Objective::kGan, Objective::kAvae);
  const Precision precision = GENERATE(Precision::kFp32, Precision::kTf32, Precision::kBf16);
  CAPTURE(objective_name(objective), precision_name(precision));
  apply_precision(precision);
  const at::Device device(at::kCUDA, 0);
  check_equal(curve_of(objective, device, precision, true), curve_of(objective, device, precision, false),
              precision == Precision::kFp32 ? kCurveTolerance : kBf16CurveTolerance);
}

TEST_CASE("gpu: fp32 steps have the CPU's losses") {
  require_gpu();
  const Objective objective = GENERATE(Objective::kVae, Objective::kGan, Objective::kAvae);
  CAPTURE(objective_name(objective));
  apply_precision(Precision::kFp32);
  check_equal(curve_of(objective, at::Device(at::kCUDA, 0), Precision::kFp32, true),
              curve_of(objective, at::kCPU, Precision::kFp32, false), kCurveTolerance);
}

TEST_CASE("gpu: a run replays its steps as graphs, and makes the calls when told to") {
  require_gpu();
  const bool graphs = GENERATE(true, false);
  TrainOptions options = default_options(Objective::kAvae);
  options.batch = 16;
  options.vae_steps = 2;
  const auto spec = preset_spec("tiny", options, 16, 16, 1, 3, {});
  REQUIRE(spec);
  Avae model(*spec, options, at::Device(at::kCUDA, 0));
  const TempFolder folder;
  const std::atomic<bool> stop{false};
  const auto outcome =
      train(model, pictures(), {.out = (folder / "run").string(), .command = "", .steps = 6, .graphs = graphs}, stop,
            [](const TrainReport&) {});
  REQUIRE(outcome);
  CHECK(outcome->graphs == graphs);
}

}  // namespace avae::test
