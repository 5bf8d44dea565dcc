#include "shared/playground/playground.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <imgui_internal.h>

#include "shared/playground/commands.hpp"
#include "shared/playground/morph.hpp"
#include "shared/playground/strings.hpp"

namespace avae {

namespace {
// ImGui learns in one frame what is under the pointer and shows it in the next; a third settles tooltips and scroll
// bars.
constexpr int kFramesPerWake = 3;
// A stroke that pauses for longer than this is two steps of the history.
constexpr double kStepTogether_ms = 1000.0;
}  // namespace

Playground::Playground(std::vector<ModelInfo> models, DecodeService& service, Host& host, SharePanel* sharing,
                       DrawPanel* drawing)
    : service_(service),
      host_(host),
      sharing_(sharing),
      editor_(std::move(models)),
      pictures_(service, host, tickets_),
      realism_(service, tickets_),
      drawing_(drawing) {
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigInputTrickleEventQueue = true;
  pictures_.set_model(editor_.model());
  decoding_ = editor_.model().id;
  reported_ = {editor_.link(), editor_.state().morph.size()};
  last_ms_ = host_.now_ms();
  wake();
}

Playground::~Playground() {
  if (drawing_ != nullptr) drawing_->textures_lost();
}

void Playground::set_scale(float scale) {
  scale_ = scale;
  std::vector<std::string> names;
  for (const ModelInfo& model : editor_.models()) {
    names.push_back(model.title.empty() ? model.spec.name : model.title);
    for (const std::string& name : model.spec.class_names) names.push_back(tr(name));
  }
  if (sharing_ != nullptr)
    for (const std::string& name : sharing_->names()) names.push_back(name);
  set_name_glyphs(names);
  fonts_ = build_fonts(scale_, host_);
  wake();
}

void Playground::set_theme(ThemeName theme) {
  session_.theme = theme;
  wake();
}

void Playground::textures_lost() {
  pictures_.textures_lost();
  if (drawing_ != nullptr) drawing_->textures_lost();
  for (auto& [id, pictures] : beside_) pictures.textures_lost();
  wake();
}

void Playground::wake() { frames_due_ = kFramesPerWake; }

bool Playground::needs_frame() const {
  const bool input_waits = ImGui::GetCurrentContext()->InputEventsQueue.Size > 0;
  if (frames_due_ > 0 || input_waits || session_.playing || session_.touch.gliding() || !session_.commands.empty() ||
      !session_.inputs.empty())
    return true;
  const auto uploads_wait = [](const auto& beside) { return beside.second.uploads_wait(); };
  if (pictures_.uploads_wait() || std::any_of(beside_.begin(), beside_.end(), uploads_wait)) return true;
  const auto fades = [](const auto& beside) { return beside.second.fading(kTransition_ms); };
  return !host_.reduced_motion() &&
         (pictures_.fading(kTransition_ms) || std::any_of(beside_.begin(), beside_.end(), fades));
}

double Playground::wait_ms() const {
  if (needs_frame()) return 0.0;
  const double now = host_.now_ms();
  double wait = -1.0;
  if (!session_.message.empty()) wait = std::max(0.0, session_.message_until_ms - now);
  if (session_.settles_ms > now && wait < 0.0) wait = session_.settles_ms - now;
  return wait;
}

void Playground::frame(float width, float height) {
  const double now = host_.now_ms();
  const double elapsed = std::clamp(now - last_ms_, 0.0, 100.0);
  last_ms_ = now;
  drawn_ = true;
  if (frames_due_ > 0) --frames_due_;
  if (!session_.message.empty() && now >= session_.message_until_ms) session_.message.clear();

  session_.moving = std::exchange(session_.gesture, false);
  session_.touch.update(host_.reduced_motion());
  if (session_.touch.scrolling() || session_.touch.gliding()) wake();
  if (sharing_ != nullptr) sharing_->move_focus(session_, targets_);
  read_shortcuts();
  play(elapsed);
  if (decoding_ != editor_.model().id) {
    pictures_.set_model(editor_.model());
    decoding_ = editor_.model().id;
  }
  session_.input = {};
  if (!session_.inputs.empty()) {
    session_.input = std::move(session_.inputs.front());
    session_.inputs.pop_front();
    wake();
  }
  draw(width, height);
  session_.reveal.clear();

  for (const std::string& name : std::exchange(session_.commands, {})) (void)command(name);
  if (!session_.gesture && !session_.playing && now >= session_.settles_ms) settle();
}

void Playground::play(double elapsed_ms) {
  if (!session_.playing) return;
  const AppState& state = editor_.state();
  const int count = static_cast<int>(state.morph.size());
  if (count < 2) {
    session_.playing = false;
    return;
  }
  session_.strip = advance(session_.strip, elapsed_ms, count, state.morph_speed, state.morph_loop);
  editor_.set_position(static_cast<std::uint16_t>(std::lround(session_.strip * 65535.0)));
  if (!state.morph_loop && session_.strip >= 1.0) session_.playing = false;
}

void Playground::read_shortcuts() {
  const ImGuiIO& io = ImGui::GetIO();
  if (sharing_ != nullptr && io.KeyMods == ImGuiMod_Ctrl) {  // the page has its own way with the clipboard
    if (ImGui::IsKeyPressed(ImGuiKey_C, false)) session_.commands.emplace_back("copy-link");
    if (ImGui::IsKeyPressed(ImGuiKey_V, false)) sharing_->paste();
    if (ImGui::IsKeyPressed(ImGuiKey_O, false) && drawing_ != nullptr) sharing_->choose_picture();
  }
  if (session_.sharing) {
    if (ImGui::IsKeyPressed(ImGuiKey_Escape)) session_.sharing = false;
    return;
  }
  for (const Command& command : commands()) {
    if (command.shortcut == 0) continue;
    const auto key = static_cast<ImGuiKey>(command.shortcut & ~ImGuiMod_Mask_);
    if (key == ImGuiKey_Space && !session_.focus.empty() && session_.focus != "map") continue;  // presses that
    if ((command.shortcut & ImGuiMod_Mask_) == io.KeyMods && ImGui::IsKeyPressed(key, false))
      session_.commands.emplace_back(command.name);
  }
  const int last = session_.sliders - 1;
  int& focus = session_.focused_slider;
  if (focus >= 0) {
    if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) focus = std::min(focus + 1, last);
    if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) focus = std::max(focus - 1, 0);
    if (ImGui::IsKeyPressed(ImGuiKey_Escape)) focus = -1;
    focus = std::min(focus, last);
  }
}

void Playground::draw(float width, float height) {
  const Theme& colours = avae::theme(session_.theme);
  layout_ = arrange(width, height, editor_.state().view, sharing_ != nullptr, touching());
  apply_style(colours, layout_.target);
  targets_.clear();
  pictures_.begin_frame();
  realism_.begin_frame();
  for (auto& [id, pictures] : beside_) pictures.begin_frame();
  const std::vector<Compared> models = editor_.state().view == View::kCompare ? compared() : std::vector<Compared>();
  const auto map = maps_.find(editor_.model().id);
  Ui ui = {editor_,  pictures_,
           host_,    session_,
           colours,  fonts_,
           layout_,  scale_,
           targets_, map == maps_.end() ? nullptr : &map->second,
           realism_, models,
           last_ms_, host_.reduced_motion(),
           tickets_};
  ImGui::GetBackgroundDrawList()->AddRectFilled({0.0f, 0.0f}, {width, height}, colours.background);

  // The sample comes first: what it needs is asked for at its own priority. It shows the preview that the panels
  // below found in the frame before, or what lies under the pointer on the map.
  const bool on_map = editor_.state().view == View::kMap && ui.map != nullptr && layout_.carpet.shown();
  session_.map.pointed = session_.map.pointed && on_map;
  if (session_.map.pointed) {
    session_.preview.reset();
    point_at_map(ui, *ui.map);
  }
  draw_sample(ui);
  if (!session_.map.pointed) session_.preview.reset();
  // Targets are in the order of Tab: the map and the drawing pad come before the many sliders.
  const View view = editor_.state().view;
  const bool carpet_first = view == View::kMap || view == View::kDraw;
  if (carpet_first && layout_.carpet.shown()) draw_carpet(ui);
  if (layout_.panel.shown()) draw_shape_panel(ui);
  if (!carpet_first && layout_.carpet.shown()) draw_carpet(ui);
  if (layout_.strip.shown()) layout_.form == Form::kPhone ? draw_morph_panel(ui) : draw_morph_strip(ui);
  if (layout_.header.shown()) draw_header(ui);
  if (layout_.tabs.shown()) draw_tabs(ui);
  if (sharing_ != nullptr) {
    sharing_->draw(ui, width, height);
    sharing_->draw_focus(ui);
  }
  draw_message(ui, {0.0f, 0.0f, width, height});
  const ModelInfo& model = editor_.model();
  if (const ModelInfo* judge = Realism::judge_of(model, editor_.models()))
    realism_.of(*judge, model.id, editor_.state().sample, pixels());
  pictures_.end_frame();
  for (auto& [id, pictures] : beside_) pictures.end_frame();
  realism_.end_frame();
  // Only a map that is on show answers to these.
  session_.map.pinch.reset();
  session_.map.zoom_by = 1.0f;
}

void Playground::draw_carpet(Ui& ui) {
  const View view = editor_.state().view;
  if (view == View::kMorph) {
    draw_morph_sheet(ui);
  } else if (view == View::kMap && ui.map != nullptr) {
    draw_map(ui, *ui.map);
  } else if (view == View::kCompare) {
    draw_compare(ui);
  } else if (view == View::kDraw && drawing_ != nullptr) {
    drawing_->draw(ui);
  } else if (view != View::kDraw || sharing_ != nullptr) {  // the page has its own panel there
    draw_gallery(ui);
  }
}

std::vector<Compared> Playground::compared() {
  std::vector<Compared> out;
  for (const ModelInfo* model : comparable(editor_.model(), editor_.models())) {
    if (model->id == editor_.model().id) {
      out.push_back({model, &pictures_});
      continue;
    }
    const auto [found, fresh] = beside_.try_emplace(model->id, service_, host_, tickets_);
    if (fresh) {
      found->second.set_model(*model);
      found->second.begin_frame();
    }
    found->second.set_smooth(pictures_.smooth());
    out.push_back({model, &found->second});
  }
  return out;
}

int Playground::pending() const {
  int count = pictures_.pending() + (realism_.pending() ? 1 : 0) +
              (drawing_ != nullptr && drawing_->pending() ? 1 : 0) +
              (sharing_ != nullptr && sharing_->pending() ? 1 : 0);
  for (const auto& [id, pictures] : beside_) count += pictures.pending();
  return count;
}

void Playground::settle() {
  editor_.commit();
  // A single keyframe is no morph yet, so the link does not tell of it.
  std::pair reported(editor_.link(), editor_.state().morph.size());
  if (reported == reported_) return;
  reported_ = std::move(reported);
  wake();
  host_.state_changed();
}

void Playground::decoded(Ticket ticket, std::span<const std::uint8_t> pixels) {
  bool mine = pictures_.decoded(ticket, pixels) || (sharing_ != nullptr && sharing_->decoded(ticket, pixels));
  for (auto& [id, pictures] : beside_) mine = mine || pictures.decoded(ticket, pixels);
  if (mine) wake();
}

void Playground::judged(Ticket ticket, std::span<const float> logits) {
  if (!realism_.judged(ticket, logits)) return;
  wake();
  host_.state_changed();
}

std::optional<float> Playground::realism() const {
  const ModelInfo* judge = Realism::judge_of(editor_.model(), editor_.models());
  return judge == nullptr ? std::nullopt : realism_.known(*judge, editor_.model().id, editor_.state().sample);
}

void Playground::failed(Ticket ticket, std::string_view message) {
  // Nobody misses a judgement.
  if (realism_.failed(ticket)) return;
  if (drawing_ != nullptr && drawing_->failed(ticket, message)) return wake();
  if (sharing_ != nullptr && sharing_->failed(ticket, message)) return tell_saved();
  bool mine = pictures_.failed(ticket);
  for (auto& [id, pictures] : beside_) mine = mine || pictures.failed(ticket);
  if (!mine) return;
  show_message(session_, host_, message);
  wake();
}

void Playground::encoded(Ticket ticket, const Encoding& encoding) {
  if (drawing_ == nullptr) return;
  if (const auto reading = drawing_->encoded(ticket, encoding, editor_.model()))
    keep(reading->keyframe, reading->settled);
  if (auto own = drawing_->own(editor_.model().id); own && own->shown(editor_.state()))
    session_.own_picture = std::move(own);
  wake();
}

void Playground::saved(Ticket ticket, std::string_view path) {
  if (sharing_ != nullptr && sharing_->saved(ticket, path)) tell_saved();
}

void Playground::tell_saved() {
  // The panel says it itself while it is up.
  if (!session_.sharing) show_message(session_, host_, sharing_->status());
  wake();
}

void Playground::pointer_comes(float x, float y) {
  const auto map = maps_.find(editor_.model().id);
  if (editor_.state().view != View::kMap || map == maps_.end() || session_.sharing || decoding_ != editor_.model().id)
    return;
  // ImGui has pointers on whole units.
  if (const auto under = map_place(session_.map, layout_, map->second, {std::floor(x), std::floor(y)}))
    pictures_.hasten(*under);
}

void Playground::say(std::string_view message) {
  show_message(session_, host_, message);
  wake();
}

void Playground::draw_on(std::span<const std::uint8_t> pixels, bool photograph) {
  if (drawing_ == nullptr) return;
  session_.sharing = false;
  edit([](Editor& editor) { editor.set_view(View::kDraw); });
  drawing_->place(editor_.model(), pixels, photograph);
  wake();
}

void Playground::keep(const Keyframe& picture, bool settled) {
  session_.playing = false;
  editor_.keep({picture.latent, picture.mix, true});
  session_.settles_ms = settled ? 0.0 : host_.now_ms() + kStepTogether_ms;
  if (settled) settle();
  wake();
}

void Playground::press(std::string_view target) {
  session_.inputs.push_back({std::string(target), {}});
  wake();
}

void Playground::slide(std::string_view target, int value) {
  // Only where a drag has got to matters.
  if (session_.inputs.empty() || !session_.inputs.back().slides(target))
    session_.inputs.push_back({std::string(target), value});
  session_.inputs.back().value = value;
  session_.settles_ms = host_.now_ms() + kStepTogether_ms;
  wake();
}

void Playground::reveal(std::string_view target) {
  session_.reveal = target;
  wake();
}

void Playground::set_own_picture(std::map<ModelId, Keyframe> others) {
  std::erase_if(others, [&](const auto& each) {
    const auto& models = editor_.models();
    return std::none_of(models.begin(), models.end(), [&](const ModelInfo& model) {
      return model.id == each.first && fits(each.second, model.spec);
    });
  });
  others[editor_.state().model] = editor_.state().sample;
  for (auto& [id, keyframe] : others) keyframe.encoded = true;
  session_.own_picture = {std::move(others)};
  wake();
}

Result<void> Playground::report(Result<void> result) {
  if (!result) show_message(session_, host_, result.error().text());
  settle();
  wake();
  return result;
}

Result<void> Playground::open(std::string_view link) {
  session_.playing = false;
  session_.sharing = false;
  const auto opened = report(editor_.open(link));
  if (!drawn_) editor_.begin_history();
  return opened;
}

Result<void> Playground::set_model(const ModelId& id) {
  session_.playing = false;
  const bool held = host_.now_ms() < session_.settles_ms;
  if (held) editor_.commit();
  const auto chosen = choose_model(editor_, session_, id);
  if (!chosen || !held) return report(chosen);
  wake();
  return chosen;
}

void Playground::set_atlas(const ModelId& id, Atlas atlas) {
  maps_.erase(id);
  maps_.emplace(id, Map(std::move(atlas)));
  session_.map.mark.reset();
  wake();
}

bool Playground::pinch(float x, float y, float dx, float dy, float factor) {
  const Rect& rect = layout_.carpet;
  const bool inside = x >= rect.x && x < rect.right() && y >= rect.y && y < rect.bottom();
  if (!inside || editor_.state().view != View::kMap || !maps_.contains(editor_.model().id)) return false;
  Pinch& pinch = session_.map.pinch ? *session_.map.pinch : session_.map.pinch.emplace();
  pinch.at = {x, y};
  pinch.moved = {pinch.moved.x + dx, pinch.moved.y + dy};
  pinch.factor *= factor;
  wake();
  return true;
}

void Playground::replace_model(const ModelId& id, ModelInfo now) {
  const bool shown = editor_.state().model == id;
  editor_.replace_model(id, std::move(now));
  beside_.erase(id);
  realism_.clear();
  // What the model before it made of the visitor's picture may be of another size.
  if (session_.own_picture) session_.own_picture->keyframes.erase(id);
  if (shown) {
    pictures_.set_model(editor_.model());
    decoding_ = editor_.model().id;
  }
  settle();
  wake();
}

Result<void> Playground::command(std::string_view name) {
  if (name == kOpenPicture && sharing_ != nullptr) return sharing_->choose_picture(), Result<void>();
  CommandContext context = {editor_, session_, pictures_, host_};
  return report(run_command(context, name));
}

}  // namespace avae
