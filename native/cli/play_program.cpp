#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "native/cli/command.hpp"

namespace avae::cli {
namespace {

namespace fs = std::filesystem;

/// Turns this process into avae-play beside it. Returns only when that fails.
Result<void> become_play_program(std::vector<std::string> arguments) {
  std::error_code unreadable;
  const fs::path program = fs::read_symlink("/proc/self/exe", unreadable).replace_filename("avae-play");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  return fail("cannot start " + program.string() + ", " + std::strerror(errno), "it belongs beside avae, build it too");
}

}  // namespace

void add_play_program(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("play", kPlayHelp);
  command->prefix_command();  // the options are avae-play's business
  command->set_help_flag();
  command->callback([command, &action] {
    std::vector<std::string> arguments{"avae", "play"};
    for (const std::string& argument : command->remaining()) arguments.push_back(argument);
    action = [arguments] { return become_play_program(arguments); };
  });
}

}  // namespace avae::cli
