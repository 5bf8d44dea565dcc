// Everything about a training run that is not the network's shape.
#pragma once

#include <cstdint>
#include <string>

#include "native/train/adam.hpp"
#include "shared/model/result.hpp"
#include "shared/model/spec.hpp"

namespace avae {

enum class Objective : std::uint8_t { kSeed, kVae, kGan, kAvae };
enum class Adversarial : std::uint8_t {
  kRelativistic,  ///< softplus of paired logit differences, with R1 and R2 (Huang et al. 2024)
  kBce,           ///< the textbook's V(D, G, E) = E log D(x) + E log(1 - D(G(z)))
};
/// What the discriminator of seed and avae sees as fake; kBoth (avae only) is half of each.
enum class Fakes : std::uint8_t { kPrior, kReconstruction, kBoth };

struct TrainOptions {
  Objective objective = Objective::kAvae;
  Adversarial adversarial = Adversarial::kRelativistic;
  Fakes fakes = Fakes::kPrior;  ///< avae: kBoth unless told
  int batch = 128;
  std::uint64_t seed = 1;

  // Likelihood
  double sigma =
      0.25;  ///< standard deviation of the Gaussian likelihood; 0 learns one for all pixels (Rybkin et al. 2021)
  double beta = 1.0;  ///< weight of the KL term
  double beta_warmup_steps = 500;
  Prior prior = Prior::kClassGaussian;  ///< vae, avae: Gaussians per class fitted to q(z | x), or kStandard, N(0, I)

  // Adversarial terms (gan, avae)
  std::int64_t vae_steps = 0;     ///< avae: steps at the start without them, which are several times cheaper
  double adversarial_weight = 1;  ///< avae: times the ratio of gradient norms at the decoder's last layer
  bool balanced = true;           ///< avae: false drops that ratio
  bool augment = false;           ///< everything the discriminator sees is shifted and partly covered (augment.hpp)
  int details = 0;                ///< avae: last coordinates of the code that E leaves to chance: 0 where the
                                  ///< likelihood looks, drawn where the discriminator does
  double feature_weight = 0.1;    ///< discriminator-feature reconstruction
  double gamma = 0.2;             ///< R1 and R2; avae: 0.015 unless told
  int penalty_every = 4;          ///< lazy R1 and R2 (Karras et al. 2020)

  // Optimiser
  double learning_rate = 2e-4;
  double final_learning_rate = 5e-5;  ///< cosine from one to the other
  double vae_learning_rate = 1e-3;    ///< avae: the first of its steps as a VAE, cosine from here to learning_rate
  AdamOptions adam;
  double ema_decay = 0.999;  ///< of decoder and encoder, ramped up; 0 keeps the last weights

  bool adversarial_terms() const { return objective == Objective::kGan || objective == Objective::kAvae; }
  bool has_encoder() const { return objective != Objective::kGan; }
};

/// The defaults of an objective, as docs/training.md lists them.
TrainOptions default_options(Objective objective);

Result<Objective> parse_objective(const std::string& name);
std::string_view objective_name(Objective objective);

/// Spec of a named preset for pictures of this shape: "fashion" (three stages, up to 47 pixels), "medium" (four, up to
/// 95), "large" (five), "tiny" (three narrow stages, for quick tests); "auto" picks by the shorter side. The seed
/// objective always gets the textbook's dense networks. Whether the stages can halve such pictures is for validate() to
/// say, once they are settled. Error: unknown preset.
Result<ModelSpec> preset_spec(const std::string& preset, const TrainOptions& options, int height, int width,
                              int channels, int classes, const std::vector<std::string>& class_names);

/// Options as JSON for checkpoints and model files. A checkpoint of other options is refused by comparing these.
std::string to_json(const TrainOptions& options);

}  // namespace avae
