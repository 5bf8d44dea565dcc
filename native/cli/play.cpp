#include <memory>

#include "native/cli/command.hpp"
#include "native/playground/playground.hpp"

namespace avae::cli {

void add_play(CLI::App& app, Action& action) {
  auto options = std::make_shared<PlaygroundOptions>();
  CLI::App* command = app.add_subcommand("play", kPlayHelp);
  command->add_option("--model", options->model_folders, "folder of a run or of an exported model; repeat for more")
      ->required();
  command->add_option("--link", options->link, "open this share link first")->type_name("LINK");
  command
      ->add_option("--picture", options->picture,
                   "let the model read this picture first, as if it were dropped on the window")
      ->type_name("FILE");
  command->add_option("--theme", options->theme, "dark or light")->check(CLI::IsMember({"dark", "light"}));
  command->add_option("--language", options->language, "en or zh; otherwise as LANG says")
      ->check(CLI::IsMember({"en", "zh"}));
  command->add_option("--width", options->width, "of the window")->check(CLI::Range(320, 16384))->capture_default_str();
  command->add_option("--height", options->height, "of the window")
      ->check(CLI::Range(480, 16384))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "that decode; 0 chooses")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  command->add_option("--screenshot", options->screenshot, "draw the window into a PNG and end")->type_name("FILE");
  command->callback([options, &action] { action = [options] { return run_playground(*options); }; });
}

}  // namespace avae::cli
