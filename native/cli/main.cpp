// avae: every subcommand.
#include "native/cli/program.hpp"

namespace avae::cli {
namespace {

void add_commands(CLI::App& app, Action& action) {
#ifdef AVAE_WITH_TRAIN
  add_train(app, action);
  add_eval(app, action);
#else
  for (const char* name : {"train", "eval"}) add_missing(app, name, "AVAE_BUILD_TRAIN");
#endif
#if defined(AVAE_WITH_INFER) || defined(AVAE_WITH_TRAIN)
  add_sample(app, action);
#else
  add_missing(app, "sample", "AVAE_BUILD_INFER");
#endif
#ifdef AVAE_WITH_INFER
  add_reconstruct(app, action);
  add_atlas(app, action);
  add_publish(app, action);
  add_open(app, action);
#else
  for (const char* name : {"reconstruct", "atlas", "publish", "open"}) add_missing(app, name, "AVAE_BUILD_INFER");
#endif
  add_export(app, action);
  add_info(app, action);
  add_data(app, action);
#ifdef AVAE_WITH_PLAYGROUND
  add_play_program(app, action);
#else
  add_missing(app, "play", "AVAE_BUILD_PLAYGROUND");
#endif
}

}  // namespace
}  // namespace avae::cli

int main(int argc, char** argv) { return avae::cli::run_program(argc, argv, avae::cli::add_commands); }
