#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "shared/playground/strings.hpp"
#include "shared/playground/ui.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr float kMaxPicture = 360.0f;
constexpr float kBesideDesktop = 300.0f;  // height of what is not the pictures
constexpr float kHeading = 96.0f;
constexpr float kDrawsGap = 4.0f;
constexpr int kMaxDrawRows = 6;
constexpr float kScrollBar = 12.0f;

/// What each way of training is good at, and what it costs (docs/results.md has the figures).
const char* strength(const std::string& objective, bool own_picture) {
  if (objective == "gan" && own_picture)
    return tr("Crisp, but it cannot read a picture: this is the nearest that it draws.");
  if (objective == "vae") return tr("Reads pictures most closely, but blurs what it is unsure of.");
  if (objective == "gan") return tr("Crisp, but it cannot read a picture, and leaves out what it finds hard.");
  if (objective == "avae") return tr("Crisp, varied, and it can read your picture too.");
  return tr("The textbook's small example.");
}

const std::string& title_of(const ModelInfo& model) { return model.title.empty() ? model.spec.name : model.title; }

std::string percent(float share) {
  char text[8];
  std::snprintf(text, sizeof text, "%d %%", static_cast<int>(std::lround(100.0f * share)));
  return text;
}

/// A bar and a number at the cursor; quiet while the number is an earlier picture's. `spoken` is its label for those
/// who cannot see whose it is.
void meter(Ui& ui, const char* label, const std::string& spoken, float share, bool fresh, float width) {
  const float height = 20.0f;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList* list = ImGui::GetWindowDrawList();
  const std::string text = percent(share);
  const float number = ImGui::CalcTextSize("100 %").x;
  const float words = *label == '\0' ? 0.0f : std::max(ImGui::CalcTextSize(label).x + 12.0f, 84.0f);
  const float line = at.y + (height - ImGui::GetTextLineHeight()) / 2.0f;
  if (words > 0.0f) list->AddText({at.x, line}, ui.theme.quiet, label);
  const float left = at.x + words, right = at.x + width - number - 10.0f, middle = at.y + height / 2.0f;
  list->AddRectFilled({left, middle - 3.0f}, {right, middle + 3.0f}, ui.theme.hovered, 3.0f);
  const ImU32 colour = fresh ? ui.theme.good : faded(ui.theme.good, 0.5f);
  list->AddRectFilled({left, middle - 3.0f}, {left + std::max(6.0f, (right - left) * share), middle + 3.0f}, colour,
                      3.0f);
  const float width_of_text = ImGui::CalcTextSize(text.c_str()).x;
  list->AddText({at.x + width - width_of_text, line}, fresh ? ui.theme.text : ui.theme.quiet, text.c_str());
  ImGui::Dummy({width, height});
  readable(ui, spoken + " " + text);
}

bool own_picture_shown(const Ui& ui) { return ui.session.own_picture && ui.session.own_picture->shown(ui.state()); }

/// The sample as `model` has it, or null where it has none.
const Keyframe* sample_of(const Ui& ui, const ModelInfo& model) {
  return own_picture_shown(ui) ? ui.session.own_picture->of(model.id) : &ui.state().sample;
}

/// The same draws of the sample's classes from each model: how much they vary is plain to see.
void draw_others(Ui& ui, const Compared& column, float width, float bottom) {
  const bool phone = ui.layout.form == Form::kPhone;
  const int columns = std::clamp(static_cast<int>((width + kDrawsGap) / (ui.layout.target + kDrawsGap)), 1, 4);
  const float tile = std::floor((width - kDrawsGap * static_cast<float>(columns - 1)) / static_cast<float>(columns));
  const float room = bottom - ImGui::GetCursorScreenPos().y;
  const int fitting = static_cast<int>((room + kDrawsGap) / (tile + kDrawsGap));
  const int rows = phone ? 2 : std::clamp(fitting, 0, kMaxDrawRows);
  AppState state = ui.state();
  state.gallery_all_classes = false;
  const ImVec2 from = ImGui::GetCursorPos();
  for (int i = 0; i < rows * columns; ++i) {
    const Keyframe keyframe = gallery_tile(state, ui.editor.spec(), i);
    ImGui::SetCursorPos({from.x + static_cast<float>(i % columns) * (tile + kDrawsGap),
                         from.y + static_cast<float>(i / columns) * (tile + kDrawsGap)});
    const std::string name = "draw-" + std::to_string(i) + "-" + hex(column.model->id);
    bool hovered = false;
    const bool kept = keyframe == ui.state().sample;
    if (picture_button(ui, name.c_str(), picture_label(ui, keyframe, i + 1) + ", " + title_of(*column.model),
                       column.pictures->tile(keyframe, Priority::kGallery), {tile, tile}, kept, &hovered))
      ui.editor.keep(keyframe);
  }
}

/// The sentence below a column's picture.
const char* below(const Ui& ui, const Compared& column, bool own_picture) {
  const Keyframe* sample = sample_of(ui, *column.model);
  if (sample == nullptr) return tr("Cannot read pictures.");
  const Pictures& pictures = column.model->id == ui.state().model ? ui.pictures : *column.pictures;
  return pictures.has_failed(*sample) ? tr("It could not be decoded.")
                                      : strength(column.model->spec.objective, own_picture);
}

/// The height of the longest of the sentences below the pictures, so that what follows lines up.
float strengths_height(const Ui& ui, bool own_picture, float width) {
  float height = 0.0f;
  for (const Compared& column : ui.compared) {
    const char* text = below(ui, column, own_picture);
    height = std::max(height, ImGui::CalcTextSize(wrapped(text, width).c_str()).y);
  }
  return height;
}

void draw_column(Ui& ui, const Compared& column, const ModelInfo* judge, float left, float width, float bottom) {
  const ModelInfo& model = *column.model;
  const bool chosen = model.id == ui.state().model;
  ImGui::SetCursorPos({left, ui.layout.target + kGrid});
  ImGui::BeginGroup();
  ImGui::PushFont(ui.fonts.strong);
  ImGui::PushTextWrapPos(left + width);
  ImGui::TextUnformatted(drawn(title_of(model)).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
  const Keyframe* sample = sample_of(ui, model);
  const std::string name = "compare-" + hex(model.id);
  const float height = width * static_cast<float>(model.spec.height) / static_cast<float>(model.spec.width);
  if (sample == nullptr) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + width, at.y + height}, ui.theme.raised, kRadiusControl);
    ImGui::Dummy({width, height + 20.0f + ImGui::GetStyle().ItemSpacing.y});
  } else {
    const Picture picture = chosen ? ui.pictures.large(*sample, static_cast<int>(ui.layout.sample.w * ui.scale))
                                   : column.pictures->large(*sample, static_cast<int>(width * ui.scale));
    bool hovered = false;
    if (picture_button(ui, name.c_str(), title_of(model), picture, {width, height}, chosen, &hovered) && !chosen)
      ui.run("model " + hex(model.id));
    if (judge != nullptr) {
      const std::optional<float> known = ui.realism.of(*judge, model.id, *sample, column.pictures->pixels(*sample));
      const std::optional<float> shown = known ? known : ui.realism.latest(model.id);
      if (shown) {
        meter(ui, width > 200.0f ? tr("realism") : "", title_of(model) + ", " + tr("realism"), *shown,
              known.has_value(), width);
      } else {
        ImGui::Dummy({width, 20.0f});
      }
    }
  }
  if (ui.layout.form != Form::kPhone) {
    const float end = ImGui::GetCursorPosY() + strengths_height(ui, own_picture_shown(ui), width);
    quiet(ui, below(ui, column, own_picture_shown(ui)), width);
    ImGui::SetCursorPosY(end);
  }
  ImGui::Dummy({0.0f, 0.0f});
  draw_others(ui, column, width, bottom);
  ImGui::EndGroup();
}

}  // namespace

std::vector<const ModelInfo*> comparable(const ModelInfo& shown, const std::vector<ModelInfo>& models) {
  std::vector<const ModelInfo*> out;
  for (const ModelInfo& model : models) {
    const bool alike = model.spec.latent == shown.spec.latent && model.spec.classes == shown.spec.classes;
    if (&model == &shown || (alike && model.current)) out.push_back(&model);
  }
  const auto at = std::find(out.begin(), out.end(), &shown);
  if (at - out.begin() >= kMaxCompared) std::rotate(out.begin(), at, at + 1);
  if (out.size() > kMaxCompared) out.resize(kMaxCompared);
  return out;
}

void draw_realism(Ui& ui, float width) {
  const ModelInfo& model = ui.editor.model();
  const ModelInfo* judge = Realism::judge_of(model, ui.editor.models());
  if (judge == nullptr) return;
  const Keyframe& sample = ui.state().sample;
  const std::optional<float> known = ui.realism.of(*judge, model.id, sample, ui.pictures.pixels(sample));
  const std::optional<float> shown = known ? known : ui.realism.latest(model.id);
  if (shown) {
    meter(ui, tr("realism"), tr("realism"), *shown, known.has_value(), width);
  } else {
    ImGui::Dummy({width, 20.0f});
  }
}

void draw_compare(Ui& ui) {
  const Rect& rect = ui.layout.carpet;
  const bool phone = ui.layout.form == Form::kPhone;
  const float margin = phone ? 2.0f * kGrid : kGrid;
  Rect area = {rect.x + margin, rect.y, rect.w - margin, rect.h};
  begin_area(ui, "##compare", area, 0, 0.0f, true, {0.0f, 0.0f});
  area.w -= std::max(margin, kScrollBar);
  heading(ui, tr("Compare"), ui.layout.target);
  const float head = ui.layout.target + kGrid;
  const auto count = static_cast<float>(ui.compared.size());
  if (ui.compared.size() < 2) {
    ImGui::SetCursorPos({0.0f, head});
    quiet(ui,
          tr("This site has no second model that shares this one's latents. Publish several to see them side by side."),
          std::min(area.w, 480.0f));
    end_area();
    return;
  }
  const bool own = own_picture_shown(ui);
  const char* what = own ? tr("One picture, as each model draws it") : tr("One latent, as each model draws it");
  if (ImGui::CalcTextSize(what).x <= area.w - kHeading) {
    ImGui::SetCursorPos({kHeading, (ui.layout.target - ImGui::GetTextLineHeight()) / 2.0f});
    quiet(ui, what, area.w - kHeading);
  }
  const float gap = phone ? kGrid : 2.0f * kGrid;
  float width = std::floor((area.w - gap * (count - 1.0f)) / count);
  if (!phone) width = std::clamp(area.h - head - kBesideDesktop, 120.0f, std::min(width, kMaxPicture));
  // One judge for all of them, or the figures would mean nothing beside each other.
  const ModelInfo* judge = Realism::judge_of(ui.editor.model(), ui.editor.models());
  const bool judged = std::any_of(ui.compared.begin(), ui.compared.end(), [&](const Compared& column) {
    return ui.realism.latest(column.model->id).has_value();
  });
  const std::string note =
      judge == nullptr
          ? ""
          : tr("Realism: how sure the discriminator of {} is that a picture is a photograph.", drawn(title_of(*judge)));
  const float note_height = ImGui::CalcTextSize(wrapped(note, area.w).c_str()).y + 2.0f * kGrid;
  float left = 0.0f;
  for (const Compared& column : ui.compared) {
    draw_column(ui, column, judge, left, width, rect.bottom() - note_height);
    left += width + gap;
  }
  if (phone) {
    ImGui::Dummy({0.0f, kGrid});
    for (const Compared& column : ui.compared) {
      ImGui::PushFont(ui.fonts.strong);
      ImGui::TextUnformatted(drawn(title_of(*column.model)).c_str());
      readable(ui, title_of(*column.model));
      ImGui::PopFont();
      quiet(ui, below(ui, column, own), area.w);
      ImGui::Dummy({0.0f, 2.0f});
    }
  }
  if (judge != nullptr && judged) {
    if (!phone) ImGui::SetCursorPos({0.0f, std::max(ImGui::GetCursorPosY(), area.h - note_height + kGrid)});
    quiet(ui, note, area.w);
  }
  end_area();
}

}  // namespace avae
