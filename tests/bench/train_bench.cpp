// The trainer's side of scripts/bench train: train_bench --start FILE writes where training starts, then each line on
// stdin is a command and each answer a line of JSON, as in train_torch.py:
//   check      trains on the file's batches: {"losses": [...]}, then starts again
//   run N      trains N steps on the data: {"seconds": S}
//   phases N   the same by calls, waiting for the device in between: {"seconds": S, "phases": {name: seconds}}
//   memory     {"peak_mib": of this process}
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "native/data/dataset.hpp"
#include "native/data/files.hpp"
#include "native/train/stepper.hpp"
#include "native/train/trainer.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;

constexpr int kCheckSteps = 3;

ordered_json layer_json(const Layer& layer) {
  constexpr const char* kKinds[] = {"prior", "class_concat", "dense", "conv", "conv", "upsample_conv", "add"};
  constexpr const char* kActivations[] = {"none", "relu", "leaky_relu", "sigmoid", "clamp01"};
  return {{"name", layer.name},
          {"kind", kKinds[static_cast<int>(layer.kind)]},
          {"stride", layer.kind == LayerKind::kConv3x3Stride2 ? 2 : 1},
          {"input", layer.input},
          {"input2", layer.input2},
          {"in", {layer.in.height, layer.in.width, layer.in.channels}},
          {"out", {layer.out.height, layer.out.width, layer.out.channels}},
          {"activation", kActivations[static_cast<int>(layer.activation)]}};
}

struct Arguments {
  std::string data = "fashion-mnist", folder = "/usr/share/datasets/fashion-mnist", start, device = "cpu", precision;
  int batch = 128, threads = 0;
  bool graphs = true;
};

template <typename T>
T required(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "train_bench: %s\n", result.error().text().c_str());
  std::exit(1);
}

void required(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "train_bench: %s\n", result.error().text().c_str());
  std::exit(1);
}

class Bench {
 public:
  explicit Bench(const Arguments& arguments)
      : arguments_(arguments),
        device_(required(parse_device(arguments.device))),
        precision_(required(parse_precision(arguments.precision, device_))),
        data_(required(load_dataset(arguments.data, Split::kTrain, {}))) {
    apply_precision(precision_);
    options_ = default_options(Objective::kAvae);
    options_.batch = arguments.batch;
    options_.vae_steps = 0;  // as a VAE it is the same step without most of its parts
    spec_ = required(
        preset_spec("auto", options_, data_.height, data_.width, data_.channels, data_.classes, data_.class_names));
    spec_.switches = 3;
    reset();
  }

  void write_start() const {
    std::vector<at::Tensor> hosts;
    std::vector<SafetensorsTensor> tensors;
    const auto add = [&](const std::string& name, const at::Tensor& tensor) {
      hosts.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
      const auto* bytes = static_cast<const std::uint8_t*>(hosts.back().const_data_ptr());
      tensors.push_back({name,
                         DType::kF32,
                         {hosts.back().sizes().begin(), hosts.back().sizes().end()},
                         {bytes, hosts.back().nbytes()}});
    };
    ordered_json roles;
    for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
      const std::string name(role_name(role));
      const RoleWeights weights = model_->published(role).to_weights();
      for (const TensorInfo& info : tensor_table(spec_, role)) {
        const std::vector<std::int64_t> shape(info.shape.begin(), info.shape.end());
        add(name + "." + info.name, at::tensor(weights.tensors.at(info.name)).view(shape));
      }
      for (const Layer& layer : layers(spec_, role)) roles[name].push_back(layer_json(layer));
    }
    for (int step = 0; step < kCheckSteps; ++step) {
      Avae::Pass pass;
      stepper_->feed().fill(step, false, pass);
      const std::string prefix = "step" + std::to_string(step) + ".";
      add(prefix + "x", pass.x);
      add(prefix + "mix", pass.mix);
      add(prefix + "posterior", pass.noise.posterior);
      add(prefix + "prior", pass.noise.prior);
      add(prefix + "class_kept", pass.noise.class_kept);
    }
    const ordered_json setting{{"roles", roles},
                               {"batch", options_.batch},
                               {"code", spec_.code()},
                               {"latent", spec_.latent},
                               {"check_steps", kCheckSteps},
                               {"penalty_every", options_.penalty_every},
                               {"gamma", options_.gamma},
                               {"sigma", options_.sigma},
                               {"beta", options_.beta},
                               {"feature_weight", options_.feature_weight},
                               {"adversarial_weight", options_.adversarial_weight},
                               {"learning_rate", options_.learning_rate},
                               {"adam", {options_.adam.beta1, options_.adam.beta2, options_.adam.epsilon}},
                               {"ema_decay", options_.ema_decay},
                               {"data", arguments_.folder}};
    required(write_file_atomically(arguments_.start, write_safetensors(tensors, {{"bench", setting.dump()}})));
  }

  ordered_json check() {
    reset();
    ordered_json steps;
    for (int step = 0; step < kCheckSteps; ++step) {
      ordered_json losses;
      for (const auto& [name, value] : stepper_->step(step, settings(step))) losses[name] = value.item<double>();
      steps.push_back(losses);
    }
    reset();
    return {{"losses", steps}};
  }

  ordered_json run(int steps, bool phases) {
    PhaseClock clock([this] { synchronise(device_); });
    if (phases) {  // a clock hears nothing of captured steps
      stepper_ = std::make_unique<Stepper>(*model_, data_);
      stepper_->measure(&clock);
    }
    synchronise(device_);
    const Clock::time_point began = Clock::now();
    for (int i = 0; i < steps; ++i, ++step_) stepper_->step(step_, settings(step_));
    synchronise(device_);
    ordered_json answer{{"seconds", std::chrono::duration<double>(Clock::now() - began).count()}};
    if (phases) {
      stepper_->measure(nullptr);
      stepper_ = std::make_unique<Stepper>(*model_, data_, arguments_.graphs && can_capture(*model_));
    }
    for (std::size_t i = 0; phases && i < kPhaseNames.size(); ++i)
      answer["phases"][std::string(kPhaseNames[i])] = clock.seconds()[i];
    return answer;
  }

 private:
  void reset() {
    stepper_.reset();
    model_ = required(make_model(spec_, options_, device_, {}, precision_));
    stepper_ = std::make_unique<Stepper>(*model_, data_, arguments_.graphs && can_capture(*model_));
    step_ = 0;
  }

  StepSettings settings(std::int64_t step) const {
    return {.learning_rate = options_.learning_rate,
            .beta = options_.beta,
            .adversarial = true,
            .penalise = step % options_.penalty_every == 0};
  }

  Arguments arguments_;
  at::Device device_;
  Precision precision_;
  Dataset data_;
  TrainOptions options_;
  ModelSpec spec_;
  std::unique_ptr<Avae> model_;
  std::unique_ptr<Stepper> stepper_;
  std::int64_t step_ = 0;
};

ordered_json memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {{"peak_mib", static_cast<double>(usage.ru_maxrss) / 1024}, {"page_faults", usage.ru_minflt}};
}

int serve(const Arguments& arguments) {
  if (arguments.threads > 0) at::set_num_threads(arguments.threads);
  Bench bench(arguments);
  if (!arguments.start.empty()) bench.write_start();
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string command;
    int steps = 0;
    words >> command >> steps;
    ordered_json answer;
    if (command == "check") answer = bench.check();
    if (command == "run" || command == "phases") answer = bench.run(steps, command == "phases");
    if (command == "memory") answer = memory();
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace avae

int main(int argc, char** argv) {
  avae::Arguments arguments;
  CLI::App app("The trainer's side of scripts/bench train");
  app.add_option("--data", arguments.data, "fashion-mnist or a path, as for avae train");
  app.add_option("--folder", arguments.folder, "where the peers find Fashion-MNIST's IDX files");
  app.add_option("--start", arguments.start, "file to write for the peers");
  app.add_option("--device", arguments.device);
  app.add_option("--precision", arguments.precision);
  app.add_option("--batch", arguments.batch);
  app.add_option("--threads", arguments.threads);
  app.add_flag("!--no-graph", arguments.graphs);
  CLI11_PARSE(app, argc, argv);
  return avae::serve(arguments);
}
