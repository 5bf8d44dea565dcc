#include "native/cli/program.hpp"

#include <cstdio>
#include <iostream>
#include <new>

namespace avae::cli {

namespace {

constexpr int kFailed = 1, kBadUsage = 2;

/// Called for, but not built in. Its message is complete.
struct MissingCommand : CLI::ParseError {
  explicit MissingCommand(const std::string& message) : ParseError("MissingCommand", message, 1) {}
};

/// An empty value is a variable that was not set: as a path it would mean the current folder.
void check_values(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    for (const std::string& value : option->results())
      if (value.empty()) throw CLI::ValidationError(option->get_name(), "is given an empty value");
  }
  for (const CLI::App* command : app.get_subcommands()) check_values(*command);
}

int report_usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  std::string command = "avae";
  for (const CLI::App* sub = &app; !sub->get_subcommands().empty();) {
    sub = sub->get_subcommands().front();
    command += " " + sub->get_name();
  }
  const auto unknown = app.remaining(true);
  std::string what = unknown.empty() ? error.what() : "unknown word " + unknown.front();
  while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
  note(what + ": see " + command + " --help");
  return kBadUsage;
}

int run(int argc, char** argv, void (*add_commands)(CLI::App&, Action&)) {
  CLI::App app("Train an adversarial VAE, publish it as a web page, share what you find", "avae");
  app.set_version_flag("--version", "avae " AVAE_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  Action action;
  add_commands(app, action);
  try {
    app.parse(argc, argv);
    check_values(app);
  } catch (const MissingCommand& error) {
    note(error.what());
    return kBadUsage;
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error);
  }
  const auto done = action();
  std::cout.flush();
  const bool written = std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (!done) note(done.error().text());
  if (done && !written) note("what was to be printed could not be written: see whether the disk is full");
  return done && written ? 0 : kFailed;
}

}  // namespace

void add_missing(CLI::App& app, const std::string& name, const std::string& option) {
  CLI::App* command = app.add_subcommand(name, "not in this build (configure it with " + option + "=ON)");
  command->allow_extras();
  command->set_help_flag();
  command->callback(
      [name, option] { throw MissingCommand("this build has no " + name + ": configure it with " + option + "=ON"); });
}

void note(const std::string& message) { std::cerr << "avae: " << message << '\n'; }

int run_program(int argc, char** argv, void (*add_commands)(CLI::App&, Action&)) {
  try {
    return run(argc, argv, add_commands);
  } catch (const std::bad_alloc&) {
    note("out of memory: ask for less at a time");
  } catch (const std::exception& error) {
    note(std::string("unexpected failure, ") + error.what() + ": please report it");
  }
  return kFailed;
}

}  // namespace avae::cli
