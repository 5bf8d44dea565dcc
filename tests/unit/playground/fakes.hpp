// A host without a screen, a decoder without a network, and a stage that draws the playground on them.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "shared/playground/drawn_draw_panel.hpp"
#include "shared/playground/drawn_share_panel.hpp"
#include "shared/playground/playground.hpp"

namespace avae::test {

inline ModelInfo model(int number = 1, int latent = 8, int classes = 3) {
  ModelInfo info;
  info.id = {static_cast<std::uint8_t>(number)};
  info.title = "model " + std::to_string(number);
  info.spec.latent = latent;
  info.spec.classes = classes;
  info.spec.height = info.spec.width = 8;
  return info;
}

class FakeHost : public Host {
 public:
  ImTextureID create_texture(int, int) override {
    return reinterpret_cast<ImTextureID>(static_cast<std::intptr_t>(++textures));
  }
  void update_texture(ImTextureID, int, int, int width, int, const std::uint8_t*) override {
    ++uploads;
    clock_ms += upload_ms;
    if (width > 100) ++large_uploads;  // the map's and the gallery's are 66 wide
  }
  void destroy_texture(ImTextureID) override { ++destroyed; }
  double now_ms() override { return clock_ms; }
  std::uint64_t entropy() override { return ++seed; }
  bool reduced_motion() override { return calm; }
  void copy_text(const std::string& text) override { copied = text; }
  std::string link_text(const std::string& link) override { return site + "#" + link; }
  void state_changed() override { ++changes; }
  /// A box of 10 x 12 above the baseline, for every text.
  TextPicture draw_text(const std::string& text, float, bool) override {
    texts.push_back(text);
    return {10, 12, 1.0f, -11.0f, 12.0f, std::vector<std::uint8_t>(120, 200)};
  }
  bool show_message(std::string_view text) override {
    message = text;
    return true;
  }

  int textures = 0;
  int destroyed = 0;
  int uploads = 0;
  int large_uploads = 0;
  int changes = 0;
  double clock_ms = 0.0;
  double upload_ms = 0.0;  ///< that one upload takes
  std::uint64_t seed = 1000;
  bool calm = true;
  std::string site;
  std::string copied;
  std::vector<std::string> texts;  ///< that were drawn
  std::string message;
};

class FakeService : public DecodeService {
 public:
  void decode(const DecodeRequest& request) override { requests.push_back(request); }
  void judge(const JudgeRequest& request) override { judgements.push_back(request); }
  void cancel(Ticket ticket) override {
    cancelled.push_back(ticket);
    std::erase_if(requests, [ticket](const DecodeRequest& request) { return request.ticket == ticket; });
  }
  /// The oldest request of a priority, taken out of the queue.
  DecodeRequest take(Priority priority) {
    for (auto request = requests.begin(); request != requests.end(); ++request) {
      if (request->priority != priority) continue;
      DecodeRequest taken = *request;
      requests.erase(request);
      return taken;
    }
    FAIL("no request of that priority");
    return {};
  }
  int count(Priority priority) const {
    int found = 0;
    for (const DecodeRequest& request : requests) found += request.priority == priority ? 1 : 0;
    return found;
  }

  std::vector<DecodeRequest> requests;  ///< not answered and not cancelled
  std::vector<Ticket> cancelled;
  std::vector<JudgeRequest> judgements;  ///< not answered
};

class FakeEncoder : public EncodeService {
 public:
  bool reads(const ModelId& model) const override { return !blind.contains(model); }
  void encode(const EncodeRequest& request) override { requests.push_back(request); }

  std::set<ModelId> blind;              ///< models without an encoder
  std::vector<EncodeRequest> requests;  ///< not answered
};

/// A desk that keeps what it is given.
class FakeDesk : public DeskService {
 public:
  void save(SaveRequest request) override { saves.push_back(std::move(request)); }
  std::string folder() const override { return where; }
  void paste() override { ++pastes; }
  void choose_picture() override { ++choices; }
  std::optional<QrCode> qr_code(const std::string& text) const override {
    if (text.size() > longest_code) return std::nullopt;
    return QrCode{code_side, std::vector<bool>(static_cast<std::size_t>(code_side * code_side), true)};
  }

  std::string where = "/home/someone/Pictures";
  std::vector<SaveRequest> saves;  ///< not answered
  int pastes = 0;
  int choices = 0;
  std::size_t longest_code = 2000;
  int code_side = 21;
};

/// N pictures of 8 x 8 that differ by their first latent step.
inline std::vector<std::uint8_t> pixels_for(const DecodeRequest& request, int each = 64) {
  const std::size_t latent = request.latents.size() / static_cast<std::size_t>(request.count);
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < request.count; ++i) {
    pixels.insert(pixels.end(), static_cast<std::size_t>(each),
                  static_cast<std::uint8_t>(128 + request.latents[static_cast<std::size_t>(i) * latent]));
  }
  return pixels;
}

/// An ImGui context with a playground in it, as large as asked.
class Stage {
 public:
  explicit Stage(float width = 1440.0f, float height = 900.0f, bool own_chrome = true,
                 std::vector<ModelInfo> models = {model(1), model(2)}, EncodeService* encoder = nullptr)
      : width_(width), height_(height) {
    ImGui::CreateContext();
    if (encoder != nullptr) drawing_ = std::make_unique<DrawnDrawPanel>(*encoder, host);
    playground_ =
        std::make_unique<Playground>(std::move(models), service, host, own_chrome ? &sharing : nullptr, drawing_.get());
    playground_->set_scale(1.0f);
  }
  ~Stage() {
    playground_.reset();
    ImGui::DestroyContext();
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  void close() { playground_.reset(); }

  Playground& operator*() { return *playground_; }
  Playground* operator->() { return playground_.get(); }

  void frame() {
    ImGuiIO& io = ImGui::GetIO();
    host.clock_ms += 16.0;
    io.DeltaTime = 0.016f;
    io.DisplaySize = {width_, height_};
    ImGui::NewFrame();
    playground_->frame(width_, height_);
    ImGui::Render();
    ++frames;
  }
  void answer_all() {
    for (const DecodeRequest& request : std::exchange(service.requests, {}))
      playground_->decoded(request.ticket, pixels_for(request));
    for (const JudgeRequest& request : std::exchange(service.judgements, {}))
      playground_->judged(request.ticket, std::vector<float>(static_cast<std::size_t>(request.count), logit));
  }
  /// Draws and answers until nothing is due.
  void settle() {
    for (int i = 0; i < 100 && (playground_->needs_frame() || !service.requests.empty() || !service.judgements.empty());
         ++i) {
      if (playground_->needs_frame()) frame();
      answer_all();
    }
    REQUIRE_FALSE(playground_->needs_frame());
  }
  const Target& target(const std::string& name) {
    for (const Target& one : playground_->targets()) {
      if (one.name == name && one.shown.shown()) return one;
    }
    FAIL("nothing is called " + name);
    return playground_->targets().front();
  }
  bool has(const std::string& name) {
    for (const Target& one : playground_->targets()) {
      if (one.name == name && one.shown.shown()) return true;
    }
    return false;
  }
  void point(float x, float y, bool touch = false) {
    ImGui::GetIO().AddMouseSourceEvent(touch ? ImGuiMouseSource_TouchScreen : ImGuiMouseSource_Mouse);
    ImGui::GetIO().AddMousePosEvent(x, y);
    playground_->wake();
    frame();
  }
  void press(bool down, bool touch = false) {
    ImGui::GetIO().AddMouseSourceEvent(touch ? ImGuiMouseSource_TouchScreen : ImGuiMouseSource_Mouse);
    ImGui::GetIO().AddMouseButtonEvent(0, down);
    playground_->wake();
    frame();
    frame();
  }
  void click(const std::string& name) {
    const Rect at = target(name).shown;
    point(at.x + at.w / 2.0f, at.y + at.h / 2.0f);
    press(true);
    press(false);
  }
  void key(ImGuiKey key, bool control = false) {
    ImGuiIO& io = ImGui::GetIO();
    if (control) io.AddKeyEvent(ImGuiMod_Ctrl, true);
    io.AddKeyEvent(key, true);
    frame();
    io.AddKeyEvent(key, false);
    if (control) io.AddKeyEvent(ImGuiMod_Ctrl, false);
    frame();
    frame();
  }
  const AppState& state() { return playground_->editor().state(); }

  FakeHost host;
  FakeService service;
  FakeDesk desk;
  DrawnSharePanel sharing{desk, service};
  int frames = 0;
  float logit = 0.0f;  ///< every judgement

 private:
  float width_;
  float height_;
  std::unique_ptr<DrawnDrawPanel> drawing_;
  std::unique_ptr<Playground> playground_;
};

}  // namespace avae::test
