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

/// Makes the encoder say mean 0 and log variance 0 for the last `details` coordinates of the code.
void leave_to_chance(const Net& encoder, std::int64_t details) {
  const at::NoGradGuard no_grad;
  const auto& parameters = encoder.parameters();
  for (const at::Tensor& head : {parameters[parameters.size() - 2], parameters.back()})  // weight and bias
    for (const at::Tensor& half : head.chunk(2, 0)) half.narrow(0, half.size(0) - details, details).zero_();
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

Avae::Avae(const ModelSpec& spec, const TrainOptions& options, at::Device device, Processes processes,
           Precision precision)
    : spec_(spec),
      options_(options),
      device_(device),
      decoder_(spec, Role::kDecoder, device, options.seed * 3 + 0, true),
      decoder_adam_(decoder_.weights(), options.adam),
      prior_(spec, device),
      balance_(at::ones({}, at::TensorOptions(device))),
      average_age_(at::zeros({}, at::TensorOptions(device))),
      processes_(std::move(processes)),
      precision_(precision) {
  if (options.has_encoder()) {
    encoder_.emplace(spec, Role::kEncoder, device, options.seed * 3 + 1, true);
    // With no weights and no gradient, the details' posterior stays N(0, 1).
    if (options.details > 0) leave_to_chance(*encoder_, options.details);
    encoder_adam_ = Adam(encoder_->weights(), options.adam);
  }
  if (options.objective != Objective::kVae) {
    discriminator_.emplace(spec, Role::kDiscriminator, device, options.seed * 3 + 2, true);
    discriminator_adam_ = Adam(discriminator_->weights(), options.adam);
  }
  if (options.ema_decay > 0) {
    decoder_average_.emplace(spec, Role::kDecoder, device, options.seed * 3 + 0, false);
    if (encoder_) encoder_average_.emplace(spec, Role::kEncoder, device, options.seed * 3 + 1, false);
    if (encoder_ && options.details > 0) leave_to_chance(*encoder_average_, options.details);
  }
}

Posterior Avae::encode(const at::Tensor& x, const at::Tensor& mix) const {
  const AutocastScope autocast(precision_, device_);
  const std::vector<at::Tensor> halves = encoder_->forward(x, mix).to(at::kFloat).chunk(2, 1);
  return {halves[0], halves[1]};
}

at::Tensor Avae::reparameterize(const Posterior& posterior, const at::Tensor& noise) {
  return posterior.mean + (posterior.log_variance * 0.5).exp() * noise;
}

at::Tensor Avae::decode(const at::Tensor& z, const at::Tensor& mix) const {
  const AutocastScope autocast(precision_, device_);
  return decoder_.forward(z, mix, nullptr, decoder_.after_prior()).to(at::kFloat);
}

at::Tensor Avae::discriminate(const at::Tensor& x, const at::Tensor& mix, Net::Taps* taps) const {
  const auto out = [&] {
    const AutocastScope autocast(precision_, device_);
    return discriminator_->forward(x, mix, taps).to(at::kFloat);
  };
  return projection_logit(out(), mix);
}

at::Tensor Avae::mean_over_processes(const at::Tensor& value) const {
  if (processes_.alone()) return value;
  at::Tensor result = value.detach().clone();
  processes_.mean(result);
  return result;
}

Avae::ReconstructionTerms Avae::reconstruction_terms(const at::Tensor& x, const at::Tensor& reconstruction) const {
  const at::NoGradGuard no_grad;
  const at::Tensor error = reconstruction - x;
  const at::Tensor mse = mean_over_processes(error.square().mean());
  const at::Tensor variance =
      options_.sigma > 0 ? at::full({}, options_.sigma * options_.sigma, mse.options()) : mse.clamp_min(1e-4);
  return {mse, gaussian_nll(mse, variance), error / (variance * static_cast<double>(error.numel()))};
}

at::Tensor Avae::seen(const at::Tensor& pictures, const StepNoise& noise, std::int64_t first) const {
  return options_.augment ? augment(pictures, rows(noise.augmentation, first, pictures.size(0))) : pictures;
}

void Avae::observe(const at::Tensor& code, const at::Tensor& mix) {
  if (spec_.prior != Prior::kClassGaussian) return;
  if (processes_.alone()) return prior_.observe(code, mix);
  const at::Tensor all = processes_.gather(mix.defined() ? at::cat({code, mix}, 1) : code);
  prior_.observe(all.narrow(1, 0, code.size(1)),
                 mix.defined() ? all.narrow(1, code.size(1), mix.size(1)) : at::Tensor());
}

at::Tensor Avae::without_details(const at::Tensor& code) const {
  if (options_.details == 0) return code;
  const std::int64_t told = code.size(1) - options_.details;
  return at::cat({code.narrow(1, 0, told), at::zeros_like(code.narrow(1, told, options_.details))}, 1);
}

Losses Avae::train_step(const at::Tensor& x, const at::Tensor& mix, const StepNoise& noise, const Schedule& schedule) {
  if (options_.objective == Objective::kSeed) return seed_step(x, noise, schedule);
  Pass pass;
  pass.x = x;
  pass.mix = mix;
  pass.noise = noise;
  pass.schedule = schedule;
  generate(pass);
  Losses losses;
  if (plays(schedule)) losses = train_discriminator(pass);
  const Losses others = train_generator(pass);
  losses.insert(losses.end(), others.begin(), others.end());
  return losses;
}

void Avae::generate(Pass& pass) {
  enter(Phase::kGenerator);
  // Nothing of an earlier pass may keep its autograd graph alive, which remembers the stream it was made on.
  pass.posterior = {};
  pass.code = pass.judged_code = pass.rest_code = pass.judged = pass.rest = pass.fakes = at::Tensor();
  const std::int64_t n = pass.x.size(0);
  const bool plays_now = plays(pass.schedule);
  // Each picture is paired with one fake of its class: reconstructions come first, samples from the prior behind them.
  const std::int64_t reconstructed = !encoder_                                                ? 0
                                     : !plays_now || options_.fakes == Fakes::kReconstruction ? n
                                     : options_.fakes == Fakes::kPrior                        ? 0
                                                                                              : n / 2;
  // With details, what the discriminator sees of a code is not what the likelihood sees.
  const bool apart = plays_now && options_.details > 0;
  const std::int64_t judged = apart ? 0 : reconstructed, samples = n - judged;
  if (encoder_) {
    pass.posterior = encode(pass.x, pass.mix.defined() ? pass.mix * pass.noise.class_kept : pass.mix);
    pass.code = reparameterize(pass.posterior, pass.noise.posterior);
    observe(pass.code.detach(), pass.mix);
  }
  // Codes whose adversarial gradient must not reach E go through G apart from the others.
  if (judged > 0) {
    pass.judged_code = detached_leaf(without_details(pass.code.narrow(0, 0, judged)));
    pass.judged = decode(pass.judged_code, rows(pass.mix, 0, judged));
  }
  if (samples > 0) {
    const at::Tensor mix = rows(pass.mix, judged, samples);
    at::Tensor codes = decoder_.prior_code(rows(pass.noise.prior, judged, samples), mix);
    if (apart)
      codes = at::cat({pass.code.detach().narrow(0, 0, reconstructed), rows(codes, reconstructed, n - reconstructed)});
    if (encoder_) codes = at::cat({without_details(pass.code.detach().narrow(0, judged, samples)), codes});
    pass.rest_code = detached_leaf(codes);
    pass.rest = decode(pass.rest_code, encoder_ && mix.defined() ? mix.repeat({2, 1}) : mix);
  }
  if (!plays_now) return;
  std::vector<at::Tensor> fakes;
  if (judged > 0) fakes.push_back(pass.judged.detach());
  if (samples > 0) fakes.push_back(pass.rest.detach().narrow(0, pass.rest.size(0) - samples, samples));
  pass.fakes = at::cat(fakes);
}

Losses Avae::train_discriminator(const Pass& pass) {
  enter(Phase::kDiscriminator);
  const std::int64_t n = pass.x.size(0);
  at::Tensor input = at::cat({seen(pass.x, pass.noise, 0), seen(pass.fakes, pass.noise, 0)})
                         .contiguous(at::MemoryFormat::ChannelsLast);
  const bool penalise = pass.schedule.penalise && options_.adversarial == Adversarial::kRelativistic;
  if (penalise) input.requires_grad_(true);
  const at::Tensor logits = discriminate(input, pass.mix.defined() ? pass.mix.repeat({2, 1}) : pass.mix);
  const at::Tensor real = logits.narrow(0, 0, n);
  const at::Tensor fake = logits.narrow(0, n, n);
  at::Tensor loss =
      options_.adversarial == Adversarial::kBce ? -textbook_value(real, fake) : relativistic_loss(real, fake);
  Losses losses{{"discriminator", loss.detach()}, {"margin", (real.mean() - fake.mean()).detach()}};
  if (penalise) {
    const at::Tensor slope = grad({logits.sum()}, {input}, {}, true, true)[0];
    const at::Tensor penalty = slope.square().sum() / n;
    losses.emplace_back("penalty", penalty.detach());
    loss = loss + 0.5 * options_.gamma * options_.penalty_every * penalty;
  }
  const at::Tensor gradient = Net::flatten(grad({loss}, discriminator_->parameters()));
  processes_.mean(gradient);
  enter(Phase::kOptimiser);
  discriminator_adam_.step(gradient, pass.schedule.learning_rate);
  enter(Phase::kGenerator);
  return losses;
}

Avae::PixelGradients Avae::pixel_gradients(const Pass& pass, const at::Tensor& reconstruction) const {
  const std::int64_t n = pass.x.size(0), judged = pass.judged.defined() ? pass.judged.size(0) : 0, samples = n - judged;
  const bool features = reconstruction.defined() && options_.feature_weight > 0;
  // Half of the reconstructions have their features compared, whichever of them play the game.
  const std::int64_t compared = features ? n / 2 : 0, wanted = std::max(judged, compared);
  Net::Taps real_taps, fake_taps;
  at::Tensor real;
  {
    const c10::NoGradGuard no_grad;
    real = discriminate(seen(pass.x, pass.noise, 0), pass.mix, features ? &real_taps : nullptr);
  }
  // Pictures first, first + 1, ... against their fakes; the two kinds of fakes add up to one mean.
  const auto fooling = [&](const at::Tensor& fake, std::int64_t first) {
    const at::Tensor loss = options_.adversarial == Adversarial::kBce
                                ? textbook_value({}, fake)
                                : relativistic_loss(fake, real.narrow(0, first, fake.size(0)));
    return loss * (static_cast<double>(fake.size(0)) / static_cast<double>(n));
  };
  PixelGradients result;
  result.adversarial_loss = at::zeros({}, pass.x.options());
  if (samples > 0) {
    const at::Tensor leaf = detached_leaf(pass.fakes.narrow(0, judged, samples));
    const at::Tensor loss =
        fooling(discriminate(seen(leaf, pass.noise, judged), rows(pass.mix, judged, samples)), judged);
    result.adversarial_loss = result.adversarial_loss + loss.detach();
    result.adversarial_on_sample = grad({loss}, {leaf})[0];
  }
  if (!reconstruction.defined()) return result;

  const ReconstructionTerms terms = reconstruction_terms(pass.x, reconstruction);
  result.mse = terms.mse;
  result.likelihood = terms.gradient;
  if (wanted == 0) return result;
  const at::Tensor leaf = detached_leaf(reconstruction.narrow(0, 0, wanted));
  const at::Tensor logits =
      discriminate(seen(leaf, pass.noise, 0), rows(pass.mix, 0, wanted), features ? &fake_taps : nullptr);
  if (judged > 0) {
    const at::Tensor loss = fooling(logits.narrow(0, 0, judged), 0);
    result.adversarial_loss = result.adversarial_loss + loss.detach();
    result.adversarial_on_reconstruction = grad({loss}, {leaf}, {}, features)[0].narrow(0, 0, judged);
  }
  if (features) {
    for (Net::Taps* taps : {&real_taps, &fake_taps})
      for (at::Tensor& tap : *taps) tap = tap.narrow(0, 0, compared);
    const std::vector<Layer>& layers = discriminator_->layers();
    const at::Tensor loss =
        feature_loss(layers, real_taps, fake_taps, mean_over_processes(feature_scales(layers, real_taps)));
    result.feature_loss = loss.detach();
    result.likelihood.narrow(0, 0, wanted).add_(grad({loss}, {leaf})[0], options_.feature_weight);
  }
  return result;
}

at::Tensor Avae::balance(const at::Tensor& likelihood_gradient, const at::Tensor& adversarial_gradient) {
  const at::NoGradGuard no_grad;
  const at::Tensor both = mean_over_processes(at::stack({likelihood_gradient, adversarial_gradient}));
  const at::Tensor ratio = (both[0].norm() / (both[1].norm() + 1e-8)).clamp(0, kBalanceLimit);
  balance_.mul_(kBalanceMemory).add_(ratio, 1 - kBalanceMemory);
  return balance_ * options_.adversarial_weight;
}

Losses Avae::train_as_vae(Pass& pass, at::Tensor& decoder_gradient, at::Tensor& code_gradient) {
  const ReconstructionTerms terms = reconstruction_terms(pass.x, pass.judged.detach());
  std::vector<at::Tensor> inputs = decoder_.parameters();
  inputs.push_back(pass.judged_code);
  std::vector<at::Tensor> gradients = grad({pass.judged}, inputs, {terms.gradient});
  code_gradient = gradients.back();
  gradients.pop_back();
  decoder_gradient = Net::flatten(gradients);
  return {{"mse", terms.mse}, {"nll", terms.loss}};
}

Losses Avae::train_with_discriminator(Pass& pass, at::Tensor& decoder_gradient, at::Tensor& code_gradient) {
  const std::int64_t n = pass.x.size(0), judged = pass.judged.defined() ? pass.judged.size(0) : 0, samples = n - judged;
  std::vector<at::Tensor> reconstructions, outputs;
  if (judged > 0) outputs.push_back(pass.judged), reconstructions.push_back(pass.judged.detach());
  if (samples > 0) outputs.push_back(pass.rest);
  if (samples > 0 && encoder_) reconstructions.push_back(pass.rest.detach().narrow(0, 0, samples));
  const PixelGradients pixel = pixel_gradients(pass, encoder_ ? at::cat(reconstructions) : at::Tensor());
  Losses losses{{"adversarial", pixel.adversarial_loss}};
  if (!encoder_) {
    decoder_gradient = Net::flatten(grad(outputs, decoder_.parameters(), {pixel.adversarial_on_sample}));
    return losses;
  }
  // What flows into the outputs from each part. In the rest, reconstructions have no adversarial part and samples no
  // likelihood.
  std::vector<at::Tensor> likelihood, adversarial;
  if (judged > 0) {
    likelihood.push_back(pixel.likelihood.narrow(0, 0, judged));
    adversarial.push_back(pixel.adversarial_on_reconstruction);
  }
  if (samples > 0) {
    const at::Tensor nothing = at::zeros_like(pixel.adversarial_on_sample);
    likelihood.push_back(at::cat({pixel.likelihood.narrow(0, judged, samples), nothing}));
    adversarial.push_back(at::cat({nothing, pixel.adversarial_on_sample}));
  }
  at::Tensor weight = at::full({}, options_.adversarial_weight, pass.x.options());
  if (options_.balanced) {
    const std::vector<at::Tensor> last{decoder_.parameters()[decoder_.parameters().size() - 2]};
    const at::Tensor by_likelihood = grad(outputs, last, likelihood, true)[0];
    weight = balance(by_likelihood, grad(outputs, last, adversarial, true)[0]);
  }
  // The encoder learns from the likelihood alone: its gradient is taken before the adversarial part joins. The rest's
  // has none, so that one pass gives it and the weights'.
  std::vector<at::Tensor> code_gradients, inputs = decoder_.parameters(), flow;
  if (judged > 0) code_gradients.push_back(grad({pass.judged}, {pass.judged_code}, {likelihood[0]}, true)[0]);
  for (std::size_t i = 0; i < outputs.size(); ++i) flow.push_back(likelihood[i] + weight * adversarial[i]);
  if (samples > 0) inputs.push_back(pass.rest_code);
  std::vector<at::Tensor> gradients = grad(outputs, inputs, flow);
  if (samples > 0) {
    code_gradients.push_back(gradients.back().narrow(0, 0, samples));
    gradients.pop_back();
  }
  code_gradient = at::cat(code_gradients);
  decoder_gradient = Net::flatten(gradients);
  losses.emplace_back("adversarial_weight", weight);
  losses.emplace_back("mse", pixel.mse);
  if (pixel.feature_loss.defined()) losses.emplace_back("feature", pixel.feature_loss);
  return losses;
}

Losses Avae::train_generator(Pass& pass) {
  enter(Phase::kGenerator);
  at::Tensor decoder_gradient, encoder_gradient, code_gradient;
  Losses losses = plays(pass.schedule) ? train_with_discriminator(pass, decoder_gradient, code_gradient)
                                       : train_as_vae(pass, decoder_gradient, code_gradient);
  if (encoder_) {
    const at::Tensor divergence = kl_to_standard(pass.posterior.mean, pass.posterior.log_variance);
    losses.emplace_back("kl", divergence.detach());
    const at::Tensor share = (pass.schedule.beta / static_cast<double>(spec_.pixels())).to(divergence.scalar_type());
    encoder_gradient =
        Net::flatten(grad({divergence, pass.code}, encoder_->parameters(), {share, without_details(code_gradient)}));
  }
  update_generator(decoder_gradient, encoder_gradient, pass.schedule);
  return losses;
}

Losses Avae::seed_step(const at::Tensor& x, const StepNoise& noise, const Schedule& schedule) {
  enter(Phase::kGenerator);
  const Posterior posterior = encode(x, {});
  const at::Tensor reconstruction = decode(reparameterize(posterior, noise.posterior), {});
  const SeedLoss vae =
      seed_vae_loss(x, reconstruction, posterior.mean, posterior.log_variance, schedule.beta.to(x.scalar_type()));
  const at::Tensor fake = options_.fakes == Fakes::kPrior ? decode(noise.prior, {}) : reconstruction;

  enter(Phase::kDiscriminator);
  const at::Tensor value = textbook_value(discriminate(x, {}), discriminate(fake.detach(), {}));
  const at::Tensor gradient = Net::flatten(grad({-value}, discriminator_->parameters()));
  processes_.mean(gradient);
  enter(Phase::kOptimiser);
  discriminator_adam_.step(gradient, schedule.learning_rate);

  enter(Phase::kGenerator);
  const at::Tensor adversarial = textbook_value({}, discriminate(fake, {}));
  std::vector<at::Tensor> inputs = decoder_.parameters();
  inputs.insert(inputs.end(), encoder_->parameters().begin(), encoder_->parameters().end());
  const auto gradients = grad({vae.loss + adversarial}, inputs);
  const auto split = gradients.begin() + static_cast<std::ptrdiff_t>(decoder_.parameters().size());
  update_generator(Net::flatten({gradients.begin(), split}), Net::flatten({split, gradients.end()}), schedule);
  return {{"bce", vae.reconstruction.detach()},
          {"kl", vae.kl.detach()},
          {"vae", vae.loss.detach()},
          {"discriminator", -value.detach()},
          {"adversarial", adversarial.detach()}};
}

void Avae::update_generator(const at::Tensor& decoder_gradient, const at::Tensor& encoder_gradient,
                            const Schedule& schedule) {
  std::vector<at::Tensor> parts{decoder_gradient};
  if (encoder_gradient.defined()) parts.push_back(encoder_gradient);
  if (!processes_.alone()) {
    const at::Tensor both = at::cat(parts);
    processes_.mean(both);
    std::int64_t first = 0;
    for (at::Tensor& part : parts) {
      part = both.narrow(0, first, part.size(0));
      first += part.size(0);
    }
  }
  enter(Phase::kOptimiser);
  decoder_adam_.step(parts[0], schedule.learning_rate);
  if (parts.size() > 1) encoder_adam_.step(parts[1], schedule.learning_rate);
  enter(Phase::kAverage);
  average();
  enter(Phase::kOther);
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
  // Other processes saw the same, but may have other processors.
  for (auto& [name, tensor] : decoder_.buffers()) processes_.broadcast(tensor);
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
