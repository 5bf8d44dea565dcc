#include <memory>

#include "native/cli/command.hpp"
#include "native/playground/playground.hpp"

namespace avae::cli {

namespace {

const CLI::Validator kSiteUrl(
    [](std::string& url) -> std::string {
      if (!url.starts_with("https://") && !url.starts_with("http://")) return "must begin with https:// or http://";
      return url.find_first_of("# ?") == std::string::npos ? "" : "must have no fragment, query or space";
    },
    "");

}  // namespace

void add_play(CLI::App& app, Action& action) {
  auto options = std::make_shared<PlaygroundOptions>();
  CLI::App* command = app.add_subcommand("play", kPlayHelp);
  command->add_option("--model", options->model_folders, "folder of a run or of an exported model; repeat for more")
      ->required();
  command->add_option("--link", options->link, "open this share link first")->type_name("LINK");
  command
      ->add_option("--picture", options->picture,
                   "open this picture first, as if it were dropped on the window: a saved one restores what it shows, "
                   "any other is read by the model")
      ->type_name("FILE");
  command->add_option("--theme", options->theme, "dark or light")->check(CLI::IsMember({"dark", "light"}));
  command->add_option("--language", options->language, "en or zh; otherwise as LANG says")
      ->check(CLI::IsMember({"en", "zh"}));
  command->add_flag("--reduced-motion", options->reduced_motion, "no transitions and no gliding");
  command
      ->add_option("--site", options->site,
                   "a published site: the links that are copied open there; otherwise they are bare")
      ->type_name("URL")
      ->check(kSiteUrl);
  command
      ->add_option("--save-to", options->folder,
                   "where the share panel saves; otherwise the desktop's folder for pictures, or the current one")
      ->type_name("FOLDER");
  command->add_option("--width", options->width, "of the window")->check(CLI::Range(320, 16384))->capture_default_str();
  command->add_option("--height", options->height, "of the window")
      ->check(CLI::Range(480, 16384))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "that decode; 0 chooses")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  CLI::Option* screenshot =
      command->add_option("--screenshot", options->screenshot, "draw the window into a PNG and end")->type_name("FILE");
  command->add_option("--press", options->press, "press this control first (such as share or random); repeat for more")
      ->type_name("NAME")
      ->needs(screenshot);
  command->callback([options, &action] { action = [options] { return run_playground(*options); }; });
}

}  // namespace avae::cli
