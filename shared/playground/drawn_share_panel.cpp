#include "shared/playground/drawn_share_panel.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <imgui_internal.h>

#include "shared/playground/morph.hpp"
#include "shared/playground/strings.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr float kWidth = 480.0f;
constexpr float kMargin = 2.0f * kGrid;  // around the panel, and inside it
constexpr float kPreview = 112.0f;
constexpr float kCode = 176.0f;       // the side of a QR code, about
constexpr int kLightSquares = 4;      // around it
constexpr float kLeastText = 112.0f;  // that stands beside pictures; narrower text stands below
constexpr float kScrim = 0.6f;
constexpr float kScrollBar = 4.0f;  // what it takes beyond the margin
constexpr std::size_t kBatch = 8;   // frames per request
// As the page's.
constexpr int kFramesPerSegment = 16, kMostFrames = 160;
constexpr double kLeastFrame_ms = 20.0;  // programs slow down shorter ones

const std::string& title_of(const ModelInfo& model) { return model.title.empty() ? model.spec.name : model.title; }

/// "sneaker", or "60 % sneaker, 40 % bag" with the strongest first; nothing without classes. `for_screen`: names as
/// set_name_glyphs() has them drawn.
std::string classes_of(const Keyframe& sample, const ModelSpec& spec, bool for_screen) {
  std::vector<std::pair<int, int>> mixed;  // weight, class
  int total = 0;
  for (int k = 0; k < spec.classes; ++k) {
    const int weight = sample.mix[static_cast<std::size_t>(k)];
    if (weight > 0) mixed.emplace_back(weight, k);
    total += weight;
  }
  std::stable_sort(mixed.begin(), mixed.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [weight, k] : mixed) {
    if (!text.empty()) text += ", ";
    if (mixed.size() > 1) text += std::to_string((200 * weight + total) / (2 * total)) + " % ";
    text += for_screen ? drawn(class_name(spec, k)) : class_name(spec, k);
  }
  return text;
}

std::string in_attribute(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// The HTML that shows `url`, which ends in a fragment, in a frame of someone else's page. As the page's.
std::string embed_html(std::string url, const std::string& title) {
  url.insert(url.find('#'), "?embed=1&paused=1");
  return "<iframe src=\"" + in_attribute(url) + "\" title=\"" + in_attribute(title) +
         "\" width=\"480\" height=\"640\" loading=\"lazy\" style=\"border:0\"></iframe>";
}

/// Whether what is copied for `link` is the address of a page, and not the bare link.
bool opens_on_page(Host& host, const std::string& link) { return !host.link_text(link).starts_with('#'); }

/// On a side, with the light ones around it.
float squares_of(const QrCode& code) { return static_cast<float>(code.side + 2 * kLightSquares); }

/// Whole framebuffer pixels to each square, or readers see moiré.
float square_size(float scale, const QrCode& code) {
  return std::max(2.0f, std::floor(kCode * scale / squares_of(code))) / scale;
}

/// A window of the panel's: on top of the playground's areas, which never come to the front.
void begin_window(const char* name, ImU32 background, ImVec2 padding, ImGuiWindowFlags flags) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padding);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, background == 0 ? 0.0f : kRadiusPanel);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, background);
  ImGui::Begin(name, nullptr,
               flags | ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
                   ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
}

void end_window() { ImGui::End(); }

/// The names in a path.
std::vector<std::string> path_names(const std::string& path) {
  std::vector<std::string> names;
  for (std::size_t from = 0; from < path.size();) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    if (end > from) names.push_back(path.substr(from, end - from));
    from = end + 1;
  }
  return names;
}

/// As much room again as there is between rows.
void gap() { ImGui::Dummy({0.0f, 0.0f}); }

}  // namespace

MorphFrames morph_frames(const AppState& state, int switches) {
  const int segments = morph_segments(static_cast<int>(state.morph.size()), state.morph_loop);
  const double whole_ms = segments * 10'000.0 / state.morph_speed;
  const int wanted =
      std::min({kMostFrames, segments * kFramesPerSegment, static_cast<int>(std::floor(whole_ms / kLeastFrame_ms))});
  const int count = std::max(2, wanted);
  MorphFrames out;
  out.frame_ms = static_cast<int>(std::lround(whole_ms / count));
  for (int i = 0; i < count; ++i) {
    const double along = static_cast<double>(i) / (state.morph_loop ? count : count - 1);
    const auto position = static_cast<std::uint16_t>(std::lround(65535.0 * along));
    out.frames.push_back(morph_at(state.morph, position, state.morph_loop, switches));
  }
  return out;
}

std::vector<std::string> DrawnSharePanel::names() const { return path_names(desk_.folder()); }

std::string DrawnSharePanel::status() const {
  const std::string folder = desk_.folder();
  const std::size_t at = folder.empty() ? std::string::npos : status_.find(folder);
  if (at == std::string::npos) return status_;
  // Characters that the built-in font lacks, as set_name_glyphs() has them drawn: folder by folder.
  std::string readable;
  for (const std::string& name : names()) readable += "/" + drawn(name);
  if (folder.ends_with('/')) readable += "/";
  return std::string(status_).replace(at, folder.size(), readable);
}

void DrawnSharePanel::draw_shown(Ui& ui, float width) {
  const ModelSpec& spec = shown_->model.spec;
  const Picture picture = ui.pictures.tile(shown_->state.sample, Priority::kSample);
  const float longer = static_cast<float>(std::max(spec.width, spec.height));
  const ImVec2 size = {kPreview * static_cast<float>(spec.width) / longer,
                       kPreview * static_cast<float>(spec.height) / longer};
  const ImVec2 from = ImGui::GetCursorScreenPos();
  ImDrawList* list = ImGui::GetWindowDrawList();
  const ImVec2 to = {from.x + size.x, from.y + size.y};
  if (picture.texture == nullptr) {
    list->AddRectFilled(from, to, ui.theme.raised, kRadiusControl);
  } else {
    list->AddImageRounded(picture.texture, from, to, picture.uv0, picture.uv1, IM_COL32_WHITE, kRadiusControl);
  }
  ImGui::Dummy(size);
  // What does not fit beside it goes below.
  float taken = size.x + kMargin;
  const auto beside = [&taken, width](float room) {
    if (width - taken < room) {
      taken = 0.0f;
    } else {
      ImGui::SameLine(0.0f, kMargin);
    }
  };
  const float code = shown_->code ? square_size(ui.scale, *shown_->code) * squares_of(*shown_->code) : 0.0f;
  const bool shows_code = code > 0.0f && code <= width;
  if (shows_code) {
    beside(code);
    draw_code(ui, *shown_->code);
    taken += code + kMargin;
  }
  beside(kLeastText);
  ImGui::BeginGroup();
  const float room = width - taken;
  const std::string classes = classes_of(shown_->state.sample, spec, true);
  if (!classes.empty()) {
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + room);
    ImGui::TextUnformatted(classes.c_str());
    ImGui::PopTextWrapPos();
  }
  quiet(ui, drawn(title_of(shown_->model)), room);
  if (const auto keyframes = shown_->state.morph.size(); keyframes >= kMinMorph)
    quiet(ui, tr("with a morph of {} pictures", std::to_string(keyframes)), room);
  if (!shows_code && opens_on_page(ui.host, shown_->link)) quiet(ui, tr("The link is too long for a QR code."), room);
  ImGui::EndGroup();
}

void DrawnSharePanel::draw_code(Ui& ui, const QrCode& code) {
  const float square = square_size(ui.scale, code);
  const float side = square * squares_of(code);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 from = {std::floor(at.x * ui.scale) / ui.scale, std::floor(at.y * ui.scale) / ui.scale};
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(from, {from.x + side, from.y + side}, IM_COL32_WHITE, kRadiusControl);
  const ImDrawListFlags flags = std::exchange(list->Flags, ImDrawListFlags_None);  // no soft edges between squares
  for (int y = 0; y < code.side; ++y) {
    for (int x = 0; x < code.side; ++x) {
      if (!code.dark[static_cast<std::size_t>(y * code.side + x)]) continue;
      const ImVec2 corner = {from.x + square * static_cast<float>(x + kLightSquares),
                             from.y + square * static_cast<float>(y + kLightSquares)};
      list->AddRectFilled(corner, {corner.x + square, corner.y + square}, IM_COL32_BLACK);
    }
  }
  list->Flags = flags;
  ImGui::Dummy({side, side});
  readable(ui, tr("The link as a QR code"));
}

std::string DrawnSharePanel::description(const Ui& ui, bool for_screen) const {
  const auto& [state, model, link, code] = *shown_;
  const std::string classes = classes_of(state.sample, model.spec, for_screen);
  const std::string title = for_screen ? drawn(title_of(model)) : title_of(model);
  std::string text = classes.empty() ? title : classes + ", " + title;
  const ModelInfo* judge = Realism::judge_of(model, ui.editor.models());
  const std::optional<float> real = judge == nullptr ? std::nullopt : ui.realism.known(*judge, model.id, state.sample);
  if (real) text += ", " + tr("{} % real", std::to_string(std::lround(100.0f * *real)));
  return text;
}

void DrawnSharePanel::draw_copies(Ui& ui, float width) {
  struct Copy {
    const char* name;
    std::string label, shown, copied, done;
  };
  const std::string url = ui.host.link_text(shown_->link), text = description(ui, false);
  std::vector<Copy> copies = {
      {"copy-link", tr("Copy link"), url, url, tr("Link copied: it opens this very picture")},
      {"copy-text", tr("Copy text"), description(ui, true), text, tr("Copied: what those read who cannot see it")}};
  if (opens_on_page(ui.host, shown_->link)) {
    const std::string html = embed_html(url, text);
    copies.insert(copies.begin() + 1,
                  {"copy-html", tr("Copy HTML"), html, html, tr("HTML copied: it shows this in a page")});
  }
  const float height = ui.layout.target;
  float wide = 0.0f;
  for (const Copy& copy : copies) wide = std::max(wide, label_width(ui.fonts, copy.label, false));
  const float field = width - wide - kGrid;
  const float line = ui.fonts.body->FontSize / ui.scale;
  ImDrawList* list = ImGui::GetWindowDrawList();
  for (const Copy& copy : copies) {
    const ImVec2 from = ImGui::GetCursorScreenPos();
    list->AddRectFilled(from, {from.x + field, from.y + height}, ui.theme.raised, kRadiusControl);
    const float right = from.x + field - 12.0f;
    ImGui::RenderTextEllipsis(list, {from.x + 12.0f, from.y + (height - line) / 2.0f}, {right, from.y + height}, right,
                              right, copy.shown.c_str(), nullptr, nullptr);
    ImGui::Dummy({field, height});
    ImGui::SameLine(0.0f, kGrid);
    const bool first = &copy == &copies.front();
    if (button(
            ui, copy.name, {wide, height},
            {first ? ButtonLook::kAccent : ButtonLook::kRaised, Icon::kNone, copy.label, first ? "Ctrl+C" : nullptr})) {
      ui.host.copy_text(copy.copied);
      tell(copy.done);
    }
  }
}

void DrawnSharePanel::draw_saves(Ui& ui, float width) {
  struct Save {
    const char* name;
    std::string label;
    SaveRequest::Kind kind;
  };
  std::vector<Save> saves = {{"save-picture", tr("Save as PNG"), SaveRequest::Kind::kPicture}};
  if (shown_->state.morph.size() >= kMinMorph) {
    saves.push_back({"save-morph", tr("Save the morph"), SaveRequest::Kind::kMorph});
    saves.push_back({"save-sheet", tr("Save a sheet"), SaveRequest::Kind::kSheet});
  }
  float x = 0.0f;
  for (const Save& save_as : saves) {
    const float wide = label_width(ui.fonts, save_as.label, false);
    if (x > 0.0f && x + wide <= width) {
      ImGui::SameLine(0.0f, kGrid);
    } else {
      x = 0.0f;
    }
    x += wide + kGrid;
    if (button(ui, save_as.name, {wide, ui.layout.target},
               {ButtonLook::kRaised, Icon::kNone, save_as.label, nullptr, !saving_})) {
      save(save_as.kind, ui.tickets);
    }
  }
}

void DrawnSharePanel::draw(Ui& ui, float width, float height) {
  if (!ui.session.sharing) {
    shown_.reset();
    return;
  }
  if (!shown_) {
    shown_ = Shown{ui.state(), ui.editor.model(), ui.editor.link(), std::nullopt};
    if (opens_on_page(ui.host, shown_->link)) shown_->code = desk_.qr_code(ui.host.link_text(shown_->link));
    status_.clear();
    told_ = false;
    ui.session.focused_slider = -1;  // the arrow keys are not for what lies below
  }
  // What lies below cannot be pressed; a press on it puts the panel away.
  ui.targets.clear();
  ImGui::SetNextWindowPos({0.0f, 0.0f});
  ImGui::SetNextWindowSize({width, height});
  begin_window("##scrim", 0, {0.0f, 0.0f}, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::GetWindowDrawList()->AddRectFilled({0.0f, 0.0f}, {width, height}, faded(ui.theme.background, kScrim));
  ImGui::InvisibleButton("scrim", {width, height});
  bool closes = ImGui::IsItemActivated();
  end_window();

  const float wide = std::min(kWidth, width - 2.0f * kMargin);
  ImGui::SetNextWindowPos({std::floor(width / 2.0f), std::floor(height / 2.0f)}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::SetNextWindowSizeConstraints({wide, 0.0f}, {wide, height - 2.0f * kMargin});
  begin_window("##share", ui.theme.panel, {kMargin, kMargin}, ImGuiWindowFlags_AlwaysAutoResize);
  ui.session.touch.scroll_here();
  const float inner = wide - 2.0f * kMargin - (ImGui::GetScrollMaxY() > 0.0f ? kScrollBar : 0.0f);
  const float target = ui.layout.target;
  heading(ui, tr("Share these pixels"), target);
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + inner - target);
  closes = button(ui, "share-close", {target, target}, {ButtonLook::kPlain, Icon::kClose, "", tr("Close")}) || closes;
  draw_shown(ui, inner);
  gap();
  draw_copies(ui, inner);
  gap();
  draw_saves(ui, inner);
  if (button(ui, "paste", {label_width(ui.fonts, tr("Open what was copied (Ctrl+V)"), false), target},
             {ButtonLook::kRaised, Icon::kNone, tr("Open what was copied (Ctrl+V)")})) {
    desk_.paste();
  }
  gap();
  const std::string about =
      tr("Whoever opens the link sees this very picture. Nothing is uploaded: the link is the picture. A saved picture "
         "holds it too: drop it on the window to go on from there.");
  // As high as the longer of the two: nothing moves when a file is saved.
  const float bottom = ImGui::GetCursorPosY() + ImGui::CalcTextSize(wrapped(about, inner).c_str()).y + kGrid;
  quiet(ui, status_.empty() ? about : status(), inner);
  if (std::exchange(told_, false)) ImGui::SetScrollHereY(1.0f);  // in low windows it lies below
  ImGui::SetCursorPosY(std::max(bottom, ImGui::GetCursorPosY()));
  ImGui::Dummy({inner, 0.0f});
  end_window();
  if (closes) ui.session.sharing = false;
}

void DrawnSharePanel::save(SaveRequest::Kind kind, Ticket& tickets) {
  const ModelSpec& spec = shown_->model.spec;
  MorphFrames morph = {{shown_->state.sample}, 0};
  if (kind != SaveRequest::Kind::kPicture) morph = morph_frames(shown_->state, spec.switches);
  SaveRequest& saving = saving_.emplace();
  saving.ticket = ++tickets;
  saving.kind = kind;
  saving.name = spec.name;
  saving.link = shown_->link;
  saving.count = static_cast<int>(morph.frames.size());
  saving.height = spec.height, saving.width = spec.width, saving.channels = spec.channels;
  saving.frame_ms = morph.frame_ms;
  saving.repeats = shown_->state.morph_loop;
  const auto each = static_cast<std::size_t>(spec.pixels());
  saving.pixels.resize(each * morph.frames.size());
  tell(tr("Saving…"));
  for (std::size_t from = 0; from < morph.frames.size(); from += kBatch) {
    const std::size_t count = std::min(kBatch, morph.frames.size() - from);
    DecodeRequest request = {++tickets, shown_->model.id, Priority::kGallery, static_cast<int>(count), {}, {}};
    for (std::size_t i = from; i < from + count; ++i) {
      const Keyframe& frame = morph.frames[i];
      request.latents.insert(request.latents.end(), frame.latent.begin(), frame.latent.end());
      request.mixes.insert(request.mixes.end(), frame.mix.begin(), frame.mix.end());
    }
    asked_[request.ticket] = std::span(saving.pixels).subspan(from * each, count * each);
    decoder_.decode(request);
  }
}

bool DrawnSharePanel::decoded(Ticket ticket, std::span<const std::uint8_t> pixels) {
  const auto found = asked_.find(ticket);
  if (found == asked_.end()) return false;
  if (pixels.size() != found->second.size()) return failed(ticket, tr("The picture was decoded to another size"));
  std::copy(pixels.begin(), pixels.end(), found->second.begin());
  asked_.erase(found);
  if (asked_.empty()) desk_.save(*saving_);
  return true;
}

void DrawnSharePanel::tell(std::string_view status) {
  status_ = status;
  told_ = true;
}

void DrawnSharePanel::end(std::string_view status) {
  for (const auto& [ticket, pixels] : std::exchange(asked_, {})) decoder_.cancel(ticket);
  saving_.reset();
  tell(status);
}

bool DrawnSharePanel::saved(Ticket ticket, std::string_view path) {
  if (!saving_ || ticket != saving_->ticket) return false;
  end(tr("Saved as {}.", path));
  return true;
}

bool DrawnSharePanel::failed(Ticket ticket, std::string_view message) {
  if (!asked_.contains(ticket) && (!saving_ || ticket != saving_->ticket)) return false;
  end(message);
  return true;
}

}  // namespace avae
