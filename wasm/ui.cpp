#include "wasm/ui.h"

#include <emscripten/emscripten.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shared/playground/morph.hpp"
#include "shared/playground/playground.hpp"
#include "shared/playground/strings.hpp"

// clang-format off
#define HOST(name) __attribute__((import_module("host"), import_name(#name)))
extern "C" {
HOST(host_create_texture) int host_create_texture(int width, int height);
HOST(host_update_texture) void host_update_texture(int texture, int x, int y, int width, int height, const std::uint8_t* rgba);
HOST(host_destroy_texture) void host_destroy_texture(int texture);
HOST(host_now) double host_now();
HOST(host_entropy) std::uint64_t host_entropy();
HOST(host_reduced_motion) int host_reduced_motion();
HOST(host_copy) void host_copy(const char* fragment, std::size_t bytes);
HOST(host_state_changed) void host_state_changed();
HOST(host_message) int host_message(const char* text, std::size_t bytes);
HOST(host_draw_text) std::uint8_t* host_draw_text(const char* text, std::size_t bytes, float em_px, int strong, float* out);
HOST(host_decode) void host_decode(std::uint32_t ticket, const std::uint8_t* model, int priority, int n, const std::int8_t* latents,
                                   std::size_t latents_bytes, const std::uint8_t* mixes, std::size_t mixes_bytes);
HOST(host_judge) void host_judge(std::uint32_t ticket, const std::uint8_t* model, int n, const std::uint8_t* pixels,
                                 std::size_t pixels_bytes, const std::uint8_t* mixes, std::size_t mixes_bytes);
HOST(host_cancel) void host_cancel(std::uint32_t ticket);
}
// clang-format on

namespace {

using avae::ModelId;
using avae::ModelInfo;
using avae::Playground;
using avae::Result;

constexpr int kFontTexture = 1;

ImTextureID texture_id(int number) { return reinterpret_cast<ImTextureID>(static_cast<std::intptr_t>(number)); }
int texture_number(ImTextureID id) { return static_cast<int>(reinterpret_cast<std::intptr_t>(id)); }

class Page : public avae::Host, public avae::DecodeService {
 public:
  ImTextureID create_texture(int width, int height) override { return texture_id(host_create_texture(width, height)); }
  void update_texture(ImTextureID texture, int x, int y, int width, int height, const std::uint8_t* rgba) override {
    host_update_texture(texture_number(texture), x, y, width, height, rgba);
  }
  void destroy_texture(ImTextureID texture) override { host_destroy_texture(texture_number(texture)); }
  double now_ms() override { return host_now(); }
  std::uint64_t entropy() override { return host_entropy(); }
  bool reduced_motion() override { return host_reduced_motion() != 0; }
  void copy_text(const std::string& text) override { host_copy(text.data(), text.size()); }
  std::string link_text(const std::string& link) override { return "#" + link; }
  void state_changed() override { host_state_changed(); }
  bool show_message(std::string_view text) override { return host_message(text.data(), text.size()) != 0; }
  avae::TextPicture draw_text(const std::string& text, float em_px, bool strong) override {
    std::array<float, 5> numbers{};
    std::uint8_t* alpha = host_draw_text(text.data(), text.size(), em_px, strong ? 1 : 0, numbers.data());
    if (alpha == nullptr) return {};
    avae::TextPicture picture;
    picture.width = static_cast<int>(numbers[0]);
    picture.height = static_cast<int>(numbers[1]);
    picture.left = numbers[2];
    picture.top = numbers[3];
    picture.advance = numbers[4];
    picture.alpha.assign(alpha,
                         alpha + static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
    ui_free(alpha);
    return picture;
  }
  void decode(const avae::DecodeRequest& request) override {
    host_decode(request.ticket, request.model.data(), static_cast<int>(request.priority), request.count,
                request.latents.data(), request.latents.size(), request.mixes.data(), request.mixes.size());
  }
  void judge(const avae::JudgeRequest& request) override {
    host_judge(request.ticket, request.model.data(), request.count, request.pixels.data(), request.pixels.size(),
               request.mixes.data(), request.mixes.size());
  }
  void cancel(avae::Ticket ticket) override { host_cancel(ticket); }
};

// All of an instance's state: an instance serves one page.
struct Ui {
  Page page;
  std::vector<ModelInfo> models;
  std::unique_ptr<Playground> playground;
  std::string text;
  std::vector<float> commands;
  std::map<ModelId, avae::Keyframe> others;  // see ui_own_picture_begin()
  double last_ms = 0.0;
};

Ui& ui() {
  static Ui instance;
  return instance;
}

int refuse(const avae::Error& error) {
  ui().text = error.text();
  return 0;
}

int finish(const Result<void>& result) {
  if (!result) return refuse(result.error());
  ui().text.clear();
  return 1;
}

ModelId read_id(const std::uint8_t* bytes) {
  ModelId id{};
  std::copy_n(bytes, id.size(), id.begin());
  return id;
}

Result<ModelInfo> read_model_info(const std::uint8_t* id, std::string_view title, std::string_view json) {
  const Result<avae::ModelSpec> spec = avae::parse_spec(json);
  if (!spec) return tl::unexpected<avae::Error>(spec.error());
  return ModelInfo{read_id(id), std::string(title), *spec, true, std::nullopt};
}

template <typename Numbers>
std::string json_array(const Numbers& numbers) {
  std::string out = "[";
  for (const auto number : numbers) {
    if (out.size() > 1) out += ',';
    out += std::to_string(static_cast<int>(number));
  }
  return out + "]";
}

std::string json_number(const char* key, int value) { return ",\"" + std::string(key) + "\":" + std::to_string(value); }
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}
std::string json_bool(const char* key, bool value) {
  return ",\"" + std::string(key) + "\":" + (value ? "true" : "false");
}

ImGuiKey imgui_key(int key) {
  constexpr std::array kNamed = {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow,
                                 ImGuiKey_Home,      ImGuiKey_Escape,     ImGuiKey_Space};
  const int named = static_cast<int>(kNamed.size());
  if (key >= 0 && key < named) return kNamed[static_cast<std::size_t>(key)];
  if (key < named + 26) return static_cast<ImGuiKey>(ImGuiKey_A + key - named);
  constexpr std::array kMore = {ImGuiKey_Equal, ImGuiKey_Minus, ImGuiKey_0};
  const auto more = static_cast<std::size_t>(key - named - 26);
  if (more < kMore.size()) return kMore[more];
  return ImGuiKey_None;
}

ImGuiMouseSource source_of(int touch) { return touch != 0 ? ImGuiMouseSource_TouchScreen : ImGuiMouseSource_Mouse; }

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE void* ui_alloc(std::size_t bytes) { return std::malloc(std::max<std::size_t>(bytes, 1)); }
EMSCRIPTEN_KEEPALIVE void ui_free(void* block) { std::free(block); }
EMSCRIPTEN_KEEPALIVE const char* ui_text() { return ui().text.data(); }
EMSCRIPTEN_KEEPALIVE std::size_t ui_text_bytes() { return ui().text.size(); }

EMSCRIPTEN_KEEPALIVE int ui_add_model(const std::uint8_t* id, const char* title, std::size_t title_bytes,
                                      const char* spec, std::size_t spec_bytes, int current, float realism_scale,
                                      float realism_offset) {
  Result<ModelInfo> model = read_model_info(id, {title, title_bytes}, {spec, spec_bytes});
  if (!model) return refuse(model.error());
  model->current = current != 0;
  if (realism_scale > 0.0f) model->realism = {realism_scale, realism_offset};
  ui().models.push_back(std::move(*model));
  return finish({});
}

EMSCRIPTEN_KEEPALIVE int ui_set_strings(const char* json, std::size_t bytes) {
  return finish(avae::set_strings({json, bytes}));
}

EMSCRIPTEN_KEEPALIVE int ui_start() {
  if (ui().models.empty()) return refuse({"the site has no model", "publish one"});
  ImGui::CreateContext();
  ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_HasMouseCursors | ImGuiBackendFlags_RendererHasVtxOffset;
  ui().playground = std::make_unique<Playground>(std::move(ui().models), ui().page, ui().page);
  return finish({});
}

EMSCRIPTEN_KEEPALIVE void ui_scale(float scale) { ui().playground->set_scale(scale); }

EMSCRIPTEN_KEEPALIVE const std::uint8_t* ui_font_pixels(int* width, int* height) {
  unsigned char* pixels = nullptr;
  ImGui::GetIO().Fonts->GetTexDataAsRGBA32(&pixels, width, height);
  ImGui::GetIO().Fonts->SetTexID(texture_id(kFontTexture));
  return pixels;
}

EMSCRIPTEN_KEEPALIVE int ui_font_texture() { return kFontTexture; }
EMSCRIPTEN_KEEPALIVE void ui_textures_lost() { ui().playground->textures_lost(); }
EMSCRIPTEN_KEEPALIVE int ui_needs_frame() { return ui().playground->needs_frame() ? 1 : 0; }
EMSCRIPTEN_KEEPALIVE double ui_wait_ms() { return ui().playground->wait_ms(); }

EMSCRIPTEN_KEEPALIVE void ui_frame(float width, float height) {
  ImGuiIO& io = ImGui::GetIO();
  const double now = host_now();
  io.DeltaTime = std::clamp(static_cast<float>((now - ui().last_ms) / 1000.0), 0.001f, 0.1f);
  ui().last_ms = now;
  io.DisplaySize = {width, height};
  ImGui::NewFrame();
  ui().playground->frame(width, height);
  ImGui::Render();
}

EMSCRIPTEN_KEEPALIVE int ui_draw_lists() { return ImGui::GetDrawData()->CmdListsCount; }

EMSCRIPTEN_KEEPALIVE const void* ui_vertices(int index, int* count) {
  const ImDrawList* list = ImGui::GetDrawData()->CmdLists[index];
  *count = list->VtxBuffer.Size;
  return list->VtxBuffer.Data;
}

EMSCRIPTEN_KEEPALIVE const void* ui_indices(int index, int* count) {
  const ImDrawList* list = ImGui::GetDrawData()->CmdLists[index];
  *count = list->IdxBuffer.Size;
  return list->IdxBuffer.Data;
}

EMSCRIPTEN_KEEPALIVE const float* ui_draw_commands(int index, int* count) {
  std::vector<float>& out = ui().commands;
  out.clear();
  for (const ImDrawCmd& command : ImGui::GetDrawData()->CmdLists[index]->CmdBuffer) {
    const ImVec4& clip = command.ClipRect;
    out.insert(out.end(), {static_cast<float>(texture_number(command.TextureId)), static_cast<float>(command.IdxOffset),
                           static_cast<float>(command.ElemCount), clip.x, clip.y, clip.z, clip.w,
                           static_cast<float>(command.VtxOffset)});
  }
  *count = ImGui::GetDrawData()->CmdLists[index]->CmdBuffer.Size;
  return out.data();
}

EMSCRIPTEN_KEEPALIVE void ui_pointer_move(float x, float y, int touch) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddMouseSourceEvent(source_of(touch));
  io.AddMousePosEvent(x, y);
  ui().playground->wake();
}

EMSCRIPTEN_KEEPALIVE void ui_pointer_button(int down, int touch) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddMouseSourceEvent(source_of(touch));
  io.AddMouseButtonEvent(ImGuiMouseButton_Left, down != 0);
  ui().playground->wake();
}

EMSCRIPTEN_KEEPALIVE void ui_pointer_comes(float x, float y) { ui().playground->pointer_comes(x, y); }

EMSCRIPTEN_KEEPALIVE void ui_modifiers(int control, int shift) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddKeyEvent(ImGuiMod_Ctrl, control != 0);
  io.AddKeyEvent(ImGuiMod_Shift, shift != 0);
}

EMSCRIPTEN_KEEPALIVE void ui_pointer_leave() {
  ImGui::GetIO().AddMousePosEvent(-FLT_MAX, -FLT_MAX);
  ui().playground->wake();
}

EMSCRIPTEN_KEEPALIVE void ui_wheel(float x, float y) {
  ImGui::GetIO().AddMouseWheelEvent(x, y);
  ui().playground->wake();
}

EMSCRIPTEN_KEEPALIVE int ui_pinch(float x, float y, float dx, float dy, float factor) {
  return ui().playground->pinch(x, y, dx, dy, factor) ? 1 : 0;
}

EMSCRIPTEN_KEEPALIVE void ui_key(int key, int down, int control, int shift) {
  ui_modifiers(control, shift);
  ImGui::GetIO().AddKeyEvent(imgui_key(key), down != 0);
  ui().playground->wake();
}

EMSCRIPTEN_KEEPALIVE void ui_focus_lost() {
  // At once, and not in the next frame with what the visitor does when they are back.
  ImGui::GetIO().ClearEventsQueue();
  ImGui::GetIO().ClearInputKeys();
  ui().playground->wake();
}

EMSCRIPTEN_KEEPALIVE void ui_decoded(std::uint32_t ticket, const std::uint8_t* pixels, std::size_t bytes) {
  ui().playground->decoded(ticket, {pixels, bytes});
}

EMSCRIPTEN_KEEPALIVE void ui_judged(std::uint32_t ticket, const float* logits, std::size_t bytes) {
  ui().playground->judged(ticket, {logits, bytes / sizeof(float)});
}

EMSCRIPTEN_KEEPALIVE void ui_failed(std::uint32_t ticket, const char* message, std::size_t bytes) {
  ui().playground->failed(ticket, {message, bytes});
}

EMSCRIPTEN_KEEPALIVE int ui_open(const char* link, std::size_t bytes) {
  return finish(ui().playground->open({link, bytes}));
}
EMSCRIPTEN_KEEPALIVE int ui_command(const char* name, std::size_t bytes) {
  return finish(ui().playground->command({name, bytes}));
}

EMSCRIPTEN_KEEPALIVE int ui_set_view(const char* name, std::size_t bytes) {
  const Result<avae::View> view = avae::parse_view({name, bytes});
  if (!view) return refuse(view.error());
  ui().playground->edit([&](avae::Editor& editor) { editor.set_view(*view); });
  return finish({});
}

EMSCRIPTEN_KEEPALIVE int ui_set_model(const std::uint8_t* id) {
  return finish(ui().playground->set_model(read_id(id)));
}

EMSCRIPTEN_KEEPALIVE int ui_keep(const std::int8_t* latent, std::size_t latent_bytes, const std::uint8_t* mix,
                                 std::size_t mix_bytes, int settled) {
  const avae::ModelSpec& spec = ui().playground->editor().spec();
  avae::Keyframe picture = {{latent, latent + latent_bytes}, {mix, mix + mix_bytes}};
  if (latent_bytes != static_cast<std::size_t>(spec.latent) || mix_bytes != static_cast<std::size_t>(spec.classes))
    return refuse({"this picture is of another model", "encode it again"});
  if (spec.classes > 0 && avae::class_count(picture.mix) == 0) return refuse({"this picture has no class", ""});
  std::replace(picture.latent.begin(), picture.latent.end(), std::int8_t{-128}, std::int8_t{-127});
  ui().playground->keep(picture, settled != 0);
  return finish({});
}

EMSCRIPTEN_KEEPALIVE void ui_own_picture_begin() { ui().others.clear(); }

EMSCRIPTEN_KEEPALIVE int ui_own_picture_of(const std::uint8_t* id, const std::int8_t* latent, std::size_t latent_bytes,
                                           const std::uint8_t* mix, std::size_t mix_bytes) {
  const avae::ModelSpec& spec = ui().playground->editor().spec();
  if (latent_bytes != static_cast<std::size_t>(spec.latent) || mix_bytes != static_cast<std::size_t>(spec.classes))
    return refuse({"this picture is of another model", "encode it again"});
  avae::Keyframe picture = {{latent, latent + latent_bytes}, {mix, mix + mix_bytes}};
  std::replace(picture.latent.begin(), picture.latent.end(), std::int8_t{-128}, std::int8_t{-127});
  ui().others[read_id(id)] = std::move(picture);
  return finish({});
}

EMSCRIPTEN_KEEPALIVE void ui_own_picture_end() { ui().playground->set_own_picture(std::exchange(ui().others, {})); }

EMSCRIPTEN_KEEPALIVE int ui_set_class(int index) {
  const int classes = ui().playground->editor().spec().classes;
  if (index < 0 || index >= classes)
    return refuse({"there is no class " + std::to_string(index), "this model has " + std::to_string(classes)});
  ui().playground->edit([index](avae::Editor& editor) { editor.set_class(index); });
  return finish({});
}

EMSCRIPTEN_KEEPALIVE int ui_set_latent(int dimension, int value) {
  const int latent = ui().playground->editor().spec().latent;
  if (dimension < 0 || dimension >= latent)
    return refuse({"there is no direction " + std::to_string(dimension), "this model has " + std::to_string(latent)});
  ui().playground->edit([=](avae::Editor& editor) { editor.set_latent(dimension, value); });
  return finish({});
}

EMSCRIPTEN_KEEPALIVE void ui_set_position(int position) {
  const int clamped = std::clamp(position, 0, 65535);
  ui().playground->edit([clamped](avae::Editor& editor) { editor.set_position(static_cast<std::uint16_t>(clamped)); });
}

EMSCRIPTEN_KEEPALIVE void ui_set_theme(int light) {
  ui().playground->set_theme(light != 0 ? avae::ThemeName::kLight : avae::ThemeName::kDark);
}

EMSCRIPTEN_KEEPALIVE int ui_set_atlas(const std::uint8_t* id, const std::uint8_t* file, std::size_t bytes) {
  const avae::ModelId model = read_id(id);
  for (const ModelInfo& info : ui().playground->editor().models()) {
    if (info.id != model) continue;
    Result<avae::Atlas> atlas = avae::read_atlas({file, bytes}, info.spec);
    if (!atlas) return refuse(atlas.error());
    if (atlas->model != avae::hex(model)) return refuse({"this atlas is another model's", ""});
    ui().playground->set_atlas(model, std::move(*atlas));
    return finish({});
  }
  return refuse({"model " + avae::hex(model) + " is not listed", ""});
}

EMSCRIPTEN_KEEPALIVE int ui_replace_model(const std::uint8_t* id, const std::uint8_t* new_id, const char* title,
                                          std::size_t title_bytes, const char* spec, std::size_t spec_bytes) {
  Result<ModelInfo> model = read_model_info(new_id, {title, title_bytes}, {spec, spec_bytes});
  if (!model) return refuse(model.error());
  ui().playground->replace_model(read_id(id), std::move(*model));
  return finish({});
}

EMSCRIPTEN_KEEPALIVE void ui_link() { ui().text = ui().playground->link(); }

EMSCRIPTEN_KEEPALIVE void ui_state() {
  const Playground& playground = *ui().playground;
  const avae::Editor& editor = playground.editor();
  const avae::AppState& state = editor.state();
  std::string out =
      "{\"model\":\"" + avae::hex(state.model) + "\",\"view\":\"" + std::string(avae::view_name(state.view)) + "\"";
  out += ",\"latent\":" + json_array(state.sample.latent) + ",\"mix\":" + json_array(state.sample.mix);
  out += json_number("classIndex", avae::main_class(state.sample.mix)) +
         json_number("truncation", state.truncation_percent);
  out += ",\"morph\":{\"count\":" + std::to_string(state.morph.size()) + json_number("position", state.morph_position);
  out += json_number("speed", state.morph_speed) + json_bool("loop", state.morph_loop) + "}";
  out += json_bool("playing", playground.session().playing) + json_bool("canUndo", editor.history().can_undo());
  out += json_bool("canRedo", editor.history().can_redo()) + json_bool("canRevert", editor.can_revert());
  const std::optional<float> realism = playground.realism();
  out += realism ? json_number("realism", static_cast<int>(std::lround(100.0f * *realism))) : ",\"realism\":null";
  const avae::Rect& carpet = playground.layout().carpet;
  out +=
      json_number("pending", playground.pending()) + ",\"carpet\":{\"x\":" + std::to_string(static_cast<int>(carpet.x));
  out += json_number("y", static_cast<int>(carpet.y)) + json_number("w", static_cast<int>(carpet.w)) +
         json_number("h", static_cast<int>(carpet.h)) + "}}";
  ui().text = std::move(out);
}

EMSCRIPTEN_KEEPALIVE int ui_morph_frame(int position) {
  const avae::Editor& editor = ui().playground->editor();
  const avae::AppState& state = editor.state();
  if (state.morph.size() < 2) return refuse({"there is no morph", "add two pictures to it"});
  const auto at = static_cast<std::uint16_t>(std::clamp(position, 0, 65535));
  const avae::Keyframe frame = avae::morph_at(state.morph, at, state.morph_loop, editor.spec().switches);
  ui().text = "{\"latent\":" + json_array(frame.latent) + ",\"mix\":" + json_array(frame.mix) + "}";
  return 1;
}

EMSCRIPTEN_KEEPALIVE void ui_targets() {
  constexpr std::array kKinds = {"button", "toggle", "slider", "picture", "map", "text"};
  std::string out = "[";
  for (const avae::Target& target : ui().playground->targets()) {
    if (out.size() > 1) out += ',';
    const avae::Rect& at = target.shown;
    out += "{\"name\":" + json_text(target.name) + ",\"label\":" + json_text(target.label);
    out += ",\"kind\":\"" + std::string(kKinds[static_cast<std::size_t>(target.kind)]) + "\"";
    out += json_number("x", static_cast<int>(at.x)) + json_number("y", static_cast<int>(at.y)) +
           json_number("w", static_cast<int>(at.w)) + json_number("h", static_cast<int>(at.h)) +
           json_bool("enabled", target.enabled) + json_bool("on", target.on);
    if (target.kind == avae::Target::Kind::kSlider) {
      out += json_number("value", target.value) + json_number("low", target.low) + json_number("high", target.high) +
             ",\"text\":" + json_text(target.text);
    }
    out += "}";
  }
  ui().text = out + "]";
}

EMSCRIPTEN_KEEPALIVE void ui_press(const char* name, std::size_t bytes) { ui().playground->press({name, bytes}); }
EMSCRIPTEN_KEEPALIVE void ui_slide(const char* name, std::size_t bytes, int value) {
  ui().playground->slide({name, bytes}, value);
}
EMSCRIPTEN_KEEPALIVE void ui_reveal(const char* name, std::size_t bytes) { ui().playground->reveal({name, bytes}); }

}  // extern "C"
