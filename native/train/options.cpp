#include "native/train/options.hpp"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace avae {
namespace {

constexpr std::array<std::pair<std::string_view, Objective>, 4> kObjectives{
    {{"seed", Objective::kSeed}, {"vae", Objective::kVae}, {"gan", Objective::kGan}, {"avae", Objective::kAvae}}};

struct Preset {
  std::string_view name;
  std::vector<int> widths, blocks, discriminator;
};

const std::array<Preset, 4>& presets() {
  static const std::array<Preset, 4> table{{
      {"fashion", {56, 48, 16}, {1, 1, 0}, {96, 48, 16}},
      {"tiny", {16, 8, 8}, {1, 0, 0}, {16, 8, 8}},
      {"medium", {64, 48, 32, 16}, {1, 1, 1, 0}, {96, 64, 48, 16}},
      {"large", {96, 64, 48, 32, 16}, {1, 1, 1, 0, 0}, {96, 96, 64, 32, 16}},
  }};
  return table;
}

std::string_view fakes_name(Fakes fakes) {
  return fakes == Fakes::kPrior ? "prior" : fakes == Fakes::kReconstruction ? "reconstruction" : "both";
}

}  // namespace

std::string_view objective_name(Objective objective) {
  for (const auto& [name, value] : kObjectives)
    if (value == objective) return name;
  return "";
}

Result<Objective> parse_objective(const std::string& name) {
  for (const auto& [known, value] : kObjectives)
    if (known == name) return value;
  return fail("no objective is called '" + name + "'", "use seed, vae, gan or avae");
}

TrainOptions default_options(Objective objective) {
  TrainOptions options;
  options.objective = objective;
  if (objective == Objective::kVae) {
    options.sigma = 0;
    options.learning_rate = 1e-3;
    options.final_learning_rate = 1e-4;
    options.adam = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
  }
  if (objective == Objective::kAvae) {
    options.vae_steps = 2000;
    options.fakes = Fakes::kBoth;
    options.gamma = 0.015;
    options.learning_rate = 4e-4;
  }
  if (objective == Objective::kSeed) {
    options.learning_rate = options.final_learning_rate = 1e-3;
    options.adam = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7};
    options.ema_decay = 0;
    options.beta_warmup_steps = 0;
    options.adversarial = Adversarial::kBce;
  }
  return options;
}

Result<ModelSpec> preset_spec(const std::string& preset, const TrainOptions& options, int height, int width,
                              int channels, int classes, const std::vector<std::string>& class_names) {
  ModelSpec spec;
  spec.objective = objective_name(options.objective);
  spec.height = height;
  spec.width = width;
  spec.channels = channels;
  spec.classes = classes;
  spec.class_names = class_names;
  const bool fitted = options.objective == Objective::kVae || options.objective == Objective::kAvae;
  spec.prior = fitted ? options.prior : Prior::kStandard;
  if (options.objective == Objective::kSeed) {
    spec.classes = 0;
    spec.class_names.clear();
    spec.stage_widths.clear();
    spec.stage_blocks.clear();
    spec.discriminator_widths.clear();
    return spec;
  }
  const int shorter = std::min(height, width);
  const std::string_view wanted = preset != "auto" ? std::string_view(preset)
                                  : shorter < 48   ? "fashion"
                                  : shorter < 96   ? "medium"
                                                   : "large";
  for (const Preset& candidate : presets()) {
    if (candidate.name != wanted) continue;
    spec.stage_widths = candidate.widths;
    spec.stage_blocks = candidate.blocks;
    spec.discriminator_widths = candidate.discriminator;
    return spec;
  }
  return fail("no preset is called '" + preset + "'", "use auto, fashion, tiny, medium or large");
}

std::string to_json(const TrainOptions& o) {
  nlohmann::ordered_json json{{"objective", objective_name(o.objective)},
                              {"adversarial", o.adversarial == Adversarial::kBce ? "bce" : "relativistic"},
                              {"fakes", fakes_name(o.fakes)},
                              {"batch", o.batch},
                              {"seed", o.seed},
                              {"sigma", o.sigma},
                              {"beta", o.beta},
                              {"beta_warmup_steps", o.beta_warmup_steps},
                              {"prior", o.prior == Prior::kStandard ? "standard" : "class-gaussian"},
                              {"vae_steps", o.vae_steps},
                              {"adversarial_weight", o.adversarial_weight},
                              {"balanced", o.balanced},
                              {"augment", o.augment},
                              {"feature_weight", o.feature_weight},
                              {"gamma", o.gamma},
                              {"penalty_every", o.penalty_every},
                              {"learning_rate", o.learning_rate},
                              {"final_learning_rate", o.final_learning_rate},
                              {"vae_learning_rate", o.vae_learning_rate},
                              {"adam", {o.adam.beta1, o.adam.beta2, o.adam.epsilon}},
                              {"ema_decay", o.ema_decay}};
  if (o.details > 0) json["details"] = o.details;  // older checkpoints lack it
  return json.dump();
}

}  // namespace avae
