#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "native/cli/command.hpp"
#include "native/cli/progress_bar.hpp"
#include "native/cli/weights.hpp"
#include "native/data/dataset.hpp"
#include "native/train/run_folder.hpp"
#include "native/train/trainer.hpp"

namespace avae::cli {
namespace {

/// Set by Ctrl-C and by TERM; the loop ends after the step in hand and writes a checkpoint.
std::atomic<bool> stop_requested{false};

extern "C" void request_stop(int) { stop_requested.store(true); }

/// Switches of a latent large enough for them.
constexpr int kSwitches = 3;

/// Steps between checkpoints, at least, where nobody says how many: with a small data set an epoch is soon over, and a
/// checkpoint may take longer than it.
constexpr std::size_t kStepsPerSave = 20;

/// Command-line values; what the user did not give falls back to the objective's defaults.
struct Arguments {
  std::string data = "fashion-mnist", objective = "avae", adversarial, fakes, preset = "auto", device = "cpu", name,
              out, precision;
  int size = 0, channels = 0;
  int epochs = 20, latent = 32, switches = 0, details = 0, batch = 128, save_every = 0;
  double minutes = 0;
  std::uint64_t seed = 1;
  std::int64_t steps = 0;
  bool resume = false, unlabelled = false, no_balance = false, augment = false, no_graph = false;
  std::string prior, weights = "int8";
  std::vector<int> widths, blocks, discriminator_widths;
  std::int64_t vae_steps = 0;
  double beta = 0, sigma = 0, learning_rate = 0, gamma = 0, adversarial_weight = 0, feature_weight = 0, ema = 0;
};

/// The command for the record that travels with the model: every option given that shapes the weights. Folders stay at
/// home.
std::string command_text(const CLI::App& app) {
  std::string text = "avae train";
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || name == "--resume" || name == "--out" || name == "--save-every") continue;
    text += " " + name;
    if (option->get_items_expected() == 0) continue;
    std::string value = option->as<std::string>();
    if (name == "--data") {
      const std::filesystem::path path(value);
      value = (path.has_filename() ? path : path.parent_path()).filename().string();
    }
    const bool plain = !value.empty() && value.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789-_./+:,@") == std::string::npos;
    text += plain ? " " + value : " '" + value + "'";
  }
  return text;
}

/// The objectives that read an option; other options are everyone's.
struct OptionUse {
  const char* option;
  std::vector<std::string> objectives;
};
const std::vector<OptionUse>& option_uses() {
  static const std::vector<OptionUse> uses{
      {"--adversarial", {"gan", "avae"}},
      {"--fakes", {"seed", "avae"}},
      {"--preset", {"vae", "gan", "avae"}},
      {"--beta", {"seed", "vae", "avae"}},
      {"--sigma", {"vae", "avae"}},
      {"--gamma", {"gan", "avae"}},
      {"--adversarial-weight", {"avae"}},
      {"--feature-weight", {"avae"}},
      {"--details", {"avae"}},
      {"--vae-steps", {"avae"}},
      {"--prior", {"vae", "avae"}},
      {"--switches", {"vae", "avae"}},
      {"--no-balance", {"avae"}},
      {"--augment", {"gan", "avae"}},
      {"--widths", {"vae", "gan", "avae"}},
      {"--blocks", {"vae", "gan", "avae"}},
      {"--discriminator-widths", {"gan", "avae"}},
  };
  return uses;
}

/// An option that its objective would ignore, or a batch that cannot be halved into two kinds of fakes, is bad usage.
void check_usage(const CLI::App& app, const Arguments& arguments) {
  for (const OptionUse& use : option_uses()) {
    if (app.count(use.option) == 0 || std::ranges::find(use.objectives, arguments.objective) != use.objectives.end())
      continue;
    std::string wanted;
    for (const std::string& objective : use.objectives) wanted += (wanted.empty() ? "" : ", ") + objective;
    throw CLI::ValidationError(use.option, "is not for --objective " + arguments.objective + " but for " + wanted);
  }
  if (app.count("--switches") > 0 && arguments.prior == "standard")
    throw CLI::ValidationError("--switches", "the standard prior has none");
  if (arguments.switches >= arguments.latent)
    throw CLI::ValidationError("--switches", "must be fewer than --latent " + std::to_string(arguments.latent));
  if (app.count("--gamma") > 0 && arguments.adversarial == "bce")
    throw CLI::ValidationError("--gamma", "the textbook's loss has no R1 and R2");
  if (arguments.fakes == "both" && arguments.objective == "seed")
    throw CLI::ValidationError("--fakes", "both is not for --objective seed but for avae");
  if (arguments.no_graph && arguments.device != "cuda")
    throw CLI::ValidationError("--no-graph", "is for --device cuda");
  if (arguments.objective == "avae" && arguments.batch < 2)
    throw CLI::ValidationError("--batch", "an avae needs at least 2");
}

/// An option whose value is whole numbers between commas.
void add_list(CLI::App& app, const std::string& name, std::vector<int>& target, const std::string& help) {
  const auto read = [name, &target](const std::string& text) {
    target.clear();
    for (const char *at = text.data(), *end = at + text.size();; ++at) {
      const auto [after, error] = std::from_chars(at, end, target.emplace_back());
      if (error == std::errc() && after == end) return;
      if (error != std::errc() || *after != ',')
        throw CLI::ValidationError(name, text + " is not a list of whole numbers such as 16,8");
      at = after;
    }
  };
  app.add_option_function<std::string>(name, read, help)->type_name("N,N,…");
}

void set_if_given(const CLI::App& app, const char* option, double value, double& target) {
  if (app.count(option) > 0) target = value;
}

Result<TrainOptions> train_options(const CLI::App& app, const Arguments& arguments) {
  const auto objective = parse_objective(arguments.objective);
  if (!objective) return tl::unexpected(objective.error());
  TrainOptions options = default_options(*objective);
  options.batch = arguments.batch;
  options.seed = arguments.seed;
  if (arguments.adversarial == "bce") options.adversarial = Adversarial::kBce;
  if (arguments.fakes == "prior") options.fakes = Fakes::kPrior;
  if (arguments.fakes == "reconstruction") options.fakes = Fakes::kReconstruction;
  if (arguments.prior == "standard") options.prior = Prior::kStandard;
  if (arguments.no_balance) options.balanced = false;
  if (arguments.augment) options.augment = true;
  set_if_given(app, "--beta", arguments.beta, options.beta);
  set_if_given(app, "--sigma", arguments.sigma, options.sigma);
  set_if_given(app, "--gamma", arguments.gamma, options.gamma);
  set_if_given(app, "--adversarial-weight", arguments.adversarial_weight, options.adversarial_weight);
  set_if_given(app, "--feature-weight", arguments.feature_weight, options.feature_weight);
  set_if_given(app, "--ema", arguments.ema, options.ema_decay);
  if (*objective == Objective::kAvae)
    options.details = app.count("--details") > 0 ? arguments.details : arguments.latent / 4;
  if (app.count("--vae-steps") > 0) options.vae_steps = arguments.vae_steps;
  if (app.count("--learning-rate") > 0) {
    options.final_learning_rate *= arguments.learning_rate / options.learning_rate;
    options.vae_learning_rate *= arguments.learning_rate / options.learning_rate;
    options.learning_rate = arguments.learning_rate;
  }
  return options;
}

/// Each stage but the first halves the picture.
Result<void> check_halving(const ModelSpec& spec) {
  const auto stages = static_cast<int>(spec.stage_widths.size());
  const int divisor = stages > 1 && stages < 9 ? 1 << (stages - 1) : 1;
  if (spec.height % divisor == 0 && spec.width % divisor == 0) return {};
  const int size = std::max(1, std::max(spec.height, spec.width) / divisor) * divisor;
  return fail("pictures of " + std::to_string(spec.width) + " x " + std::to_string(spec.height) + " cannot be halved " +
                  std::to_string(stages - 1) + " times, as networks of " + std::to_string(stages) + " stages do",
              "make them square by --size " + std::to_string(size) + ", or choose another --preset or --widths");
}

Result<void> run(const CLI::App& app, const Arguments& arguments) {
  const auto options = train_options(app, arguments);
  if (!options) return tl::unexpected(options.error());
  const auto device = parse_device(arguments.device);
  if (!device) return tl::unexpected(device.error());
  const auto precision = parse_precision(arguments.precision, *device);
  if (!precision) return tl::unexpected(precision.error());
  apply_precision(*precision);
  auto processes = Processes::join(*device);
  if (!processes) return tl::unexpected(processes.error());
  const bool leads = processes->rank() == 0;
  auto data = load_dataset(arguments.data, Split::kTrain, {.size = arguments.size, .channels = arguments.channels});
  if (!data) return tl::unexpected(data.error());
  const bool labelled = data->classes > 0 && !arguments.unlabelled && options->objective != Objective::kSeed;
  if (!labelled) {
    data->classes = 0;
    data->class_names.clear();
    data->labels.clear();
  }
  auto spec = preset_spec(arguments.preset, *options, data->height, data->width, data->channels, data->classes,
                          data->class_names);
  if (!spec) return tl::unexpected(spec.error());
  spec->latent = arguments.latent;
  if (!arguments.widths.empty()) spec->stage_widths = arguments.widths;
  if (!arguments.blocks.empty()) spec->stage_blocks = arguments.blocks;
  if (!arguments.discriminator_widths.empty()) spec->discriminator_widths = arguments.discriminator_widths;
  if (spec->prior == Prior::kClassGaussian)
    spec->switches = app.count("--switches") > 0 ? arguments.switches : std::min(kSwitches, arguments.latent / 8);
  if (options->details >= spec->code())
    return fail("--details " + std::to_string(options->details) + " leaves the encoder none of the " +
                    std::to_string(spec->code()) + " coordinates beside the switches",
                "use fewer, or a larger --latent");
  if (auto fits = check_halving(*spec); !fits) return fits;
  spec->name = arguments.name.empty() ? arguments.objective : arguments.name;
  if (auto valid = validate(*spec); !valid) return valid;
  if (data->size() < static_cast<std::size_t>(options->batch))
    return fail("the data set has " + std::to_string(data->size()) + " pictures, fewer than a batch of " +
                    std::to_string(options->batch),
                "use a smaller --batch or more pictures");

  const std::size_t steps_per_epoch = data->size() / static_cast<std::size_t>(options->batch);
  const int save_every = arguments.save_every > 0
                             ? arguments.save_every
                             : static_cast<int>((kStepsPerSave + steps_per_epoch - 1) / steps_per_epoch);

  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  const auto model = make_model(*spec, *options, *device, *processes, *precision);
  if (!model) return tl::unexpected(model.error());
  ProgressBar bar;
  const RunOptions run_options{arguments.out,
                               command_text(app),
                               arguments.epochs,
                               arguments.minutes,
                               arguments.steps,
                               arguments.resume,
                               *parse_weights(arguments.weights),
                               !arguments.no_graph,
                               save_every};
  const std::string together = processes->alone() ? "" : ", by " + std::to_string(processes->size()) + " processes";
  if (leads)
    std::fprintf(stderr, "training %s on %zu pictures of %dx%dx%d, %s, on %s, %s%s\n", arguments.objective.c_str(),
                 data->size(), data->height, data->width, data->channels,
                 labelled ? (std::to_string(data->classes) + " classes").c_str() : "no classes",
                 arguments.device.c_str(), std::string(precision_name(*precision)).c_str(), together.c_str());
  if (leads && arguments.resume && !RunFolder(arguments.out, run_options.weights).has_checkpoint())
    note(arguments.out + " has no checkpoint to go on from: training from the start");
  const auto outcome = train(**model, *data, run_options, stop_requested, [&](const TrainReport& report) {
    char detail[160];
    int used =
        std::snprintf(detail, sizeof detail, "epoch %.2f  %.0f images/s", report.epoch, report.images_per_second);
    for (const auto& [name, value] : *report.losses) {
      if (name != "mse" && name != "bce" && name != "kl" && name != "margin") continue;
      const auto place = static_cast<std::size_t>(used);
      if (place >= sizeof detail) break;
      used += std::snprintf(detail + place, sizeof detail - place, "  %s %.4g", name.c_str(), value.item<double>());
    }
    bar.update(report.fraction, report.seconds_left, detail);
  });
  if (leads) bar.finish();
  if (!outcome) return tl::unexpected(outcome.error());
  if (!leads) return {};
  if (outcome->interrupted)
    return fail("stopped after step " + std::to_string(outcome->step), "go on with the same command and --resume");
  std::fprintf(stderr, "done: %lld steps%s, %.0f images/s, in %s\n", static_cast<long long>(outcome->step),
               outcome->graphs ? " as CUDA graphs" : "", outcome->images_per_second, arguments.out.c_str());
  return {};
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("train", "Train a model on pictures and leave a run folder");
  Arguments& a = *arguments;
  sub->add_option("--data", a.data, "fashion-mnist, or a path: IDX, CIFAR binary or a folder of pictures")
      ->capture_default_str();
  sub->add_option("--objective", a.objective, "what to optimise")
      ->check(CLI::IsMember({"seed", "vae", "gan", "avae"}))
      ->capture_default_str();
  sub->add_option("--adversarial", a.adversarial, "adversarial loss of gan and avae (default relativistic)")
      ->check(CLI::IsMember({"relativistic", "bce"}));
  sub->add_option("--fakes", a.fakes, "what the discriminator sees as fake (default: seed prior, avae both)")
      ->check(CLI::IsMember({"prior", "reconstruction", "both"}));
  sub->add_option("--preset", a.preset, "network: auto, fashion, medium, large, tiny")->capture_default_str();
  add_list(*sub, "--widths", a.widths,
           "channels of decoder and encoder from the lowest resolution to the full one, such as 56,48,16");
  add_list(*sub, "--blocks", a.blocks, "residual blocks at each resolution, of all networks, such as 1,1,0");
  add_list(*sub, "--discriminator-widths", a.discriminator_widths, "the discriminator's channels, such as 96,48,16");
  sub->add_option("--device", a.device, "where to train")->check(CLI::IsMember({"cpu", "cuda"}))->capture_default_str();
  sub->add_option("--precision", a.precision,
                  "of the networks; losses, weights and optimiser are fp32 always (default: cpu fp32, cuda bf16)")
      ->check(CLI::IsMember({"fp32", "tf32", "bf16"}));
  sub->add_flag("--no-graph", a.no_graph, "cuda: steps by calls, not as captured CUDA graphs");
  sub->add_option("--size", a.size, "crop and resize pictures to SIZE x SIZE")->check(CLI::Range(4, 256));
  sub->add_option("--channels", a.channels, "1 grey, 3 colour")->check(CLI::IsMember({1, 3}));
  sub->add_flag("--unlabelled", a.unlabelled, "ignore labels");
  auto* epochs = sub->add_option("--epochs", a.epochs, "passes over the data")
                     ->check(CLI::Range(1, 1000000))
                     ->capture_default_str();
  sub->add_option("--minutes", a.minutes, "train this long instead")->check(CLI::Range(0.01, 1e6))->excludes(epochs);
  sub->add_option("--steps", a.steps, "stop after so many steps in all")->check(CLI::Range(1, 1000000000));
  sub->add_option("--batch", a.batch, "pictures per step")->check(CLI::Range(1, 65536))->capture_default_str();
  sub->add_option("--latent", a.latent, "size of the latent")->check(CLI::Range(1, 256))->capture_default_str();
  sub->add_option("--seed", a.seed, "everything random derives from it")->capture_default_str();
  sub->add_option("--learning-rate", a.learning_rate, "first learning rate; the last keeps its ratio")
      ->check(CLI::PositiveNumber);
  sub->add_option("--beta", a.beta, "weight of the KL term")->check(CLI::NonNegativeNumber);
  sub->add_option("--sigma", a.sigma, "standard deviation of the likelihood; 0 learns it")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--gamma", a.gamma, "weight of R1 and R2")->check(CLI::NonNegativeNumber);
  sub->add_option("--adversarial-weight", a.adversarial_weight, "avae: share of the adversarial gradient")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--feature-weight", a.feature_weight, "avae: weight of the feature loss")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--details", a.details,
                  "avae: coordinates of the latent that the encoder leaves at 0 and sampling draws, for what it cannot "
                  "tell (default latent / 4)")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--vae-steps", a.vae_steps, "avae: steps at the start without adversarial terms")
      ->check(CLI::NonNegativeNumber);
  sub->add_flag("--no-balance", a.no_balance,
                "avae: the adversarial weight as it is, not times a ratio of gradient norms");
  sub->add_flag("--augment", a.augment, "gan, avae: shift and partly cover what the discriminator sees");
  sub->add_option("--prior", a.prior, "vae, avae: what sampling draws from (default class-gaussian)")
      ->check(CLI::IsMember({"class-gaussian", "standard"}));
  sub->add_option("--switches", a.switches,
                  "vae, avae: coordinates that choose one of 2^N Gaussians of a class (default 3, at most latent / 8)")
      ->check(CLI::Range(0, ModelSpec::kMaxSwitches));
  sub->add_option("--ema", a.ema, "decay of the weight average; 0 turns it off")->check(CLI::Range(0.0, 0.999999));
  sub->add_option("--name", a.name, "the model's name on the page, [a-z0-9-]");
  sub->add_option("--weights", a.weights, kWeightsHelp)->check(CLI::IsMember(kWeights))->capture_default_str();
  sub->add_option(
         "--save-every", a.save_every,
         "epochs between checkpoints, sample grids and exports; the last is always saved (default 1, of a small "
         "data set as many as make " +
             std::to_string(kStepsPerSave) + " steps)")
      ->check(CLI::Range(1, 1000000));
  sub->add_option("--out", a.out, "run folder")->required();
  sub->add_flag("--resume", a.resume, "go on from the folder's checkpoint");
  sub->callback([sub, arguments, &action] {
    check_usage(*sub, *arguments);
    action = [sub, arguments] { return run(*sub, *arguments); };
  });
}

}  // namespace avae::cli
