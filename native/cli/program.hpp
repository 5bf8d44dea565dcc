// What the programs of this folder have in common: arguments in, one line on stderr and an exit code out.
#pragma once

#include "native/cli/command.hpp"

namespace avae::cli {

/// Parses the arguments with the subcommands that `add_commands` adds, and runs the chosen one. Returns the exit code:
/// 0 done, 1 failed, 2 bad usage.
int run_program(int argc, char** argv, void (*add_commands)(CLI::App& app, Action& action));

}  // namespace avae::cli
