#include "native/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

#include <c10/core/GradMode.h>

#include "native/train/gpu.hpp"
#include "native/train/stepper.hpp"
#include "shared/model/hash.hpp"

namespace avae {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kTrainingHint =
    "if memory ran out, try a smaller --batch; otherwise go on from the last checkpoint with --resume";
constexpr std::int64_t kMetricsEvery = 50;
constexpr std::int64_t kReportEvery = 10;
constexpr std::int64_t kFitPriorEvery = 50;
static_assert(kFitPriorEvery % kReportEvery == 0, "losses are looked at before a fit");
constexpr std::int64_t kLivePerSave = 8;

/// Images per second over a sliding window of reports.
class Rate {
 public:
  double update(std::int64_t images, double seconds) {
    if (last_seconds_ >= 0 && seconds > last_seconds_) {
      const double now = static_cast<double>(images - last_images_) / (seconds - last_seconds_);
      smooth_ = smooth_ == 0 ? now : 0.9 * smooth_ + 0.1 * now;
    }
    last_images_ = images;
    last_seconds_ = seconds;
    return smooth_;
  }

 private:
  std::int64_t last_images_ = 0;
  double last_seconds_ = -1, smooth_ = 0;
};

double cosine(double from, double to, double fraction) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * std::clamp(fraction, 0.0, 1.0)));
}

/// Losses of the whole batch as scalars on the CPU, by one copy.
Losses read_back(const Losses& losses, const Processes& processes) {
  std::vector<at::Tensor> values;
  for (const auto& [name, value] : losses) values.push_back(value.detach().to(at::kFloat));
  const at::Tensor host = at::stack(values);
  processes.mean(host);
  const std::vector<at::Tensor> scalars = host.to(at::kCPU).unbind(0);
  Losses result;
  for (std::size_t i = 0; i < losses.size(); ++i) result.emplace_back(losses[i].first, scalars[i]);
  return result;
}

/// The name of the first loss that is not a number any more, or "".
std::string not_finite(const Losses& losses) {
  for (const auto& [name, value] : losses)
    if (!std::isfinite(value.item<double>())) return name;
  return {};
}

/// Mostly another process has died, and the first line says how this one noticed.
Error group_error(const Processes& processes, const std::exception& error) {
  const std::string reason = error.what();
  return {"process " + std::to_string(processes.rank()) + " of " + std::to_string(processes.size()) +
              " stopped, as the group broke: " + reason.substr(0, reason.find('\n')),
          "see what the process that ended first says, then start all of them again with --resume"};
}

/// The largest of a half, a quarter, ... of the batch that a costly step was seen to have memory for; 0 if none.
int fitting_batch(const Avae& model, const Dataset& data, bool graphs) {
  TrainOptions options = model.options();
  for (options.batch /= 2; options.batch >= 2; options.batch /= 2) {
    release_gpu_memory();
    try {
      Avae trial(model.spec(), options, model.device(), {}, model.precision());
      Stepper stepper(trial, data, graphs && can_capture(trial));
      stepper.step(0, {.learning_rate = 0, .beta = 1, .adversarial = true, .penalise = true});
      synchronise(model.device());
      return options.batch;
    } catch (const c10::OutOfMemoryError&) {
      continue;
    }
  }
  return 0;
}

Error memory_error(const Avae& model, const Dataset& data, bool graphs) {
  const int fitting = model.processes().alone() ? fitting_batch(model, data, graphs) : 0;
  return {"the memory of the GPU, " + gpu_name(model.device()) + ", is too small for a batch of " +
              std::to_string(model.options().batch),
          fitting > 0 ? "use --batch " + std::to_string(fitting) + ", which was tried just now and fits"
                      : "use a smaller --batch or --preset, or see with nvidia-smi what else is using it"};
}

/// One sitting of a run.
class Session {
 public:
  Session(Avae& model, const Dataset& data, const RunOptions& options)
      : model_(model),
        options_(options),
        folder_(options.out, options.weights),
        graphs_(options.graphs && can_capture(model)),
        stepper_(model, data, graphs_) {
    progress_.options = to_json(model.options());
    progress_.data = fingerprint(data);
    progress_.command = options.command;
    progress_.steps_per_epoch = stepper_.feed().batches_per_epoch();
  }

  Result<TrainOutcome> run(const std::atomic<bool>& stop, const std::function<void(const TrainReport&)>& report) {
    if (leads())
      if (auto opened = open(); !opened) return tl::unexpected(opened.error());
    share_state();
    const std::int64_t first = progress_.step;
    const double seconds_before = progress_.seconds;
    const Clock::time_point start = Clock::now();
    while (goes_on(stop)) {
      const Losses losses = stepper_.step(progress_.step, settings());
      ++progress_.step;
      progress_.seconds = seconds_before + std::chrono::duration<double>(Clock::now() - start).count();
      if (auto kept = keep(losses, report); !kept) return tl::unexpected(kept.error());
    }
    if (auto saved = save(true); !saved) return tl::unexpected(saved.error());
    const double sitting = std::max(progress_.seconds - seconds_before, 1e-9);
    const auto images = static_cast<double>((progress_.step - first) * model_.options().batch);
    return TrainOutcome{progress_.step, images / sitting, !finished(), graphs_};
  }

 private:
  /// Process 0 owns the run folder and the clock.
  bool leads() const { return model_.processes().rank() == 0; }

  /// Every process goes on from where process 0 is.
  void share_state() {
    const Processes& processes = model_.processes();
    if (processes.alone()) return;
    const at::Tensor at_step = at::tensor({progress_.step}, at::TensorOptions(at::kLong)).to(model_.device());
    processes.broadcast(at_step);
    progress_.step = at_step.item<std::int64_t>();
    const c10::NoGradGuard no_grad;
    for (const auto& [name, tensor] : model_.state()) processes.broadcast(tensor.detach());
  }

  /// Whether there is another step to do: all processes decide alike, by the clock of process 0 and anyone's stop.
  bool goes_on(const std::atomic<bool>& stop) {
    if (model_.processes().alone()) return !finished() && !stop.load();
    const at::Tensor said =
        at::tensor({leads() ? progress_.seconds : 0, stop.load() ? 1.0 : 0.0}, at::TensorOptions(at::kDouble));
    model_.processes().sum_on_host(said);
    progress_.seconds = said[0].item<double>();
    return !finished() && said[1].item<double>() == 0;
  }

  Result<void> open() {
    if (folder_.has_checkpoint() && !options_.resume)
      return fail(options_.out + " already holds a run", "add --resume to go on with it, or choose another --out");
    if (!folder_.has_checkpoint() && folder_.has_model())
      return fail(options_.out + " holds a model whose checkpoint is gone",
                  "choose another --out, or move the model away");
    if (auto made = folder_.prepare(); !made) return made;
    if (!folder_.has_checkpoint()) {
      if (auto cleared = folder_.start_over(); !cleared) return cleared;
      return folder_.publish_live(model_, progress_, model_.options().batch, false);
    }
    const auto found = folder_.load_checkpoint(model_, progress_);
    if (!found) return tl::unexpected(found.error());
    progress_ = *found;
    if (auto rewound = folder_.rewind_metrics(progress_.step); !rewound) return rewound;
    if (finished()) return {};  // run() saves: with this program's exports
    return folder_.publish_live(model_, progress_, model_.options().batch,
                                false);  // an earlier sitting may have said done
  }

  std::int64_t total_steps() const {
    if (options_.minutes > 0) return 0;
    return options_.epochs * progress_.steps_per_epoch;
  }

  double fraction() const {
    if (options_.minutes > 0) return progress_.seconds / (options_.minutes * 60);
    return static_cast<double>(progress_.step) / static_cast<double>(total_steps());
  }

  /// Of what this sitting is to reach, for the eye.
  double shown() const {
    const double of_steps =
        options_.steps > 0 ? static_cast<double>(progress_.step) / static_cast<double>(options_.steps) : 0;
    return std::min(1.0, std::max(fraction(), of_steps));
  }

  bool finished() const { return fraction() >= 1 || (options_.steps > 0 && progress_.step >= options_.steps); }

  double learning_rate() const {
    const TrainOptions& train = model_.options();
    const double rate = cosine(train.learning_rate, train.final_learning_rate, fraction());
    if (progress_.step >= train.vae_steps) return rate;
    return cosine(train.vae_learning_rate, rate,
                  static_cast<double>(progress_.step) / static_cast<double>(train.vae_steps));
  }

  StepSettings settings() const {
    const TrainOptions& train = model_.options();
    const double warm =
        train.beta_warmup_steps > 0 ? static_cast<double>(progress_.step + 1) / train.beta_warmup_steps : 1;
    return {.learning_rate = learning_rate(),
            .beta = train.beta * std::min(1.0, warm),
            .adversarial = progress_.step >= train.vae_steps,
            .penalise = progress_.step % train.penalty_every == 0};
  }

  Result<void> keep(const Losses& of_step, const std::function<void(const TrainReport&)>& report) {
    // Reading a loss makes the host wait for the device, or for the other processes.
    const bool cheap = model_.device().is_cpu() && model_.processes().alone();
    const bool reads = cheap || progress_.step % kReportEvery == 0;
    const Losses losses = reads ? read_back(of_step, model_.processes()) : Losses();
    if (const std::string name = not_finite(losses); !name.empty())
      return fail("the loss '" + name + "' became NaN or Inf at step " + std::to_string(progress_.step),
                  folder_.diverged_hint());
    const std::int64_t images = progress_.step * model_.options().batch;
    if (progress_.step % kFitPriorEvery == 0) model_.fit_prior();
    if (!leads()) return {};
    if (progress_.step % kReportEvery == 0) {
      rate_now_ = rate_.update(images, progress_.seconds);
      const double left = shown() > 0 ? progress_.seconds * (1 / shown() - 1) : 0;
      report({progress_.step, total_steps(),
              static_cast<double>(progress_.step) / static_cast<double>(progress_.steps_per_epoch), shown(), rate_now_,
              left, &losses});
    }
    if (progress_.step % kMetricsEvery == 0)
      if (auto written = folder_.append_metrics(progress_, rate_now_, model_.options().batch, losses); !written)
        return written;
    if (finished()) return {};  // run() saves
    const std::int64_t save_every = progress_.steps_per_epoch * options_.save_every;
    if (progress_.step % save_every == 0) return save(false);
    const std::int64_t live_every = std::max<std::int64_t>(1, save_every / kLivePerSave);
    if (progress_.step % live_every == 0) return folder_.publish_live(model_, progress_, model_.options().batch, false);
    return {};
  }

  /// The fit of the prior belongs to the saved state, whichever step it is saved at, so the files and the checkpoint
  /// agree.
  Result<void> save(bool last) {
    if (!leads()) return {};
    const std::int64_t batches = std::min(progress_.steps_per_epoch, ClassPrior::kMemory / model_.options().batch);
    model_.fit_published_prior(batches, [&](std::int64_t i) { return stepper_.feed().whole_batch(i); });
    if (auto saved = folder_.save_checkpoint(model_, progress_); !saved) return saved;
    if (auto exported = folder_.export_model(model_, progress_); !exported) return exported;
    const std::int64_t epoch = (progress_.step + progress_.steps_per_epoch - 1) / progress_.steps_per_epoch;
    if (auto drawn = folder_.save_samples(model_, epoch); !drawn) return drawn;
    return folder_.publish_live(model_, progress_, model_.options().batch, last && finished());
  }

  Avae& model_;
  RunOptions options_;
  RunFolder folder_;
  bool graphs_;
  Stepper stepper_;
  Progress progress_;
  Rate rate_;
  double rate_now_ = 0;
};

}  // namespace

Error torch_error(const c10::Error& error, const std::string& hint) {
  std::string text = error.what_without_backtrace();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return {"LibTorch stopped: " + text, hint};
}

Result<std::unique_ptr<Avae>> make_model(const ModelSpec& spec, const TrainOptions& options, at::Device device,
                                         Processes processes, Precision precision) {
  try {
    return std::make_unique<Avae>(spec, options, device, std::move(processes), precision);
  } catch (const c10::Error& error) {
    return tl::unexpected(torch_error(error, kTrainingHint));
  }
}

Result<TrainOutcome> train(Avae& model, const Dataset& data, const RunOptions& options, const std::atomic<bool>& stop,
                           const std::function<void(const TrainReport&)>& report) {
  if (auto fits = check_data(model.spec(), data); !fits) return tl::unexpected(fits.error());
  const Processes& processes = model.processes();
  if (model.options().batch % processes.rows_multiple() != 0)
    return fail("a batch of " + std::to_string(model.options().batch) + " cannot be shared by " +
                    std::to_string(processes.size()) + " processes",
                "choose a --batch that is a multiple of " + std::to_string(processes.rows_multiple()));
  try {
    return Session(model, data, options).run(stop, report);
  } catch (const c10::OutOfMemoryError&) {
    return tl::unexpected(memory_error(model, data, options.graphs));
  } catch (const c10::Error& error) {
    return tl::unexpected(processes.alone() ? torch_error(error, kTrainingHint) : group_error(processes, error));
  } catch (const std::exception& error) {  // Gloo's
    if (processes.alone()) throw;
    return tl::unexpected(group_error(processes, error));
  }
}

Result<void> check_data(const ModelSpec& spec, const Dataset& data) {
  if (data.size() == 0) return fail("the data set is empty", "point --data at pictures");
  if (data.height != spec.height || data.width != spec.width || data.channels != spec.channels)
    return fail("pictures are " + std::to_string(data.height) + "x" + std::to_string(data.width) + "x" +
                    std::to_string(data.channels) + ", the model wants " + std::to_string(spec.height) + "x" +
                    std::to_string(spec.width) + "x" + std::to_string(spec.channels),
                "use --size and --channels, or another model");
  if (spec.classes > 0 && data.classes != spec.classes)
    return fail("the data has " + std::to_string(data.classes) + " classes, the model " + std::to_string(spec.classes),
                "train on data with the same classes");
  return {};
}

std::string fingerprint(const Dataset& data) {
  return std::to_string(data.size()) + "x" + std::to_string(data.height) + "x" + std::to_string(data.width) + "x" +
         std::to_string(data.channels) + " classes " + std::to_string(data.classes) + " crc " +
         std::to_string(crc32(data.pixels)) + " " + std::to_string(crc32(data.labels));
}

Result<at::Device> parse_device(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  if (name != "cuda") return fail("no device is called '" + name + "'", "use cpu or cuda");
  const at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(local_rank()));
  if (auto usable = try_gpu(device); !usable) return tl::unexpected(usable.error());
  return device;
}

}  // namespace avae
