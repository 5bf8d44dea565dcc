#include "native/train/avae.hpp"

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "native/train/augment.hpp"
#include "native/train/losses.hpp"
#include "shared/latent/latent.hpp"

namespace avae {
namespace {

using torch::autograd::grad;

/// Smoothing of the gradient-norm ratio, and its largest value.
constexpr double kBalanceMemory = 0.99;
constexpr double kBalanceLimit = 10.0;

at::Tensor detached_leaf(const at::Tensor& x) { return x.detach().requires_grad_(true); }

at::Tensor rows(const at::Tensor& x, std::int64_t first, std::int64_t count) {
  return x.defined() ? x.narrow(0, first, count) : x;
}

}  // namespace

StepNoise draw_noise(std::uint64_t seed, std::int64_t step, std::int64_t batch, const ModelSpec& spec,
                     at::Device device) {
  RandomBits bits(seed ^ (0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(step + 1)));
  auto generator = at::detail::createCPUGenerator(bits.next());
  StepNoise noise;
  noise.posterior = at::empty({batch, spec.code()}).normal_(0, 1, generator).to(device);
  at::Tensor prior = at::empty({batch, spec.latent}).normal_(0, 1, generator);
  at::Tensor switches = prior.narrow(1, spec.code(), spec.switches);
  switches.copy_(switches.ge(0).to(at::kFloat).mul_(2).sub_(1));
  noise.prior = prior.to(device);
  noise.class_kept = at::empty({batch, 1}).uniform_(0, 1, generator).ge(kHiddenClasses).to(at::kFloat).to(device);
  noise.augmentation = at::empty({batch, 4}).uniform_(0, 1, generator).to(device);
  return noise;
}

Avae::Avae(const ModelSpec& spec, const TrainOptions& options, at::Device device)
    : spec_(spec),
      options_(options),
      device_(device),
      decoder_(spec, Role::kDecoder, device, options.seed * 3 + 0, true),
      decoder_adam_(decoder_.weights(), options.adam),
      prior_(spec, device),
      balance_(at::ones({}, at::TensorOptions(device))),
      average_age_(at::zeros({}, at::TensorOptions(device))) {
  if (options.has_encoder()) {
    encoder_.emplace(spec, Role::kEncoder, device, options.seed * 3 + 1, true);
    encoder_adam_ = Adam(encoder_->weights(), options.adam);
  }
  if (options.objective != Objective::kVae) {
    discriminator_.emplace(spec, Role::kDiscriminator, device, options.seed * 3 + 2, true);
    discriminator_adam_ = Adam(discriminator_->weights(), options.adam);
  }
  if (options.ema_decay > 0) {
    decoder_average_.emplace(spec, Role::kDecoder, device, options.seed * 3 + 0, false);
    if (encoder_) encoder_average_.emplace(spec, Role::kEncoder, device, options.seed * 3 + 1, false);
  }
}

Posterior Avae::encode(const at::Tensor& x, const at::Tensor& mix) const {
  const std::vector<at::Tensor> halves = encoder_->forward(x, mix).chunk(2, 1);
  return {halves[0], halves[1]};
}

at::Tensor Avae::reparameterize(const Posterior& posterior, const at::Tensor& noise) {
  return posterior.mean + (posterior.log_variance * 0.5).exp() * noise;
}

at::Tensor Avae::decode(const at::Tensor& z, const at::Tensor& mix) const {
  return decoder_.forward(z, mix, nullptr, decoder_.after_prior());
}

at::Tensor Avae::discriminate(const at::Tensor& x, const at::Tensor& mix, Net::Taps* taps) const {
  return projection_logit(discriminator_->forward(x, mix, taps), mix);
}

Avae::ReconstructionTerms Avae::reconstruction_terms(const at::Tensor& x, const at::Tensor& reconstruction) const {
  const at::Tensor mse = (x - reconstruction).square().mean();
  const at::Tensor variance = options_.sigma > 0
                                  ? at::full({}, options_.sigma * options_.sigma, mse.options().requires_grad(false))
                                  : mse.detach().clamp_min(1e-4);
  return {mse, gaussian_nll(mse, variance)};
}

at::Tensor Avae::seen(const at::Tensor& pictures, const StepNoise& noise, std::int64_t first) const {
  return options_.augment ? augment(pictures, rows(noise.augmentation, first, pictures.size(0))) : pictures;
}

void Avae::discriminator_step(const at::Tensor& x, const at::Tensor& fakes, const at::Tensor& mix,
                              const StepNoise& noise, const Schedule& schedule, Losses& losses) {
  const std::int64_t n = x.size(0);
  at::Tensor input =
      at::cat({seen(x, noise, 0), seen(fakes.detach(), noise, 0)}).contiguous(at::MemoryFormat::ChannelsLast);
  const bool penalise = schedule.penalise && options_.adversarial == Adversarial::kRelativistic;
  if (penalise) input.requires_grad_(true);
  const at::Tensor logits = discriminate(input, mix.defined() ? mix.repeat({2, 1}) : mix);
  const at::Tensor real = logits.narrow(0, 0, n);
  const at::Tensor fake = logits.narrow(0, n, n);
  at::Tensor loss =
      options_.adversarial == Adversarial::kBce ? -textbook_value(real, fake) : relativistic_loss(real, fake);
  losses.emplace_back("discriminator", loss.detach());
  losses.emplace_back("margin", (real.mean() - fake.mean()).detach());
  if (penalise) {
    const at::Tensor slope = grad({logits.sum()}, {input}, {}, true, true)[0];
    const at::Tensor penalty = slope.square().sum() / n;
    losses.emplace_back("penalty", penalty.detach());
    loss = loss + 0.5 * options_.gamma * options_.penalty_every * penalty;
  }
  const auto gradients = grad({loss}, discriminator_->parameters());
  discriminator_adam_.step(Net::flatten(gradients), schedule.learning_rate);
}

Avae::PixelGradients Avae::pixel_gradients(const at::Tensor& x, const at::Tensor& reconstruction,
                                           const at::Tensor& sample, const at::Tensor& mix,
                                           const StepNoise& noise) const {
  const std::int64_t n = x.size(0), samples = sample.defined() ? sample.size(0) : 0, judged = n - samples;
  const bool features = reconstruction.defined() && options_.feature_weight > 0;
  // Half of the reconstructions have their features compared, whichever of them play the game.
  const std::int64_t compared = features ? n / 2 : 0, wanted = std::max(judged, compared);
  Net::Taps real_taps, fake_taps;
  at::Tensor real;
  {
    const c10::NoGradGuard no_grad;
    real = discriminate(seen(x, noise, 0), mix, features ? &real_taps : nullptr);
  }
  // Pictures first, first + 1, ... against their fakes; the two kinds of fakes add up to one mean.
  const auto fooling = [&](const at::Tensor& fake, std::int64_t first) {
    const at::Tensor loss = options_.adversarial == Adversarial::kBce
                                ? textbook_value({}, fake)
                                : relativistic_loss(fake, real.narrow(0, first, fake.size(0)));
    return loss * (static_cast<double>(fake.size(0)) / static_cast<double>(n));
  };
  PixelGradients result;
  result.adversarial_loss = at::zeros({}, x.options());
  if (samples > 0) {
    const at::Tensor leaf = detached_leaf(sample);
    const at::Tensor loss = fooling(discriminate(seen(leaf, noise, judged), rows(mix, judged, samples)), judged);
    result.adversarial_loss = result.adversarial_loss + loss.detach();
    result.adversarial_on_sample = grad({loss}, {leaf})[0];
  }
  if (!reconstruction.defined()) return result;

  const at::Tensor whole = detached_leaf(reconstruction);
  result.likelihood = grad({reconstruction_terms(x, whole).loss}, {whole})[0];
  result.adversarial_on_reconstruction = at::zeros_like(reconstruction);
  if (wanted == 0) return result;
  const at::Tensor leaf = detached_leaf(reconstruction.narrow(0, 0, wanted));
  const at::Tensor logits = discriminate(seen(leaf, noise, 0), rows(mix, 0, wanted), features ? &fake_taps : nullptr);
  if (judged > 0) {
    const at::Tensor loss = fooling(logits, 0);
    result.adversarial_loss = result.adversarial_loss + loss.detach();
    result.adversarial_on_reconstruction.narrow(0, 0, judged).copy_(grad({loss}, {leaf}, {}, features)[0]);
  }
  if (features) {
    for (Net::Taps* taps : {&real_taps, &fake_taps})
      for (at::Tensor& tap : *taps) tap = tap.narrow(0, 0, compared);
    const at::Tensor loss = feature_loss(discriminator_->layers(), real_taps, fake_taps);
    result.feature_loss = loss.detach();
    result.likelihood.narrow(0, 0, wanted).add_(grad({loss}, {leaf})[0], options_.feature_weight);
  }
  return result;
}

at::Tensor Avae::balance(const at::Tensor& likelihood_norm, const at::Tensor& adversarial_norm) {
  const at::NoGradGuard no_grad;
  const at::Tensor ratio = (likelihood_norm / (adversarial_norm + 1e-8)).clamp(0, kBalanceLimit);
  balance_.mul_(kBalanceMemory).add_(ratio, 1 - kBalanceMemory);
  return balance_ * options_.adversarial_weight;
}

Losses Avae::train_step(const at::Tensor& x, const at::Tensor& mix, const StepNoise& noise, const Schedule& schedule) {
  if (options_.objective == Objective::kSeed) return seed_step(x, noise, schedule);
  Losses losses;
  Posterior posterior;
  at::Tensor drawn, z, reconstruction;
  if (encoder_) {
    posterior = encode(x, mix.defined() ? mix * noise.class_kept : mix);
    drawn = reparameterize(posterior, noise.posterior);
    z = detached_leaf(drawn);
    reconstruction = decode(z, mix);
    if (spec_.prior == Prior::kClassGaussian) prior_.observe(drawn.detach(), mix);
  }

  at::Tensor decoder_gradient, z_gradient;
  if (!options_.adversarial_terms() || !schedule.adversarial) {
    const ReconstructionTerms terms = reconstruction_terms(x, reconstruction);
    std::vector<at::Tensor> inputs = decoder_.parameters();
    inputs.push_back(z);
    std::vector<at::Tensor> gradients = grad({terms.loss}, inputs);
    z_gradient = gradients.back();
    gradients.pop_back();
    decoder_gradient = Net::flatten(gradients);
    losses.emplace_back("mse", terms.mse.detach());
    losses.emplace_back("nll", terms.loss.detach());
  } else {
    // Each picture is paired with one fake of its class: reconstructions come first, samples from the prior behind
    // them.
    const std::int64_t n = x.size(0);
    const std::int64_t judged = !encoder_ || options_.fakes == Fakes::kPrior ? 0
                                : options_.fakes == Fakes::kReconstruction   ? n
                                                                             : n / 2;
    std::vector<at::Tensor> fakes, outputs;
    at::Tensor sample;
    if (judged > 0) fakes.push_back(reconstruction.narrow(0, 0, judged));
    if (encoder_) outputs.push_back(reconstruction);
    if (judged < n) {
      const at::Tensor sample_mix = rows(mix, judged, n - judged);
      sample = decode(decoder_.prior_code(rows(noise.prior, judged, n - judged), sample_mix), sample_mix);
      fakes.push_back(sample);
      outputs.push_back(sample);
    }
    discriminator_step(x, at::cat(fakes), mix, noise, schedule, losses);
    const PixelGradients pixel = pixel_gradients(x, reconstruction, sample, mix, noise);
    losses.emplace_back("adversarial", pixel.adversarial_loss);
    // What flows into the outputs from `likelihood` (undefined: nothing) and the adversarial part times `weight`.
    const auto into_outputs = [&](const at::Tensor& likelihood, const at::Tensor& weight) {
      std::vector<at::Tensor> gradients;
      if (encoder_) {
        const at::Tensor adversarial = weight * pixel.adversarial_on_reconstruction;
        gradients.push_back(likelihood.defined() ? likelihood + adversarial : adversarial);
      }
      if (sample.defined()) gradients.push_back(weight * pixel.adversarial_on_sample);
      return gradients;
    };
    const at::Tensor one = at::ones({}, x.options());
    if (!encoder_) {
      decoder_gradient = Net::flatten(grad(outputs, decoder_.parameters(), into_outputs({}, one)));
    } else {
      // The encoder learns from the likelihood alone: its gradient is taken before the adversarial part joins.
      z_gradient = grad({reconstruction}, {z}, {pixel.likelihood}, true)[0];
      at::Tensor weight = one * options_.adversarial_weight;
      if (options_.balanced) {
        const std::vector<at::Tensor> last{decoder_.parameters()[decoder_.parameters().size() - 2]};
        weight = balance(grad({reconstruction}, last, {pixel.likelihood}, true)[0].norm(),
                         grad(outputs, last, into_outputs({}, one), true)[0].norm());
      }
      decoder_gradient = Net::flatten(grad(outputs, decoder_.parameters(), into_outputs(pixel.likelihood, weight)));
      losses.emplace_back("adversarial_weight", weight);
      losses.emplace_back("mse", (x - reconstruction).square().mean().detach());
      if (pixel.feature_loss.defined()) losses.emplace_back("feature", pixel.feature_loss);
    }
  }

  if (encoder_) {
    const at::Tensor divergence = kl_to_standard(posterior.mean, posterior.log_variance);
    losses.emplace_back("kl", divergence.detach());
    const at::Tensor term = divergence * (schedule.beta / spec_.pixels());
    const auto gradients = grad({term, drawn}, encoder_->parameters(), {at::ones_like(term), z_gradient});
    encoder_adam_.step(Net::flatten(gradients), schedule.learning_rate);
  }
  decoder_adam_.step(decoder_gradient, schedule.learning_rate);
  average();
  return losses;
}

Losses Avae::seed_step(const at::Tensor& x, const StepNoise& noise, const Schedule& schedule) {
  const Posterior posterior = encode(x, {});
  const at::Tensor reconstruction = decode(reparameterize(posterior, noise.posterior), {});
  const SeedLoss vae = seed_vae_loss(x, reconstruction, posterior.mean, posterior.log_variance, schedule.beta);
  const at::Tensor fake = options_.fakes == Fakes::kPrior ? decode(noise.prior, {}) : reconstruction;

  const at::Tensor value = textbook_value(discriminate(x, {}), discriminate(fake.detach(), {}));
  discriminator_adam_.step(Net::flatten(grad({-value}, discriminator_->parameters())), schedule.learning_rate);

  const at::Tensor adversarial = textbook_value({}, discriminate(fake, {}));
  std::vector<at::Tensor> inputs = decoder_.parameters();
  inputs.insert(inputs.end(), encoder_->parameters().begin(), encoder_->parameters().end());
  const auto gradients = grad({vae.loss + adversarial}, inputs);
  const auto split = gradients.begin() + static_cast<std::ptrdiff_t>(decoder_.parameters().size());
  decoder_adam_.step(Net::flatten({gradients.begin(), split}), schedule.learning_rate);
  encoder_adam_.step(Net::flatten({split, gradients.end()}), schedule.learning_rate);
  average();
  return {{"bce", vae.reconstruction.detach()},
          {"kl", vae.kl.detach()},
          {"vae", vae.loss.detach()},
          {"discriminator", -value.detach()},
          {"adversarial", adversarial.detach()}};
}

void Avae::average() {
  if (!decoder_average_) return;
  const at::NoGradGuard no_grad;
  average_age_ += 1;
  // Ramp: the average of the first steps forgets quickly.
  const at::Tensor weight = 1 - ((average_age_ + 1) / (average_age_ + 10)).clamp_max(options_.ema_decay);
  at::Tensor(decoder_average_->weights()).lerp_(decoder_.weights(), weight);
  if (encoder_) at::Tensor(encoder_average_->weights()).lerp_(encoder_->weights(), weight);
}

void Avae::fit_prior() {
  if (spec_.prior != Prior::kClassGaussian) return;
  prior_.fit(decoder_.buffers().at("prior.mean"), decoder_.buffers().at("prior.scale"));
  if (!decoder_average_) return;
  for (auto& [name, tensor] : decoder_average_->buffers()) tensor.copy_(decoder_.buffers().at(name));
}

void Avae::fit_published_prior(std::int64_t batches,
                               const std::function<std::pair<at::Tensor, at::Tensor>(std::int64_t)>& batch) {
  if (spec_.prior != Prior::kClassGaussian || !decoder_average_ || !encoder_average_) return;
  constexpr int kSteps = 16;
  const at::NoGradGuard no_grad;
  auto generator = at::detail::createCPUGenerator(options_.seed);
  ClassPrior prior(spec_, device_);
  for (std::int64_t i = 0; i < batches; ++i) {
    const auto [x, mix] = batch(i);
    const std::vector<at::Tensor> halves = encoder_average_->forward(x, mix).chunk(2, 1);
    const at::Tensor noise = at::empty({x.size(0), spec_.code()}).normal_(0, 1, generator).to(device_);
    prior.observe(reparameterize({halves[0], halves[1]}, noise), mix);
  }
  prior.fit(decoder_average_->buffers().at("prior.mean"), decoder_average_->buffers().at("prior.scale"), kSteps);
}

const Net& Avae::published(Role role) const {
  if (role == Role::kDecoder) return decoder_average_ ? *decoder_average_ : decoder_;
  if (role == Role::kEncoder) return encoder_average_ ? *encoder_average_ : *encoder_;
  return *discriminator_;
}

std::vector<std::pair<std::string, at::Tensor>> Avae::state() const {
  std::vector<std::pair<std::string, at::Tensor>> state;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    if (tensor.defined()) state.emplace_back(name, tensor);
  };
  const auto add_adam = [&](const std::string& name, const Adam& adam) {
    add(name + ".adam.mean", adam.mean);
    add(name + ".adam.square", adam.square);
    add(name + ".adam.steps", adam.steps);
  };
  add("decoder.weights", decoder_.weights());
  add_adam("decoder", decoder_adam_);
  for (const auto& [name, tensor] : decoder_.buffers()) add("decoder." + name, tensor);
  if (encoder_) add("encoder.weights", encoder_->weights());
  if (encoder_) add_adam("encoder", encoder_adam_);
  if (discriminator_) add("discriminator.weights", discriminator_->weights());
  if (discriminator_) add_adam("discriminator", discriminator_adam_);
  if (decoder_average_) {
    add("decoder.average", decoder_average_->weights());
    for (const auto& [name, tensor] : decoder_average_->buffers()) add("decoder.average." + name, tensor);
  }
  if (encoder_average_) add("encoder.average", encoder_average_->weights());
  if (spec_.prior == Prior::kClassGaussian) {
    add("prior.memory", prior_.memory);
    add("prior.labels", prior_.labels);
    add("prior.next", prior_.next);
    add("prior.settled", prior_.settled);
  }
  add("balance", balance_);
  add("average.age", average_age_);
  return state;
}

}  // namespace avae
