// process_steps OBJECTIVE [STEPS]: joins the processes that the environment names, trains a tiny model for a few steps,
// and as process 0 prints a line of JSON per step: the losses of the whole batch.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>

#include "native/train/stepper.hpp"
#include "native/train/trainer.hpp"

namespace avae {
namespace {

constexpr int kFitAfter = 5;

Dataset pictures(int count, int classes) {
  Dataset data{
      .height = 16, .width = 16, .channels = 1, .classes = classes, .class_names = {}, .pixels = {}, .labels = {}};
  for (int i = 0; i < count; ++i) {
    if (classes > 0) data.labels.push_back(static_cast<std::uint8_t>(i % classes));
    for (int p = 0; p < 256; ++p) data.pixels.push_back(static_cast<std::uint8_t>((p * (i % 3 + 1) + 37 * i) % 256));
  }
  return data;
}

int complain(const Error& error) {
  std::fprintf(stderr, "process_steps: %s\n", error.text().c_str());
  return 1;
}

int train_steps(const std::string& name, int steps) {
  const auto processes = Processes::join(at::kCPU);
  if (!processes) return complain(processes.error());
  const auto objective = parse_objective(name);
  if (!objective) return complain(objective.error());
  TrainOptions options = default_options(*objective);
  options.batch = 16;
  options.augment = options.adversarial_terms();
  const int classes = *objective == Objective::kSeed ? 0 : 3;
  const auto spec = preset_spec("tiny", options, 16, 16, 1, classes, {});
  if (!spec) return complain(spec.error());
  Avae model(*spec, options, at::kCPU, *processes);
  const Dataset data = pictures(100, classes);
  Stepper stepper(model, data);
  for (int step = 0; step < steps; ++step) {
    const Losses losses = stepper.step(step, {.learning_rate = 5e-4,
                                              .beta = 0.1 * (step + 1),
                                              .adversarial = *objective != Objective::kAvae || step >= 2,
                                              .penalise = step % options.penalty_every == 0});
    nlohmann::ordered_json line;
    for (const auto& [loss, value] : losses) {
      const at::Tensor whole = value.detach().to(at::kDouble).clone();
      processes->mean(whole);
      line[loss] = whole.item<double>();
    }
    if (processes->rank() == 0) std::printf("%s\n", line.dump().c_str());
    if (step == kFitAfter) model.fit_prior();
  }
  return 0;
}

}  // namespace
}  // namespace avae

int main(int argc, char** argv) {
  return avae::train_steps(argc > 1 ? argv[1] : "", argc > 2 ? std::atoi(argv[2]) : 10);
}
