#include "native/train/stepper.hpp"

#include <c10/core/GradMode.h>
#include <torch/cuda.h>

#include "native/train/gpu.hpp"

namespace avae {
namespace {

/// cuDNN tries its kernels in the first run; the allocator and the libraries' workspaces settle in the next ones.
constexpr int kWarmUps = 3;

void append(Losses& losses, const Losses& more) { losses.insert(losses.end(), more.begin(), more.end()); }

}  // namespace

/// A part that was not captured is -1. Captured losses are tensors that every replay writes anew.
struct Stepper::Captured {
  std::unique_ptr<GpuGraphs> graphs;
  bool adversarial = false;
  int generate = -1, discriminator = -1, penalised = -1, generator = -1;
  Losses discriminator_losses, penalised_losses, generator_losses;
};

Stepper::Stepper(Avae& model, const Dataset& data, bool graphs) : model_(model), feed_(data, model), graphs_(graphs) {}
Stepper::~Stepper() = default;

void Stepper::measure(PhaseClock* clock) {
  clock_ = clock;
  model_.measure(clock);
}

Losses Stepper::step(std::int64_t step, const StepSettings& settings) {
  if (clock_) clock_->enter(Phase::kData);
  const bool in_place = graphs_ && pass_.x.defined();
  if (!in_place) pass_ = {};
  feed_.fill(step, in_place, pass_);
  const auto set = [&](at::Tensor& scalar, double value) {
    if (in_place) {
      scalar.fill_(value);
    } else {
      scalar = at::full({}, value, at::TensorOptions(model_.device()).dtype(at::kDouble));
    }
  };
  set(pass_.schedule.learning_rate, settings.learning_rate);
  set(pass_.schedule.beta, settings.beta);
  pass_.schedule.adversarial = settings.adversarial;
  pass_.schedule.penalise = settings.penalise;
  if (!graphs_) return model_.train_step(pass_.x, pass_.mix, pass_.noise, pass_.schedule);
  if (!captured_ || captured_->adversarial != model_.plays(pass_.schedule)) capture();
  return replay();
}

void Stepper::capture() {
  captured_.reset();  // its memory before that of the next
  captured_ = std::make_unique<Captured>();
  captured_->graphs = make_gpu_graphs(model_.device());
  captured_->adversarial = model_.plays(pass_.schedule);
  const bool asked = pass_.schedule.penalise;
  const auto discriminator = [&](bool penalise) {
    pass_.schedule.penalise = penalise;
    return model_.train_discriminator(pass_);
  };

  std::vector<at::Tensor> before;
  for (const auto& [name, tensor] : model_.state()) before.push_back(tensor.detach().clone());
  captured_->graphs->warm_up([&] {
    for (int i = 0; i < kWarmUps; ++i) {
      model_.generate(pass_);
      if (captured_->adversarial) discriminator(true), discriminator(false);
      model_.train_generator(pass_);
    }
  });
  {
    const c10::NoGradGuard no_grad;
    std::size_t i = 0;
    for (const auto& [name, tensor] : model_.state()) tensor.detach().copy_(before[i++]);
  }

  GpuGraphs& graphs = *captured_->graphs;
  captured_->generate = graphs.capture([&] { model_.generate(pass_); });
  if (captured_->adversarial) {
    captured_->discriminator = graphs.capture([&] { captured_->discriminator_losses = discriminator(false); });
    captured_->penalised = graphs.capture([&] { captured_->penalised_losses = discriminator(true); });
  }
  captured_->generator = graphs.capture([&] { captured_->generator_losses = model_.train_generator(pass_); });
  pass_.schedule.penalise = asked;
}

Losses Stepper::replay() {
  GpuGraphs& graphs = *captured_->graphs;
  Losses losses;
  graphs.replay(captured_->generate);
  if (captured_->adversarial) {
    graphs.replay(pass_.schedule.penalise ? captured_->penalised : captured_->discriminator);
    append(losses, pass_.schedule.penalise ? captured_->penalised_losses : captured_->discriminator_losses);
  }
  graphs.replay(captured_->generator);
  append(losses, captured_->generator_losses);
  return losses;
}

bool can_capture(const Avae& model) {
  return model.device().is_cuda() && model.options().objective != Objective::kSeed && model.processes().alone();
}

void synchronise(at::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

}  // namespace avae
