#include "shared/playground/commands.hpp"

#include <array>
#include <string>

#include "shared/playground/morph.hpp"
#include "shared/playground/morph_strip.hpp"
#include "shared/playground/strings.hpp"

namespace avae {

namespace {

constexpr double kMessage_ms = 4000.0;
constexpr std::string_view kModelCommand = "model ";

void stop(CommandContext& at) { at.session.playing = false; }

void play(CommandContext& at) {
  const AppState& state = at.editor.state();
  MapSession& map = at.session.map;
  if (state.view == View::kMap && map.drawing && map.line.size() > 1) {
    map.line_ends = true;
    return;
  }
  if (at.session.playing || state.morph.size() < 2) return stop(at);
  at.session.playing = true;
  const bool at_end = state.morph_position == 65535;
  at.session.strip = at_end ? 0.0 : state.morph_position / 65535.0;
}

void copy_link(CommandContext& at) {
  at.host.copy_text(at.host.link_text(at.editor.link()));
  show_message(at.session, at.host, tr("Link copied: it opens this very picture"));
}

constexpr std::array kCommands = {
    Command{"random", ImGuiKey_R, [](CommandContext& at) { stop(at), at.editor.random(at.host.entropy()); }},
    Command{"revert", 0, [](CommandContext& at) { stop(at), at.editor.revert(); }},
    Command{"undo", ImGuiMod_Ctrl | ImGuiKey_Z, [](CommandContext& at) { stop(at), at.editor.undo(); }},
    Command{"redo", ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_Z,
            [](CommandContext& at) { stop(at), at.editor.redo(); }},
    Command{"play", ImGuiKey_Space, play},
    Command{"pause", 0, stop},
    Command{"add-keyframe", ImGuiKey_K, [](CommandContext& at) { stop(at), at.editor.add_keyframe(); }},
    Command{"remove-keyframe", 0,
            [](CommandContext& at) {
              stop(at);
              const int index = current_keyframe(at.editor.state());
              if (index >= 0) at.editor.remove_keyframe(index);
            }},
    Command{"fill-morph", 0, [](CommandContext& at) { stop(at), at.editor.fill_morph(at.host.entropy()); }},
    Command{"loop", 0, [](CommandContext& at) { stop(at), at.editor.set_loop(!at.editor.state().morph_loop); }},
    Command{"blend", 0, [](CommandContext& at) { at.session.blending = !at.session.blending; }},
    Command{"smooth", 0, [](CommandContext& at) { at.pictures.set_smooth(!at.pictures.smooth()); }},
    Command{"shuffle-variations", 0, [](CommandContext& at) { at.editor.shuffle_variations(at.host.entropy()); }},
    Command{
        "shuffle-gallery", ImGuiKey_G,
        [](CommandContext& at) { at.editor.set_gallery(at.host.entropy(), at.editor.state().gallery_all_classes); }},
    Command{"gallery-all", 0, [](CommandContext& at) { at.editor.set_gallery(at.editor.state().gallery_seed, true); }},
    Command{"gallery-class", 0,
            [](CommandContext& at) { at.editor.set_gallery(at.editor.state().gallery_seed, false); }},
    Command{"map-in", ImGuiKey_Equal, [](CommandContext& at) { run_map_command(at.session.map, "map-in"); }},
    Command{"map-out", ImGuiKey_Minus, [](CommandContext& at) { run_map_command(at.session.map, "map-out"); }},
    Command{"map-fit", ImGuiKey_0, [](CommandContext& at) { run_map_command(at.session.map, "map-fit"); }},
    Command{"map-dots", 0, [](CommandContext& at) { run_map_command(at.session.map, "map-dots"); }},
    Command{"map-path", ImGuiKey_L,
            [](CommandContext& at) {
              if (at.editor.state().view == View::kMap) run_map_command(at.session.map, "map-path");
            }},
    Command{"all-coordinates", 0, [](CommandContext& at) { at.session.all_coordinates = !at.session.all_coordinates; }},
    Command{"locks", 0, [](CommandContext& at) { at.session.locking = !at.session.locking; }},
    Command{"view-shape", 0, [](CommandContext& at) { at.editor.set_view(View::kShape); }},
    Command{"view-map", 0, [](CommandContext& at) { at.editor.set_view(View::kMap); }},
    Command{"view-draw", 0, [](CommandContext& at) { at.editor.set_view(View::kDraw); }},
    Command{"view-morph", 0, [](CommandContext& at) { at.editor.set_view(View::kMorph); }},
    Command{"view-compare", 0, [](CommandContext& at) { at.editor.set_view(View::kCompare); }},
    Command{"copy-link", 0, copy_link},
    Command{"theme", 0,
            [](CommandContext& at) {
              at.session.theme = at.session.theme == ThemeName::kDark ? ThemeName::kLight : ThemeName::kDark;
            }},
};

Result<void> choose_listed_model(CommandContext& at, std::string_view id) {
  for (const ModelInfo& model : at.editor.models()) {
    if (hex(model.id) == id) {
      stop(at);
      return choose_model(at.editor, at.session, model.id);
    }
  }
  return fail("model " + std::string(id) + " is not listed");
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

Result<void> choose_model(Editor& editor, const Session& session, const ModelId& id) {
  const auto& own = session.own_picture;
  const bool shown = own && own->shown(editor.state());
  if (const auto chosen = editor.set_model(id); !chosen) return chosen;
  const Keyframe* theirs = shown ? own->of(id) : nullptr;
  if (theirs && fits(*theirs, editor.spec())) editor.keep(*theirs);
  return {};
}

Result<void> run_command(CommandContext& context, std::string_view name) {
  if (name.starts_with(kModelCommand)) return choose_listed_model(context, name.substr(kModelCommand.size()));
  for (const Command& command : kCommands) {
    if (name == command.name) {
      command.run(context);
      return {};
    }
  }
  return fail("no command is called " + std::string(name));
}

void show_message(Session& session, Host& host, std::string_view text) {
  if (host.show_message(text)) return;
  session.message = text;
  session.message_until_ms = host.now_ms() + kMessage_ms;
}

}  // namespace avae
