// The one table of commands: what buttons, shortcuts and the page's command() run.
#pragma once

#include <span>
#include <string_view>

#include <imgui.h>

#include "shared/playground/ui.hpp"

namespace avae {

/// What a command works on.
struct CommandContext {
  Editor& editor;
  Session& session;
  Pictures& pictures;
  Host& host;
};

struct Command {
  const char* name;
  ImGuiKeyChord shortcut;  ///< 0 for none
  void (*run)(CommandContext&);
};

std::span<const Command> commands();

/// Runs a command by name, or "model <16 hex digits>". Errors: an unknown name, a model that is not listed.
Result<void> run_command(CommandContext& context, std::string_view name);

/// Shows model `id`: with the same latents, or with its own of the visitor's picture while that is on show. Errors: a
/// model that is not listed.
Result<void> choose_model(Editor& editor, const Session& session, const ModelId& id);

/// Shows a sentence: the host's way if it has one, otherwise at the bottom for a few seconds.
void show_message(Session& session, Host& host, std::string_view text);

}  // namespace avae
