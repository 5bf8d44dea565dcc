#include "native/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

#include <torch/cuda.h>

#include "native/data/batches.hpp"
#include "shared/model/hash.hpp"

namespace avae {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kTrainingHint =
    "if memory ran out, try a smaller --batch; otherwise go on from the last checkpoint with --resume";
constexpr std::int64_t kMetricsEvery = 50;
constexpr std::int64_t kReportEvery = 10;
constexpr std::int64_t kFitPriorEvery = 50;
constexpr std::int64_t kLivePerEpoch = 8;

/// The data set on the training device. Pixels stay bytes: a batch is gathered, then widened.
class DeviceData {
 public:
  DeviceData(const Dataset& data, at::Device device) : classes_(data.classes), device_(device) {
    const auto n = static_cast<std::int64_t>(data.size());
    pixels_ = at::from_blob(const_cast<std::uint8_t*>(data.pixels.data()), {n, data.height, data.width, data.channels},
                            at::TensorOptions(at::kByte))
                  .to(device);
    if (classes_ > 0)
      labels_ = at::from_blob(const_cast<std::uint8_t*>(data.labels.data()), {n}, at::TensorOptions(at::kByte))
                    .to(at::kLong)
                    .to(device);
  }

  /// x [N, C, H, W] in [0, 1] (channels last), mix [N, K].
  std::pair<at::Tensor, at::Tensor> batch(std::span<const std::uint32_t> indices) const {
    at::Tensor index = at::empty({static_cast<std::int64_t>(indices.size())}, at::TensorOptions(at::kLong));
    std::copy(indices.begin(), indices.end(), index.data_ptr<std::int64_t>());
    index = index.to(device_);
    const at::Tensor x = pixels_.index_select(0, index).to(at::kFloat).div_(255).permute({0, 3, 1, 2});
    at::Tensor mix;
    if (classes_ > 0) mix = at::one_hot(labels_.index_select(0, index), classes_).to(at::kFloat);
    return {x, mix};
  }

 private:
  int classes_;
  at::Device device_;
  at::Tensor pixels_, labels_;
};

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

/// The name of the first loss that is not a number any more, or "".
std::string not_finite(const Losses& losses) {
  for (const auto& [name, value] : losses)
    if (!std::isfinite(value.item<double>())) return name;
  return {};
}

/// One sitting of a run.
class Session {
 public:
  Session(Avae& model, const Dataset& data, const RunOptions& options)
      : model_(model),
        options_(options),
        folder_(options.out, options.weights),
        data_(data, model.device()),
        order_(model.options().seed, static_cast<std::uint32_t>(data.size()),
               static_cast<std::uint32_t>(model.options().batch)) {
    progress_.options = to_json(model.options());
    progress_.data = fingerprint(data);
    progress_.command = options.command;
    progress_.steps_per_epoch = order_.batches_per_epoch();
  }

  Result<TrainOutcome> run(const std::atomic<bool>& stop, const std::function<void(const TrainReport&)>& report) {
    if (auto opened = open(); !opened) return tl::unexpected(opened.error());
    const std::int64_t first = progress_.step;
    const double seconds_before = progress_.seconds;
    const Clock::time_point start = Clock::now();
    while (!finished() && !stop.load()) {
      const Losses losses = step();
      ++progress_.step;
      progress_.seconds = seconds_before + std::chrono::duration<double>(Clock::now() - start).count();
      if (auto kept = keep(losses, report); !kept) return tl::unexpected(kept.error());
    }
    if (auto saved = save(true); !saved) return tl::unexpected(saved.error());
    const double sitting = std::max(progress_.seconds - seconds_before, 1e-9);
    const auto images = static_cast<double>((progress_.step - first) * model_.options().batch);
    return TrainOutcome{progress_.step, images / sitting, !finished()};
  }

 private:
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
    if (finished()) return save(true);  // with this program's exports
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

  bool finished() const { return fraction() >= 1 || (options_.steps > 0 && progress_.step >= options_.steps); }

  double learning_rate() const {
    const TrainOptions& train = model_.options();
    const double rate = cosine(train.learning_rate, train.final_learning_rate, fraction());
    if (progress_.step >= train.vae_steps) return rate;
    return cosine(train.vae_learning_rate, rate,
                  static_cast<double>(progress_.step) / static_cast<double>(train.vae_steps));
  }

  Losses step() {
    const TrainOptions& train = model_.options();
    const auto position = static_cast<std::uint64_t>(progress_.step);
    const auto per_epoch = static_cast<std::uint64_t>(progress_.steps_per_epoch);
    const auto [x, mix] =
        data_.batch(order_.indices(position / per_epoch, static_cast<std::uint32_t>(position % per_epoch)));
    Schedule schedule;
    schedule.learning_rate = at::full({}, learning_rate(), at::TensorOptions(model_.device()).dtype(at::kDouble));
    const double warm =
        train.beta_warmup_steps > 0 ? static_cast<double>(progress_.step + 1) / train.beta_warmup_steps : 1;
    schedule.beta = train.beta * std::min(1.0, warm);
    schedule.adversarial = progress_.step >= train.vae_steps;
    schedule.penalise = progress_.step % train.penalty_every == 0;
    const StepNoise noise = draw_noise(train.seed, progress_.step, x.size(0), model_.spec(), model_.device());
    return model_.train_step(x, mix, noise, schedule);
  }

  Result<void> keep(const Losses& losses, const std::function<void(const TrainReport&)>& report) {
    if (const std::string name = not_finite(losses); !name.empty())
      return fail("the loss '" + name + "' became NaN or Inf at step " + std::to_string(progress_.step),
                  folder_.diverged_hint());
    const std::int64_t images = progress_.step * model_.options().batch;
    if (progress_.step % kFitPriorEvery == 0) model_.fit_prior();
    if (progress_.step % kReportEvery == 0) {
      rate_now_ = rate_.update(images, progress_.seconds);
      const double left = fraction() > 0 ? progress_.seconds * (1 / fraction() - 1) : 0;
      report({progress_.step, total_steps(),
              static_cast<double>(progress_.step) / static_cast<double>(progress_.steps_per_epoch),
              std::min(1.0, fraction()), rate_now_, left, &losses});
    }
    if (progress_.step % kMetricsEvery == 0)
      if (auto written = folder_.append_metrics(progress_, rate_now_, model_.options().batch, losses); !written)
        return written;
    if (progress_.step % progress_.steps_per_epoch == 0) return save(false);
    const std::int64_t live_every = std::max<std::int64_t>(1, progress_.steps_per_epoch / kLivePerEpoch);
    if (progress_.step % live_every == 0) return folder_.publish_live(model_, progress_, model_.options().batch, false);
    return {};
  }

  /// The fit of the prior belongs to the saved state, whichever step it is saved at, so the files and the checkpoint
  /// agree.
  Result<void> save(bool last) {
    const std::int64_t batches = std::min(progress_.steps_per_epoch, ClassPrior::kMemory / model_.options().batch);
    model_.fit_published_prior(
        batches, [&](std::int64_t i) { return data_.batch(order_.indices(0, static_cast<std::uint32_t>(i))); });
    if (auto saved = folder_.save_checkpoint(model_, progress_); !saved) return saved;
    if (auto exported = folder_.export_model(model_, progress_); !exported) return exported;
    const std::int64_t epoch = (progress_.step + progress_.steps_per_epoch - 1) / progress_.steps_per_epoch;
    if (auto drawn = folder_.save_samples(model_, epoch); !drawn) return drawn;
    return folder_.publish_live(model_, progress_, model_.options().batch, last && finished());
  }

  Avae& model_;
  RunOptions options_;
  RunFolder folder_;
  DeviceData data_;
  BatchOrder order_;
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

Result<std::unique_ptr<Avae>> make_model(const ModelSpec& spec, const TrainOptions& options, at::Device device) {
  try {
    return std::make_unique<Avae>(spec, options, device);
  } catch (const c10::Error& error) {
    return tl::unexpected(torch_error(error, kTrainingHint));
  }
}

Result<TrainOutcome> train(Avae& model, const Dataset& data, const RunOptions& options, const std::atomic<bool>& stop,
                           const std::function<void(const TrainReport&)>& report) {
  if (auto fits = check_data(model.spec(), data); !fits) return tl::unexpected(fits.error());
  try {
    return Session(model, data, options).run(stop, report);
  } catch (const c10::Error& error) {
    return tl::unexpected(torch_error(error, kTrainingHint));
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
  if (!torch::cuda::is_available())
    return fail("no CUDA device can be used",
                "use --device cpu, or build the train-cuda preset against a LibTorch with CUDA and check the driver");
  return at::Device(at::kCUDA, 0);
}

}  // namespace avae
