// The subcommands of the avae program: each file of this folder adds one.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "shared/model/result.hpp"

namespace avae::cli {

/// What the chosen subcommand does once all arguments are parsed; an Error becomes exit code 1.
using Action = std::function<Result<void>()>;

// Each adds a subcommand whose callback puts its work into `action`, which must outlive `app`.
void add_train(CLI::App& app, Action& action);
void add_eval(CLI::App& app, Action& action);
void add_sample(CLI::App& app, Action& action);
void add_reconstruct(CLI::App& app, Action& action);
void add_atlas(CLI::App& app, Action& action);
void add_publish(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_open(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_data(CLI::App& app, Action& action);
void add_play(CLI::App& app, Action& action);

/// Adds `play` too, but hands it with all its arguments to the program avae-play, which has add_play().
void add_play_program(CLI::App& app, Action& action);

inline constexpr const char* kPlayHelp = "Explore models in a window";

/// Stands for a subcommand that this build lacks: listed in the help, and bad usage when called.
void add_missing(CLI::App& app, const std::string& name, const std::string& option);

/// "avae: message" on stderr, for what a person should know and nothing depends on.
void note(const std::string& message);

}  // namespace avae::cli
