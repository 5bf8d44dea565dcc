#include "shared/playground/drawn_draw_panel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "shared/playground/strings.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr char kPad[] = "pad";
constexpr int kStride = 4;                    // pixels of the model that the pen goes at a key press with Shift
constexpr int kThinnest = 2, kThickest = 12;  // pen, in half pixels of the model
constexpr float kToolsWidth = 320.0f;
constexpr std::size_t kMaxRemembered = 12;
constexpr std::array<Rgb, 8> kColours = {Rgb{255, 255, 255}, Rgb{230, 60, 60},  Rgb{240, 160, 50}, Rgb{240, 230, 80},
                                         Rgb{80, 190, 90},   Rgb{70, 130, 230}, Rgb{150, 90, 220}, Rgb{0, 0, 0}};

const char* hint() { return tr("Draw here, or drop, paste or open a picture."); }

}  // namespace

DrawnDrawPanel::~DrawnDrawPanel() { textures_lost(); }

void DrawnDrawPanel::textures_lost() {
  if (texture_ != nullptr) host_.destroy_texture(std::exchange(texture_, nullptr));
}

void DrawnDrawPanel::remember(const Keyframe& sample) {
  followed_ = sample;
  std::erase_if(remembered_, [&](const auto& known) { return known.first == sample; });
  if (remembered_.size() == kMaxRemembered) remembered_.erase(remembered_.begin());
  remembered_.emplace_back(sample, PadState{pad_, only_, status_});
}

void DrawnDrawPanel::put_back(const PadState& state) {
  pad_ = state.pad;
  only_ = state.only;
  status_ = state.status;
  texture_version_ = pad_.version() - 1;
  cleared_.reset();
}

void DrawnDrawPanel::follow(const Keyframe& sample) {
  if (std::exchange(settled_, false)) remember(sample);
  const bool busy = due_ || pending() || pen_at_ || key_pen_down_;
  if (busy || followed_ == sample) return;
  followed_ = sample;
  for (const auto& [known, state] : remembered_)
    if (known == sample) return put_back(state);
}

void DrawnDrawPanel::begin_change() {
  cleared_.reset();
  if (!followed_) return;
  for (const auto& [known, state] : remembered_)
    if (known == *followed_) return;
  remember(Keyframe(*followed_));
}

void DrawnDrawPanel::fit(const ModelSpec& spec) {
  if (!pad_.fits(spec)) {
    remembered_.clear();
    cleared_.reset();
  }
  pad_.fit(spec);
}

void DrawnDrawPanel::changed(bool settles) {
  due_ = true;
  settles_ = settles;
}

void DrawnDrawPanel::place(const ModelInfo& model, std::span<const std::uint8_t> pixels, bool photograph) {
  fit(model.spec);
  begin_change();
  pad_.place(pixels, photograph);
  changed(true);
}

float DrawnDrawPanel::radius(const Ui& ui) const {
  return static_cast<float>(pen_ * pad_factor(ui.editor.spec())) / 4.0f;
}

void DrawnDrawPanel::stroke(const Ui& ui, ImVec2 from, ImVec2 to) {
  // What the pen draws is bright to the model, also where the picture is turned over.
  Rgb colour = eraser_ ? Rgb{} : colour_;
  if (pad_.inverted())
    for (std::uint8_t& value : colour) value = static_cast<std::uint8_t>(255 - value);
  pad_.stroke(from, to, radius(ui), colour);
  changed(false);
}

void DrawnDrawPanel::read_keys(const Ui& ui) {
  const bool focused = ui.session.focus == kPad;
  if (!focused || ImGui::IsKeyPressed(ImGuiKey_Escape)) {
    if (std::exchange(key_pen_down_, false)) changed(true);
    if (!focused) key_pen_.reset();
    return;
  }
  const ImVec2 end = {static_cast<float>(pad_.width()), static_cast<float>(pad_.height())};
  if (!key_pen_) key_pen_ = {end.x / 2.0f, end.y / 2.0f};
  if (ImGui::IsKeyPressed(ImGuiKey_Space, false)) {
    key_pen_down_ = !key_pen_down_;
    if (key_pen_down_) begin_change();
    key_pen_down_ ? stroke(ui, *key_pen_, *key_pen_) : changed(true);
  }
  const float step = static_cast<float>(pad_factor(ui.editor.spec()) * (ImGui::GetIO().KeyShift ? kStride : 1));
  ImVec2 to = *key_pen_;
  if (ImGui::IsKeyPressed(ImGuiKey_LeftArrow)) to.x -= step;
  if (ImGui::IsKeyPressed(ImGuiKey_RightArrow)) to.x += step;
  if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) to.y -= step;
  if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) to.y += step;
  to = {std::clamp(to.x, 0.0f, end.x), std::clamp(to.y, 0.0f, end.y)};
  if (key_pen_down_ && (to.x != key_pen_->x || to.y != key_pen_->y)) stroke(ui, *key_pen_, to);
  key_pen_ = to;
}

void DrawnDrawPanel::draw_picture(Ui& ui, float side_w, float side_h) {
  const ImVec2 from = ImGui::GetCursorScreenPos();
  (void)press(ui, kPad, {side_w, side_h});
  ui.targets.back().kind = Target::Kind::kMap;
  ui.targets.back().label = tr("Drawing pad: the arrow keys move the pen, space puts it down and lifts it");
  const bool active = ImGui::IsItemActive();
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const float scale = static_cast<float>(pad_.width()) / side_w;
  if (active && ImGui::IsMousePosValid()) {
    const ImVec2 at = {(mouse.x - from.x) * scale, (mouse.y - from.y) * scale};
    if (!pen_at_) begin_change();
    const ImVec2 before = pen_at_.value_or(at);
    if (!pen_at_ || before.x != at.x || before.y != at.y) stroke(ui, before, at);
    pen_at_ = at;
  } else if (pen_at_) {
    pen_at_.reset();
    changed(true);
  }
  read_keys(ui);

  if (texture_ != nullptr && (texture_w_ != pad_.width() || texture_h_ != pad_.height())) textures_lost();
  if (texture_ == nullptr) {
    texture_ = host_.create_texture(texture_w_ = pad_.width(), texture_h_ = pad_.height());
    texture_version_ = pad_.version() - 1;
  }
  if (texture_version_ != pad_.version()) {
    host_.update_texture(texture_, 0, 0, texture_w_, texture_h_, pad_.rgba().data());
    texture_version_ = pad_.version();
  }
  ImDrawList* list = ImGui::GetWindowDrawList();
  const ImVec2 to = {from.x + side_w, from.y + side_h};
  list->AddImageRounded(texture_, from, to, {0.0f, 0.0f}, {1.0f, 1.0f}, IM_COL32_WHITE, kRadiusPanel);
  list->AddRect(from, to, ui.theme.raised, kRadiusPanel);
  if (!key_pen_) return;
  const ImVec2 centre = {from.x + key_pen_->x / scale, from.y + key_pen_->y / scale};
  const float ring = std::max(5.0f, radius(ui) / scale);
  list->AddCircle(centre, ring + 1.0f, ui.theme.background, 24, 4.0f);
  list->AddCircle(centre, ring, ui.theme.accent, 24, key_pen_down_ ? 4.0f : 2.0f);
}

void DrawnDrawPanel::draw_tools(Ui& ui, float left, float width) {
  const ModelSpec& spec = ui.editor.spec();
  const auto row = [left] { ImGui::SetCursorPosX(left); };
  row();
  quiet(ui, status_.empty() ? std::string_view(hint()) : status_, width);
  ImGui::Dummy({0.0f, kGrid});
  row();
  if (button(ui, "pad-open", {label_width(ui.fonts, tr("Open a picture…"), false), ui.layout.target},
             {ButtonLook::kAccent, Icon::kNone, tr("Open a picture…"), "Ctrl+O"}))
    ui.run(kOpenPicture);
  row();
  if (chip(ui, "pad-clear", cleared_ ? tr("Bring back") : tr("Clear"), false)) {
    if (cleared_) {
      put_back({cleared_->pad, only_, cleared_->status});
      changed(true);
    } else if (!pad_.blank()) {
      cleared_ = PadState{pad_, only_, status_};
      pad_.clear();
      status_.clear();
      due_ = false;
    }
  }
  ImGui::SameLine(0.0f, 6.0f);
  if (chip(ui, "pad-eraser", tr("Eraser"), eraser_)) eraser_ = !eraser_;
  ImGui::SameLine(0.0f, 6.0f);
  if (chip(ui, "pad-invert", tr("Invert"), pad_.inverted())) {
    pad_.invert(!pad_.inverted());
    if (!pad_.blank()) changed(true);
  }
  row();
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", 0.5 * pen_);
  slider(ui, "pad-pen", tr("Pen"), &pen_, kThinnest, kThickest, 4, text, -1, width);
  if (spec.channels == 3) {
    row();
    const float side = ui.layout.target;
    for (std::size_t i = 0; i < kColours.size(); ++i) {
      const auto [red, green, blue] = kColours[i];
      const ImVec2 at = ImGui::GetCursorScreenPos();
      if (press(ui, ("pad-colour-" + std::to_string(i)).c_str(), {side, side})) {
        colour_ = kColours[i];
        eraser_ = false;
      }
      ui.targets.back().label = tr("Colour {}", std::to_string(i + 1));
      ui.targets.back().on = colour_ == kColours[i];
      const ImVec2 centre = {at.x + side / 2.0f, at.y + side / 2.0f};
      ImDrawList* list = ImGui::GetWindowDrawList();
      list->AddCircleFilled(centre, 11.0f, IM_COL32(red, green, blue, 255), 24);
      list->AddCircle(centre, 12.0f, colour_ == kColours[i] ? ui.theme.accent : ui.theme.raised, 24, 2.0f);
      ImGui::SameLine(0.0f, 2.0f);
    }
    ImGui::NewLine();
  }
  if (spec.classes == 0) return;
  row();
  heading(ui, tr("Read as"), ui.layout.target);
  ImGui::Dummy({0.0f, ui.layout.target});
  float x = left;
  row();
  for (int k = -1; k < spec.classes; ++k) {
    const std::string label = k < 0 ? tr("the closest") : drawn(class_name(spec, k));
    const float wide = chip_width(ui, label);
    if (k >= 0 && x + wide <= left + width) {
      ImGui::SameLine(0.0f, 6.0f);
    } else if (k >= 0) {
      row();
      x = left;
    }
    x += wide + 6.0f;
    if (chip(ui, ("pad-class-" + std::to_string(k)).c_str(), label, only_ == k)) {
      only_ = k;
      if (!pad_.blank()) changed(true);
    }
  }
}

void DrawnDrawPanel::request(Ui& ui) {
  if (!due_ || ticket_ != 0 || pad_.blank()) return;
  due_ = false;
  asked_settles_ = settles_;
  asked_ = pad_.pixels();
  ticket_ = ++*last_ticket_;
  asked_others_.clear();
  others_.clear();
  read_.reset();
  readers_.clear();
  for (const ModelInfo* model : comparable(ui.editor.model(), ui.editor.models()))
    if (model->id != ui.editor.model().id) readers_.push_back(model->id);
  service_.encode({ticket_, ui.editor.model().id, only_, asked_});
}

void DrawnDrawPanel::draw(Ui& ui) {
  last_ticket_ = &ui.tickets;
  const Rect& rect = ui.layout.carpet;
  const bool phone = ui.layout.form == Form::kPhone;
  const float margin = 2.0f * kGrid;
  if (!service_.reads(ui.editor.model().id)) {
    begin_area(ui, "##draw", rect, 0, 0.0f, false, {0.0f, 0.0f});
    ImGui::SetCursorPos({margin, margin});
    quiet(ui, tr("This model cannot read pictures: it has no encoder. Choose another model above."),
          rect.w - 2.0f * margin);
    end_area();
    return;
  }
  const ModelSpec& spec = ui.editor.spec();
  if (only_ >= spec.classes) only_ = -1;
  fit(spec);
  follow(ui.state().sample);
  const bool beside = !phone && rect.w > kToolsWidth + 280.0f;
  const float room_w = beside ? rect.w - kToolsWidth - 3.0f * margin : rect.w - 2.0f * margin;
  const float room_h = beside ? rect.h - 2.0f * margin : rect.h * 0.6f;
  const float scale = std::min(room_w / static_cast<float>(spec.width), room_h / static_cast<float>(spec.height));
  const float side_w = std::floor(scale * static_cast<float>(spec.width));
  const float side_h = std::floor(scale * static_cast<float>(spec.height));
  const float left = beside ? margin : std::floor((rect.w - side_w) / 2.0f);
  // An area that does not scroll: a finger draws on it.
  begin_area(ui, "##pad", {rect.x + left, rect.y + margin, side_w, side_h}, 0, 0.0f, false, {0.0f, 0.0f});
  draw_picture(ui, side_w, side_h);
  end_area();
  const float top = beside ? margin : side_h + 2.0f * margin;
  Rect tools = {rect.x + margin, rect.y + top, rect.w - 2.0f * margin, rect.h - top};
  if (beside) tools = {rect.x + side_w + 2.0f * margin, tools.y, kToolsWidth, tools.h};
  begin_area(ui, "##pad-tools", tools, 0, 0.0f, true, {0.0f, 0.0f});
  draw_tools(ui, 0.0f, tools.w - (touching() ? 4.0f : 12.0f));
  end_area();
  request(ui);
}

std::optional<DrawPanel::Reading> DrawnDrawPanel::encoded(Ticket ticket, const Encoding& encoding,
                                                          const ModelInfo& model) {
  if (const auto other = asked_others_.find(ticket); other != asked_others_.end()) {
    others_[other->second] = encoding.keyframe;
    others_[other->second].encoded = true;
    asked_others_.erase(other);
    return std::nullopt;
  }
  if (ticket == 0 || ticket != ticket_) return std::nullopt;
  ticket_ = 0;
  char error[16];
  std::snprintf(error, sizeof error, "%.4f", static_cast<double>(encoding.error));
  status_ = encoding.only < 0 ? tr("Read, error {}. Shape it with the sliders.", error)
                              : tr("Read as {}.", drawn(class_name(model.spec, encoding.only))) + " " +
                                    tr("Error {}. Shape it with the sliders.", error);
  if (!asked_settles_) return Reading{encoding.keyframe, false};
  settled_ = true;
  read_ = encoding.keyframe;
  for (const ModelId& reader : readers_) {
    const Ticket next = ++*last_ticket_;
    asked_others_[next] = reader;
    service_.encode({next, reader, encoding.only, asked_});
  }
  return Reading{encoding.keyframe, true};
}

std::optional<OwnPicture> DrawnDrawPanel::own(const ModelId& model) const {
  if (!read_ || !asked_others_.empty()) return std::nullopt;
  OwnPicture own = {others_};
  own.keyframes[model] = *read_;
  return own;
}

bool DrawnDrawPanel::failed(Ticket ticket, std::string_view message) {
  if (asked_others_.erase(ticket) > 0) return true;
  if (ticket == 0 || ticket != ticket_) return false;
  ticket_ = 0;
  status_ = message;
  return true;
}

}  // namespace avae
