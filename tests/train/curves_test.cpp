// Ten training steps of each objective against the naive reference.
#include <algorithm>
#include <cmath>

#include "tests/train/catch.hpp"
#include "tests/train/reference.hpp"
#include "tests/train/reference_prior.hpp"
#include "tests/train/tolerance.hpp"

namespace avae::test {
namespace {

constexpr int kSteps = 10;
constexpr int kBatch = 8;
constexpr double kRate = 5e-4;
/// The prior is fitted once in between, so that the steps behind it sample from a Gaussian that is not standard.
constexpr int kFitAfter = 5;

using Curve = std::vector<std::map<std::string, double>>;

struct Batch {
  Tensor x, mix;
};

/// Smooth pictures well inside (0, 1), all classes.
Batch batch_of(const ModelSpec& spec, int step) {
  torch::Generator generator = at::detail::createCPUGenerator(100 + static_cast<std::uint64_t>(step));
  const Tensor coarse = torch::rand({kBatch, spec.channels, 7, 7}, generator);
  Batch batch{torch::upsample_nearest2d(coarse, {spec.height, spec.width}) * 0.5 + 0.25, {}};
  if (spec.classes > 0)
    batch.mix = torch::one_hot(torch::arange(kBatch) % spec.classes, spec.classes).to(torch::kFloat);
  return batch;
}

Schedule schedule_at(int step, const TrainOptions& options) {
  Schedule schedule;
  schedule.learning_rate = torch::full({}, kRate, torch::kDouble);
  schedule.beta = torch::full({}, 0.1 * (step + 1), torch::kDouble);
  // The avae warms up for two steps.
  schedule.adversarial = options.objective != Objective::kAvae || step >= 2;
  schedule.penalise = step % options.penalty_every == 0;
  return schedule;
}

Curve trainer_curve(Avae& model) {
  Curve curve;
  for (int step = 0; step < kSteps; ++step) {
    const Batch batch = batch_of(model.spec(), step);
    const StepNoise noise = draw_noise(model.options().seed, step, kBatch, model.spec(), torch::kCPU);
    std::map<std::string, double> losses;
    for (const auto& [name, value] : model.train_step(batch.x, batch.mix, noise, schedule_at(step, model.options())))
      losses[name] = value.item<double>();
    curve.push_back(losses);
    if (step == kFitAfter) model.fit_prior();
  }
  return curve;
}

Tensor logit(const std::vector<Tensor>& values, const Tensor& mix) {
  const Tensor& out = values.back();
  Tensor logit = out.select(1, 0);
  for (std::int64_t k = 0; mix.defined() && k < mix.size(1); ++k)
    logit = logit + mix.select(1, k) * out.select(1, 1 + k);
  return logit;
}

Tensor naive_softplus(const Tensor& x) { return torch::log1p(torch::exp(-x.abs())) + x.clamp_min(0); }

/// Steps of vae, gan and avae from the formulas of DESIGN and docs/training.md.
class ReferenceModel {
 public:
  explicit ReferenceModel(const Avae& trained)
      : spec_(trained.spec()),
        options_(trained.options()),
        decoder_(weights_of(trained.published(Role::kDecoder))),
        decoder_adam_(options_.adam),
        encoder_adam_(options_.adam),
        discriminator_adam_(options_.adam),
        prior_(spec_) {
    if (options_.has_encoder()) encoder_ = weights_of(trained.published(Role::kEncoder));
    if (options_.objective != Objective::kVae) discriminator_ = weights_of(trained.published(Role::kDiscriminator));
  }

  Curve curve() {
    Curve curve;
    for (int step = 0; step < kSteps; ++step) {
      const Batch batch = batch_of(spec_, step);
      const StepNoise noise = draw_noise(options_.seed, step, kBatch, spec_, torch::kCPU);
      const Tensor mix = batch.mix.defined() ? batch.mix.to(torch::kDouble) : batch.mix;
      curve.push_back(this->step(batch.x.to(torch::kDouble), mix, noise, schedule_at(step, options_)));
      if (step == kFitAfter) prior_.fit();
    }
    return curve;
  }

 private:
  std::map<std::string, double> step(const Tensor& x, const Tensor& mix, const StepNoise& noise,
                                     const Schedule& schedule) {
    std::map<std::string, double> losses;
    const auto decode = [&](const Tensor& z, const Tensor& classes) {
      return forward(layers(spec_, Role::kDecoder), decoder_, z, classes).back();
    };
    const auto judge = [&](const Tensor& image) {
      return forward(layers(spec_, Role::kDiscriminator), discriminator_, image, mix);
    };

    Tensor mean, log_variance, reconstruction, replayed, fakes;
    if (options_.has_encoder()) {
      const Tensor told = mix.defined() ? mix * noise.class_kept.to(torch::kDouble) : mix;
      const Tensor out = forward(layers(spec_, Role::kEncoder), encoder_, x, told).back();
      mean = out.narrow(1, 0, spec_.code());
      log_variance = out.narrow(1, spec_.code(), spec_.code());
      const Tensor z = mean + torch::exp(0.5 * log_variance) * noise.posterior.to(torch::kDouble);
      const std::int64_t kept = spec_.code() - options_.details;
      reconstruction = decode(torch::cat({z.slice(1, 0, kept), torch::zeros_like(z.slice(1, kept))}, 1), mix);
      // With the details drawn. One picture where there are none: the clamp at its end looks at the sum of the losses'
      // pulls.
      replayed = options_.details > 0 ? decode(z, mix) : reconstruction;
      prior_.observe(z.detach(), mix);
    }
    const bool adversarial_now = options_.adversarial_terms() && schedule.adversarial;
    if (adversarial_now) {
      fakes = decode(prior_.sample(noise.prior.to(torch::kDouble), mix), mix);
      if (reconstruction.defined()) {
        const int reconstructed = reconstructed_fakes();
        fakes = torch::cat({replayed.slice(0, 0, reconstructed), fakes.slice(0, reconstructed)});
      }
      train_discriminator(seen(x, noise), mix, seen(fakes, noise), schedule, losses);
    }

    Tensor likelihood, kl;
    if (reconstruction.defined()) {
      const Tensor mse = (x - reconstruction).square().mean();
      const double variance = options_.sigma > 0 ? options_.sigma * options_.sigma : mse.item<double>();
      likelihood = mse / (2 * variance) + 0.5 * std::log(variance);
      losses["mse"] = mse.item<double>();
      if (!adversarial_now) losses["nll"] = likelihood.item<double>();
      kl = (0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)).sum() / kBatch;
      losses["kl"] = kl.item<double>();
    }
    Tensor decoder_loss = likelihood;
    if (adversarial_now) {
      const auto real = judge(seen(x, noise));
      const auto judged = judge(seen(fakes, noise));
      const Tensor adversarial = fooling_loss(logit(real, mix).detach(), logit(judged, mix));
      decoder_loss = adversarial;
      if (reconstruction.defined()) {
        if (options_.feature_weight > 0) {
          const Tensor feature = feature_error(real, judge(seen(reconstruction, noise)));
          losses["feature"] = feature.item<double>();
          likelihood = likelihood + options_.feature_weight * feature;
        }
        const double ratio = options_.balanced ? balance(likelihood, adversarial) : 1;
        const double weight = options_.adversarial_weight * ratio;
        losses["adversarial_weight"] = weight;
        decoder_loss = likelihood + weight * adversarial;
      }
      losses["adversarial"] = adversarial.item<double>();
    }
    const double rate = kRate;
    decoder_adam_.step(decoder_, decoder_loss, rate, true);
    if (kl.defined())
      encoder_adam_.step(encoder_, likelihood + schedule.beta.item<double>() / spec_.pixels() * kl, rate, true);
    decoder_adam_.apply();
    encoder_adam_.apply();
    return losses;
  }

  /// How many of an avae's fakes are reconstructions of their pictures.
  int reconstructed_fakes() const {
    return options_.fakes == Fakes::kPrior ? 0 : options_.fakes == Fakes::kReconstruction ? kBatch : kBatch / 2;
  }

  /// Shift and cutout, picture by picture and pixel by pixel.
  Tensor seen(const Tensor& x, const StepNoise& noise) const {
    if (!options_.augment) return x;
    const std::int64_t height = x.size(2), width = x.size(3), pad = 4;
    std::vector<Tensor> pictures;
    for (std::int64_t n = 0; n < x.size(0); ++n) {
      const auto random = [&](int k, std::int64_t range) {
        return static_cast<std::int64_t>(
            std::floor(noise.augmentation[n][k].item<float>() * static_cast<float>(range)));
      };
      const std::int64_t down = random(0, 2 * (height / 8) + 1) - height / 8;
      const std::int64_t right = random(1, 2 * (width / 8) + 1) - width / 8;
      const Tensor wide = torch::constant_pad_nd(x[n], {pad, pad, pad, pad}, 0);
      Tensor mask = torch::ones({height, width}, torch::kDouble);
      const std::int64_t top = random(2, height + 1) - height / 4, left = random(3, width + 1) - width / 4;
      for (std::int64_t i = 0; i < height; ++i)
        for (std::int64_t j = 0; j < width; ++j)
          if (i >= top && i < top + height / 2 && j >= left && j < left + width / 2) mask[i][j] = 0;
      pictures.push_back(wide.slice(1, pad - down, pad - down + height).slice(2, pad - right, pad - right + width) *
                         mask);
    }
    return torch::stack(pictures);
  }

  bool textbook() const { return options_.adversarial == Adversarial::kBce; }

  /// What the decoder lowers: softplus(D(x) - D(G)), or the textbook's log(1 - D(G)) with D a probability.
  Tensor fooling_loss(const Tensor& real, const Tensor& fake) const {
    return textbook() ? torch::log(1 - 1 / (1 + torch::exp(-fake))).mean() : naive_softplus(real - fake).mean();
  }

  void train_discriminator(const Tensor& x, const Tensor& mix, const Tensor& fakes, const Schedule& schedule,
                           std::map<std::string, double>& losses) {
    const Tensor real_image = x.detach().clone().requires_grad_(true);
    const Tensor fake_image = fakes.detach().requires_grad_(true);
    const auto judge = [&](const Tensor& image) {
      return logit(forward(layers(spec_, Role::kDiscriminator), discriminator_, image, mix), mix);
    };
    const auto slope = [](const Tensor& logits, const Tensor& image) {
      return torch::autograd::grad({logits.sum()}, {image}, {}, true, true)[0].square().sum() / kBatch;
    };
    const Tensor real = judge(real_image), fake = judge(fake_image);
    Tensor loss = naive_softplus(fake - real).mean();
    if (textbook()) loss = -(1 / (1 + torch::exp(-real))).log().mean() - (1 - 1 / (1 + torch::exp(-fake))).log().mean();
    losses["discriminator"] = loss.item<double>();
    losses["margin"] = (real.mean() - fake.mean()).item<double>();
    if (schedule.penalise && !textbook()) {
      const Tensor penalty = slope(real, real_image) + slope(fake, fake_image);
      losses["penalty"] = penalty.item<double>();
      loss = loss + 0.5 * options_.gamma * options_.penalty_every * penalty;
    }
    discriminator_adam_.step(discriminator_, loss, kRate, false);
    discriminator_adam_.apply();
  }

  Tensor feature_error(const std::vector<Tensor>& real, const std::vector<Tensor>& fake) const {
    const auto list = layers(spec_, Role::kDiscriminator);
    std::vector<Tensor> errors;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].activation == Activation::kNone) continue;
      const int compared = kBatch / 2;
      const Tensor target = real[i].detach().slice(0, 0, compared);
      errors.push_back((fake[i].slice(0, 0, compared) - target).square().mean() / (target.square().mean() + 1e-8));
    }
    return torch::stack(errors).mean();
  }

  double balance(const Tensor& likelihood, const Tensor& adversarial) {
    const auto norm = [&](const Tensor& loss) {
      return torch::autograd::grad({loss}, {decoder_.at("head.weight")}, {}, true)[0].norm().item<double>();
    };
    const double ratio = std::min(10.0, norm(likelihood) / (norm(adversarial) + 1e-8));
    balance_ = 0.99 * balance_ + 0.01 * ratio;
    return balance_;
  }

  ModelSpec spec_;
  TrainOptions options_;
  Weights decoder_, encoder_, discriminator_;
  ReferenceAdam decoder_adam_, encoder_adam_, discriminator_adam_;
  ReferencePrior prior_;
  double balance_ = 1;
};

/// The textbook's example, unconditional, from its formulas.
Curve seed_curve(const Avae& trained, Fakes fakes) {
  Weights g = weights_of(trained.published(Role::kDecoder)), e = weights_of(trained.published(Role::kEncoder)),
          d = weights_of(trained.published(Role::kDiscriminator));
  const TrainOptions& options = trained.options();
  const ModelSpec& spec = trained.spec();
  ReferenceAdam adam_g(options.adam), adam_e(options.adam), adam_d(options.adam);
  Curve curve;
  for (int step = 0; step < kSteps; ++step) {
    const Tensor x = batch_of(spec, step).x.to(torch::kDouble).flatten(1);
    const StepNoise noise = draw_noise(options.seed, step, kBatch, spec, torch::kCPU);
    const auto dense = [](const Weights& w, const std::string& name, const Tensor& v) {
      return torch::matmul(v, w.at(name + ".weight").t()) + w.at(name + ".bias");
    };
    const auto generate = [&](const Tensor& z) { return torch::sigmoid(dense(g, "project", z)); };
    const auto real_probability = [&](const Tensor& image) { return torch::sigmoid(dense(d, "logits", image)); };

    const Tensor out = dense(e, "posterior", x);
    const Tensor mean = out.narrow(1, 0, spec.code()), log_variance = out.narrow(1, spec.code(), spec.code());
    const Tensor image = generate(noise.posterior.to(torch::kDouble) * torch::exp(log_variance * 0.5) + mean);
    const Tensor bce = -(x * image.log() + (1 - x) * (1 - image).log()).mean();
    const Tensor kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).mean();
    const Tensor vae = bce + schedule_at(step, options).beta.item<double>() * spec.latent / 784.0 * kl;
    const Tensor fake = fakes == Fakes::kPrior ? generate(noise.prior.to(torch::kDouble)) : image;

    const Tensor value = real_probability(x).log().mean() + (1 - real_probability(fake.detach())).log().mean();
    adam_d.step(d, -value, kRate, false);
    adam_d.apply();
    const Tensor adversarial = (1 - real_probability(fake)).log().mean();
    adam_g.step(g, vae + adversarial, kRate, true);
    adam_e.step(e, vae + adversarial, kRate, true);
    adam_g.apply();
    adam_e.apply();
    curve.push_back({{"bce", bce.item<double>()},
                     {"kl", kl.item<double>()},
                     {"vae", vae.item<double>()},
                     {"discriminator", -value.item<double>()},
                     {"adversarial", adversarial.item<double>()}});
  }
  return curve;
}

void check_equal(const Curve& trainer, const Curve& reference) {
  REQUIRE(trainer.size() == reference.size());
  for (std::size_t step = 0; step < trainer.size(); ++step) {
    for (const auto& [name, value] : reference[step]) {
      CAPTURE(step, name, value);
      REQUIRE(trainer[step].contains(name));
      CHECK(std::abs(trainer[step].at(name) - value) <= kCurveTolerance * std::max(0.1, std::abs(value)));
    }
    CHECK(trainer[step].size() == reference[step].size());
  }
}

ModelSpec tiny(const TrainOptions& options, int classes) {
  const auto spec = preset_spec("tiny", options, 28, 28, 1, classes, {});
  REQUIRE(spec);
  return *spec;
}

/// No averaging, so that published() is the trained net itself. And half the likelihood's pull for the adversarial one:
/// with more, float and double part within ten of Adam's first steps. So they do with any seed that gives some weight a
/// gradient near zero, which Adam then makes a step of full length of: with this one they stay together.
TrainOptions plain(Objective objective) {
  TrainOptions options = default_options(objective);
  options.seed = 2;
  options.adversarial_weight = 0.5;
  options.ema_decay = 0;
  return options;
}

}  // namespace

TEST_CASE("training: ten steps of vae, gan and avae follow the naive reference") {
  const Objective objective = GENERATE(Objective::kVae, Objective::kGan, Objective::kAvae);
  const int classes = GENERATE(0, 4);
  const Adversarial adversarial = GENERATE(Adversarial::kRelativistic, Adversarial::kBce);
  CAPTURE(objective_name(objective), classes, adversarial);
  TrainOptions options = plain(objective);
  options.adversarial = adversarial;
  Avae model(tiny(options, classes), options, torch::kCPU);
  ReferenceModel reference(model);
  check_equal(trainer_curve(model), reference.curve());
}

TEST_CASE("training: ten steps of avae with each part changed follow the naive reference") {
  struct Change {
    const char* what;
    void (*apply)(TrainOptions&);
    int switches = 0;
  };
  const Change change =
      GENERATE(Change{"samples alone", [](TrainOptions& o) { o.fakes = Fakes::kPrior; }},
               Change{"reconstructions alone", [](TrainOptions& o) { o.fakes = Fakes::kReconstruction; }},
               Change{"no balance", [](TrainOptions& o) { o.balanced = false; }},
               Change{"no feature loss", [](TrainOptions& o) { o.feature_weight = 0; }},
               Change{"samples alone, no feature loss",
                      [](TrainOptions& o) {
                        o.fakes = Fakes::kPrior;
                        o.feature_weight = 0;
                      }},
               Change{"augmented", [](TrainOptions& o) { o.augment = true; }},
               Change{"standard prior", [](TrainOptions& o) { o.prior = Prior::kStandard; }},
               Change{"details", [](TrainOptions& o) { o.details = 4; }},
               Change{"details, samples alone",
                      [](TrainOptions& o) {
                        o.details = 4;
                        o.fakes = Fakes::kPrior;
                      }},
               Change{"details, reconstructions alone",
                      [](TrainOptions& o) {
                        o.details = 4;
                        o.fakes = Fakes::kReconstruction;
                      }},
               Change{"four Gaussians a class", [](TrainOptions&) {}, 2},
               Change{"learned scale", [](TrainOptions& o) { o.sigma = 0; }});
  CAPTURE(change.what);
  TrainOptions options = plain(Objective::kAvae);
  change.apply(options);
  ModelSpec spec = tiny(options, 4);
  spec.switches = change.switches;
  Avae model(spec, options, torch::kCPU);
  ReferenceModel reference(model);
  check_equal(trainer_curve(model), reference.curve());
}

TEST_CASE("training: ten steps of the textbook's seed follow its formulas, for both kinds of fakes") {
  TrainOptions options = plain(Objective::kSeed);
  options.fakes = GENERATE(Fakes::kPrior, Fakes::kReconstruction);
  Avae model(tiny(options, 0), options, torch::kCPU);
  const Curve reference = seed_curve(model, options.fakes);
  check_equal(trainer_curve(model), reference);
}

TEST_CASE("training: what is published is the ramped average of the weights after each step") {
  const Objective objective = GENERATE(Objective::kVae, Objective::kAvae);
  TrainOptions options = default_options(objective);
  options.ema_decay = 0.4;  // reached in the fifth step: (5 + 1) / (5 + 10)
  Avae model(tiny(options, 4), options, torch::kCPU);
  const auto state = [&](const std::string& name) {
    for (const auto& [key, tensor] : model.state())
      if (key == name) return tensor.detach().to(torch::kDouble).clone();
    FAIL("no state " << name);
    return Tensor();
  };
  const std::string role = GENERATE("decoder", "encoder");
  CAPTURE(role);
  Tensor average = state(role + ".average");
  for (int step = 1; step <= kSteps; ++step) {
    const Batch batch = batch_of(model.spec(), step);
    const StepNoise noise = draw_noise(1, step, kBatch, model.spec(), torch::kCPU);
    model.train_step(batch.x, batch.mix, noise, schedule_at(step, options));
    const double decay = std::min(0.4, (step + 1.0) / (step + 10.0));
    average = decay * average + (1 - decay) * state(role + ".weights");
    CHECK((average - state(role + ".average")).abs().max().item<double>() < 1e-6);
    CHECK((state(role + ".weights") - state(role + ".average")).abs().max().item<double>() > 1e-5);
  }
}

}  // namespace avae::test
