// The adversarial VAE: encoder, decoder, discriminator, their losses and one training step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "native/train/adam.hpp"
#include "native/train/class_prior.hpp"
#include "native/train/net.hpp"
#include "native/train/options.hpp"
#include "native/train/phases.hpp"
#include "native/train/precision.hpp"
#include "native/train/processes.hpp"

namespace avae {

/// q(z | x) of a batch.
struct Posterior {
  at::Tensor mean;          ///< [N, D]
  at::Tensor log_variance;  ///< [N, D]
};

/// Every random number of one step, so that a step is a function of weights, batch and noise.
struct StepNoise {
  at::Tensor posterior;     ///< [N, D] ~ N(0, I), for reparameterize()
  at::Tensor prior;         ///< [N, Z] ~ N(0, I) and switches of -1 or 1: the latents of the fakes
  at::Tensor class_kept;    ///< [N, 1], 0 where the encoder is not told the class
  at::Tensor augmentation;  ///< [N, 4] in [0, 1), for augment(): a picture and its fake are treated alike
};

/// Draws the noise of step `step` (0, 1, ...). On the CPU's generator, so that it is the same on every device.
StepNoise draw_noise(std::uint64_t seed, std::int64_t step, std::int64_t batch, const ModelSpec& spec,
                     at::Device device);

/// Chance that a training picture's class is hidden from the encoder, which makes a zero mix mean "unknown".
inline constexpr double kHiddenClasses = 0.1;

/// What changes from step to step. Scalars live in tensors, so that a captured graph can read them.
struct Schedule {
  at::Tensor learning_rate;  ///< scalar
  at::Tensor beta;           ///< scalar: weight of the KL term now
  bool adversarial = true;   ///< avae: false while it warms up as a VAE
  bool penalise = false;     ///< take R1 and R2 in this step
};

/// Named scalars of a step, detached.
using Losses = std::vector<std::pair<std::string, at::Tensor>>;

/// All state that training changes. Not thread-safe.
class Avae {
 public:
  /// With several processes each holds the same state and gives train_step() its own rows of a batch.
  Avae(const ModelSpec& spec, const TrainOptions& options, at::Device device, Processes processes = {},
       Precision precision = Precision::kFp32);

  /// x [N, C, H, W] in [0, 1], mix [N, K] (undefined when K = 0; a zero row means unknown).
  Posterior encode(const at::Tensor& x, const at::Tensor& mix) const;
  /// z = mean + exp(log_variance / 2) noise [N, D] (Kingma and Welling 2014).
  static at::Tensor reparameterize(const Posterior& posterior, const at::Tensor& noise);
  /// z [N, D], behind the prior -> [N, C, H, W] in [0, 1].
  at::Tensor decode(const at::Tensor& z, const at::Tensor& mix) const;
  /// Logits [N]; `taps` receives every layer's output.
  at::Tensor discriminate(const at::Tensor& x, const at::Tensor& mix, Net::Taps* taps = nullptr) const;

  /// One update of all networks from x [N, C, H, W], mix [N, K]: generate(), train_discriminator() where there is one
  /// to train, train_generator(). With several processes the losses are those of this one's rows.
  Losses train_step(const at::Tensor& x, const at::Tensor& mix, const StepNoise& noise, const Schedule& schedule);

  /// A step's batch, and what its first part leaves for the others. The parts read and write the model's tensors and
  /// these in place and wait for nothing, so that each can be captured as a CUDA graph.
  struct Pass {
    at::Tensor x;    ///< [N, C, H, W]
    at::Tensor mix;  ///< [N, K]
    StepNoise noise;
    Schedule schedule;

    Posterior posterior;
    at::Tensor code;                    ///< [N, D], drawn from the posterior
    at::Tensor judged_code, rest_code;  ///< leaves: the first J of them; the others, and the samples' codes behind them
    at::Tensor judged, rest;            ///< what G makes of them: [J, C, H, W], [N - J + S, C, H, W]
    at::Tensor fakes;  ///< [N, C, H, W]: J reconstructions, S = N - J samples; row i is picture i's. With details J is
                       ///< 0: reconstructions that play have drawn ones, and count as samples here
  };
  /// E and G on a batch.
  void generate(Pass& pass);
  /// One update of D.
  Losses train_discriminator(const Pass& pass);
  /// One update of G and E, and of the averages.
  Losses train_generator(Pass& pass);

  /// Whether a step of this schedule has a part for D.
  bool plays(const Schedule& schedule) const {
    return options_.adversarial_terms() && (schedule.adversarial || !options_.has_encoder());
  }

  /// Tells `clock` (not owned; null to stop) what steps are at.
  void measure(PhaseClock* clock) { clock_ = clock; }

  /// Writes the current fit of the class prior into the decoder and its average; call now and then, and before saving.
  void fit_prior();

  /// Fits the prior of the published decoder to what the published encoder gives, where they are averages: those lag
  /// behind the networks that fit_prior() follows, and the codes drift. `batch` gives x and mix of batch 0, 1, ... of
  /// `batches`. Call before saving.
  void fit_published_prior(std::int64_t batches,
                           const std::function<std::pair<at::Tensor, at::Tensor>(std::int64_t)>& batch);

  const ModelSpec& spec() const { return spec_; }
  const TrainOptions& options() const { return options_; }
  at::Device device() const { return device_; }
  const Processes& processes() const { return processes_; }
  Precision precision() const { return precision_; }

  /// The networks to sample with and to publish: averages where EMA is on.
  const Net& published(Role role) const;

  /// Every tensor that a checkpoint must hold, by name; writing into them restores the state.
  std::vector<std::pair<std::string, at::Tensor>> state() const;

 private:
  struct ReconstructionTerms {
    at::Tensor mse, loss;  ///< scalars over the whole batch; loss in nats per pixel
    at::Tensor gradient;   ///< [N, C, H, W], of loss
  };
  ReconstructionTerms reconstruction_terms(const at::Tensor& x, const at::Tensor& reconstruction) const;
  Losses seed_step(const at::Tensor& x, const StepNoise& noise, const Schedule& schedule);
  struct PixelGradients {
    at::Tensor likelihood;                     ///< [N, C, H, W], of the reconstruction: Gaussian and feature terms
    at::Tensor adversarial_on_reconstruction;  ///< [J, C, H, W], undefined when J = 0
    at::Tensor adversarial_on_sample;          ///< [S, C, H, W], undefined when S = 0
    at::Tensor adversarial_loss, feature_loss, mse;
  };
  /// Of the fakes of a pass, and of its reconstruction [N, C, H, W] (undefined without an encoder).
  PixelGradients pixel_gradients(const Pass& pass, const at::Tensor& reconstruction) const;
  Losses train_as_vae(Pass& pass, at::Tensor& decoder_gradient, at::Tensor& code_gradient);
  Losses train_with_discriminator(Pass& pass, at::Tensor& decoder_gradient, at::Tensor& code_gradient);
  /// As the discriminator sees it: rows first, first + 1, ... of the batch's augmentation.
  at::Tensor seen(const at::Tensor& pictures, const StepNoise& noise, std::int64_t first) const;
  at::Tensor balance(const at::Tensor& likelihood_gradient, const at::Tensor& adversarial_gradient);
  at::Tensor mean_over_processes(const at::Tensor& value) const;
  /// Codes [N, D] or their gradients with the details at 0.
  at::Tensor without_details(const at::Tensor& code) const;
  void observe(const at::Tensor& code, const at::Tensor& mix);
  /// Updates G and E by their gradients [P] of this process's rows, either of which may be undefined.
  void update_generator(const at::Tensor& decoder_gradient, const at::Tensor& encoder_gradient,
                        const Schedule& schedule);
  void average();
  void enter(Phase phase) const {
    if (clock_) clock_->enter(phase);
  }

  ModelSpec spec_;
  TrainOptions options_;
  at::Device device_;
  Net decoder_;
  std::optional<Net> encoder_, discriminator_, decoder_average_, encoder_average_;
  Adam decoder_adam_, encoder_adam_, discriminator_adam_;
  ClassPrior prior_;
  at::Tensor balance_;      ///< smoothed ratio of gradient norms, scalar
  at::Tensor average_age_;  ///< steps averaged, scalar
  Processes processes_;
  Precision precision_;
  PhaseClock* clock_ = nullptr;
};

}  // namespace avae
