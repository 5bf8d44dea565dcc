#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include "shared/playground/strings.hpp"
#include "shared/playground/ui.hpp"
#include "shared/playground/widgets.hpp"

namespace avae {

namespace {

constexpr float kWheelFactor = 1.2f;
constexpr float kButtonFactor = 1.6f;
constexpr float kClickReach = 5.0f;  // screen units that a click may move
constexpr float kLabelsUntilZoom = 3.0f;
constexpr float kLabelsFromSide = 420.0f;  // on a smaller map names would hide the pictures, but colours need them
constexpr float kRoomForHeading = 300.0f;  // beside what can be pressed
constexpr float kLabelHeight = 24.0f;
constexpr float kMarkRadius = 12.5f;  // of the ring and its dark edge

// Okabe & Ito (2008), told apart by the colour-blind; beyond them the order begins again.
constexpr ImU32 kClassColours[] = {IM_COL32(230, 159, 0, 255),   IM_COL32(86, 180, 233, 255),
                                   IM_COL32(0, 158, 115, 255),   IM_COL32(240, 228, 66, 255),
                                   IM_COL32(0, 114, 178, 255),   IM_COL32(213, 94, 0, 255),
                                   IM_COL32(204, 121, 167, 255), IM_COL32(160, 160, 160, 255)};

ImU32 class_colour(int label) {
  return kClassColours[static_cast<std::size_t>(std::max(label, 0)) % std::size(kClassColours)];
}

float wished_cell(const Layout& layout) { return layout.form == Form::kPhone ? 40.0f : 52.0f; }

AtlasPlace place_of(const Map& map, MapPoint point) { return place_at(map.atlas(), point.x, point.y); }

void draw_head(Ui& ui, float inner) {
  const float target = ui.layout.target;
  MapSession& session = ui.session.map;
  const bool phone = ui.layout.form == Form::kPhone;
  const bool room = inner >= kRoomForHeading;
  if (room) heading(ui, tr("Map"), target);
  ImGui::SetCursorPosX(room ? 48.0f : 0.0f);
  if (chip(ui, "map-path", session.drawing && !phone ? tr("Draw a line") : tr("Path"), session.drawing))
    ui.run("map-path");
  ImGui::SameLine(0.0f, 6.0f);
  if (ui.editor.spec().classes > 0 && chip(ui, "map-dots", tr("Classes"), session.dots)) ui.run("map-dots");
  float x = inner - 3.0f * target + (phone ? (target - 20.0f) / 2.0f : 0.0f);
  for (const auto& [name, icon, hint] :
       {std::tuple{"map-out", Icon::kMinus, tr("Zoom out (-)")}, std::tuple{"map-in", Icon::kPlus, tr("Zoom in (+)")},
        std::tuple{"map-fit", Icon::kFit, tr("The whole map (0)")}}) {
    ImGui::SameLine();
    ImGui::SetCursorPosX(x);
    if (button(ui, name, {target, target}, {ButtonLook::kPlain, icon, "", hint})) ui.run(name);
    x += target;
  }
}

/// The carpet, nearest to `focus` first; where a picture is still missing, the coarser one that covers it.
void draw_carpet(Ui& ui, Map& map, const Rect& rect, ImVec2 focus) {
  const MapView& view = ui.session.map.view;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const int level = map_level(view, rect, wished_cell(ui.layout));
  struct Tile {
    Rect rect;
    Picture picture;
    float density;
    MapCell cell;
  };
  std::vector<Tile> tiles;
  for (const MapCell& cell : visible_cells(view, rect, level, focus)) {
    const AtlasPlace& place = map.at(cell);
    if (place.density <= 0.0f) continue;
    tiles.push_back(
        {cell_rect(cell, view, rect), ui.pictures.tile(place.keyframe, Priority::kGallery), place.density, cell});
  }
  if (level > 0) {
    for (const Tile& tile : tiles) {
      if (fade(ui, tile.picture) >= 1.0f) continue;
      const AtlasPlace& coarse = map.at(tile.cell.parent());
      const Picture picture = ui.pictures.known(coarse.keyframe);
      if (picture.texture == nullptr) continue;
      // This cell's quarter of it.
      const float right = static_cast<float>(tile.cell.column % 2), low = static_cast<float>(tile.cell.row % 2);
      const ImVec2 half = {(picture.uv1.x - picture.uv0.x) / 2.0f, (picture.uv1.y - picture.uv0.y) / 2.0f};
      const ImVec2 uv = {picture.uv0.x + right * half.x, picture.uv0.y + low * half.y};
      list->AddImage(picture.texture, {tile.rect.x, tile.rect.y}, {tile.rect.right(), tile.rect.bottom()}, uv,
                     {uv.x + half.x, uv.y + half.y}, faded(IM_COL32_WHITE, tile.density));
    }
  }
  // Those of one texture are drawn together, and in the same order wherever the pointer is: the page draws what
  // changed.
  std::sort(tiles.begin(), tiles.end(), [](const Tile& x, const Tile& y) {
    if (x.picture.texture != y.picture.texture) return std::less<>()(x.picture.texture, y.picture.texture);
    return std::pair(x.cell.row, x.cell.column) < std::pair(y.cell.row, y.cell.column);
  });
  for (const Tile& tile : tiles) {
    if (tile.picture.texture == nullptr) continue;
    const float gap = tile.rect.w > 24.0f ? 1.0f : 0.0f;
    list->AddImage(tile.picture.texture, {tile.rect.x, tile.rect.y},
                   {tile.rect.right() - gap, tile.rect.bottom() - gap}, tile.picture.uv0, tile.picture.uv1,
                   faded(IM_COL32_WHITE, tile.density * fade(ui, tile.picture)));
  }
}

void draw_dots(Ui& ui, const Map& map, const Rect& rect) {
  ImDrawList* list = ImGui::GetWindowDrawList();
  const Atlas& atlas = map.atlas();
  for (int i = 0; i < atlas.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const ImVec2 centre = ui.session.map.view.to_screen({atlas.positions[2 * at], atlas.positions[2 * at + 1]}, rect);
    if (!rect.contains(centre.x, centre.y)) continue;
    list->AddCircleFilled(centre, 4.0f, ui.theme.background, 10);
    list->AddCircleFilled(centre, 3.0f, class_colour(atlas.classes > 0 ? atlas.labels[at] : 0), 10);
  }
}

/// Where a label of this size goes: at its place, or above or below it where another label or the mark is in the way.
std::optional<Rect> free_place(ImVec2 size, ImVec2 at, const Rect& rect, const std::vector<Rect>& taken) {
  const float x = std::clamp(std::floor(at.x - size.x / 2.0f), rect.x, std::max(rect.x, rect.right() - size.x));
  const float y = std::clamp(std::floor(at.y - size.y / 2.0f), rect.y, std::max(rect.y, rect.bottom() - size.y));
  for (const float step : {0.0f, -1.0f, 1.0f, -2.0f, 2.0f}) {
    const Rect place = {x, y + step * (size.y + 2.0f), size.x, size.y};
    if (place.y < rect.y || place.bottom() > rect.bottom()) continue;
    const bool free = std::none_of(taken.begin(), taken.end(), [&](const Rect& other) {
      return place.x < other.right() && other.x < place.right() && place.y < other.bottom() && other.y < place.bottom();
    });
    if (free) return place;
  }
  return std::nullopt;
}

void draw_labels(Ui& ui, const Map& map, const Rect& rect) {
  const ModelSpec& spec = ui.editor.spec();
  const MapSession& session = ui.session.map;
  ImDrawList* list = ImGui::GetWindowDrawList();
  std::vector<Rect> taken;
  if (session.mark) {
    const ImVec2 at = session.view.to_screen(*session.mark, rect);
    taken.push_back({at.x - kMarkRadius, at.y - kMarkRadius, 2.0f * kMarkRadius, 2.0f * kMarkRadius});
  }
  for (const MapLabel& label : map.labels()) {
    const ImVec2 at = session.view.to_screen(label.at, rect);
    if (!rect.contains(at.x, at.y)) continue;
    const std::string name = drawn(class_name(spec, label.label));
    const float dot = session.dots ? 8.0f : 0.0f;
    const std::optional<Rect> place =
        free_place({label_width(ui.fonts, name, false) + dot, kLabelHeight}, at, rect, taken);
    if (!place) continue;
    taken.push_back(*place);
    const float middle = place->y + place->h / 2.0f;
    list->AddRectFilled({place->x, place->y}, {place->right(), place->bottom()}, faded(ui.theme.background, 0.82f),
                        place->h / 2.0f);
    if (session.dots) list->AddCircleFilled({place->x + 11.0f, middle}, 4.0f, class_colour(label.label), 12);
    text_centred(list, ui.fonts.strong, {place->x + (place->w + dot) / 2.0f, middle}, ui.theme.text, name);
  }
}

void draw_mark(Ui& ui, MapPoint point, const Rect& rect, bool exact) {
  const ImVec2 at = ui.session.map.view.to_screen(point, rect);
  if (!rect.contains(at.x, at.y)) return;
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddCircle(at, 10.0f, ui.theme.background, 24, 5.0f);
  list->AddCircle(at, 10.0f, exact ? ui.theme.accent : faded(ui.theme.accent, 0.6f), 24, 2.5f);
}

void draw_line(Ui& ui, const Rect& rect) {
  ImDrawList* list = ImGui::GetWindowDrawList();
  for (int pass = 0; pass < 2; ++pass) {
    for (const MapPoint& point : ui.session.map.line) list->PathLineTo(ui.session.map.view.to_screen(point, rect));
    list->PathStroke(pass == 0 ? faded(ui.theme.background, 0.8f) : ui.theme.accent, 0, pass == 0 ? 7.0f : 3.0f);
  }
}

/// Where the sample stands: where it was chosen, or at its nearest point.
void find_mark(MapSession& session, const Map& map, const Keyframe& sample) {
  if (session.mark && session.marked == sample && session.marked_on == &map) return;
  if (session.marked_on && session.marked_on != &map) {  // a line on another model's map
    session.line.clear();
    session.drawing = session.line_growing = session.line_ends = false;
  }
  session.marked = sample;
  session.marked_on = &map;
  session.mark_exact = false;
  session.mark.reset();
  const int nearest = nearest_point(map.atlas(), sample);
  if (nearest < 0) return;
  const auto at = static_cast<std::size_t>(nearest);
  session.mark = MapPoint{map.atlas().positions[2 * at], map.atlas().positions[2 * at + 1]};
}

void choose(Ui& ui, const Map& map, MapPoint point) {
  const AtlasPlace place = place_of(map, point);
  if (place.density <= 0.0f) return;
  ui.run("pause");
  ui.editor.keep(place.keyframe);
  MapSession& session = ui.session.map;
  session.mark = point;
  session.marked = place.keyframe;
  session.marked_on = &map;
  session.mark_exact = true;
}

void end_line(Ui& ui, const Map& map) {
  MapSession& session = ui.session.map;
  std::vector<Keyframe> keyframes = keyframes_along(map.atlas(), session.line);
  if (keyframes.empty()) {
    session.line.clear();
    return;
  }
  ui.editor.set_morph(std::move(keyframes));
  session.drawing = false;
  ui.session.playing = false;
  if (!ui.reduced_motion) ui.run("play");
}

/// The arrow keys walk; with a path to be drawn the line follows, from where the walk began, until space plays it or
/// Escape gives it up.
void read_keys(Ui& ui, const Map& map, const Rect& rect) {
  MapSession& session = ui.session.map;
  if (std::exchange(session.line_ends, false)) return end_line(ui, map);
  const bool elsewhere = !ui.session.focus.empty() && ui.session.focus != "map";
  if (ui.session.sharing || ui.session.focused_slider >= 0 || elsewhere || !session.mark) return;
  if (session.drawing && ImGui::IsKeyPressed(ImGuiKey_Escape)) {
    session.drawing = false;
    session.line.clear();
  }
  const float step = 1.0f / static_cast<float>(8 << map_level(session.view, rect, wished_cell(ui.layout)));
  MapPoint to = *session.mark;
  if (ImGui::IsKeyPressed(ImGuiKey_LeftArrow)) to.x -= step;
  if (ImGui::IsKeyPressed(ImGuiKey_RightArrow)) to.x += step;
  if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) to.y -= step;
  if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) to.y += step;
  to = {std::clamp(to.x, 0.0f, 1.0f), std::clamp(to.y, 0.0f, 1.0f)};
  if (to.x == session.mark->x && to.y == session.mark->y) return;
  // Over empty ground the mark goes on to what lies behind it.
  const float step_x = to.x - session.mark->x, step_y = to.y - session.mark->y;
  const auto inside_map = [](MapPoint at) { return at.x >= 0.0f && at.x <= 1.0f && at.y >= 0.0f && at.y <= 1.0f; };
  while (inside_map(to) && place_of(map, to).density <= 0.0f) to = {to.x + step_x, to.y + step_y};
  if (!inside_map(to)) return;
  if (session.drawing && session.line.empty()) session.line = {*session.mark};
  choose(ui, map, to);
  if (session.drawing) session.line.push_back(to);
  const ImVec2 at = session.view.to_screen(to, rect);
  const float margin = std::min(rect.w, rect.h) * 0.1f;
  const ImVec2 inside = {std::clamp(at.x, rect.x + margin, rect.right() - margin),
                         std::clamp(at.y, rect.y + margin, rect.bottom() - margin)};
  session.view.pan({inside.x - at.x, inside.y - at.y}, rect);
}

void read_pointer(Ui& ui, const Map& map, const Rect& rect) {
  MapSession& session = ui.session.map;
  ImGui::SetCursorScreenPos({rect.x, rect.y});
  const bool pressed = press(ui, "map", {rect.w, rect.h});
  ui.targets.back().kind = Target::Kind::kMap;
  ui.targets.back().label = session.drawing ? tr("Map: the arrow keys draw a line, space plays it")
                                            : tr("Map: the arrow keys walk over it, + and - zoom, L draws a line");
  const bool hovered = ImGui::IsItemHovered(), active = ImGui::IsItemActive();
  const ImGuiIO& io = ImGui::GetIO();
  const MapPoint under = session.view.to_map(io.MousePos, rect);
  if (session.pinch) {
    const Pinch pinch = *session.pinch;
    session.pinch.reset();
    session.view.pan(pinch.moved, rect);
    session.view.zoom_at(pinch.factor, pinch.at, rect);
  }
  if (hovered && io.MouseWheel != 0.0f) session.view.zoom_at(std::pow(kWheelFactor, io.MouseWheel), io.MousePos, rect);
  if (ImGui::IsItemActivated()) {
    ui.session.focused_slider = -1;
    session.moved = 0.0f;
    session.line_growing = session.drawing || io.KeyShift;
    if (session.line_growing) session.line = {under};
  }
  if (active) {
    session.moved =
        std::max(session.moved, std::hypot(ImGui::GetMouseDragDelta(0, 0.0f).x, ImGui::GetMouseDragDelta(0, 0.0f).y));
    if (!ImGui::IsMousePosValid()) {
      // A second finger has come: the button goes up in the next frame.
    } else if (session.line_growing) {
      session.line.push_back(under);
    } else if (session.moved > kClickReach) {
      session.view.pan(io.MouseDelta, rect);
    }
  }
  if (ImGui::IsItemDeactivated() && session.line_growing) {
    session.line_growing = false;
    if (session.moved > kClickReach) return end_line(ui, map);
    session.line.clear();
  }
  if (pressed && session.moved <= kClickReach) return choose(ui, map, under);
  session.pointed = hovered && !active && !touching();
}

float head_height(const Layout& layout) { return layout.target + kGrid; }

Rect rect_of(const Layout& layout) {
  const float head = head_height(layout);
  return {layout.carpet.x, layout.carpet.y + head, layout.carpet.w, layout.carpet.h - head};
}

}  // namespace

std::optional<Keyframe> map_place(const MapSession& session, const Layout& layout, const Map& map, ImVec2 pointer) {
  const Rect rect = rect_of(layout);
  if (!session.pointed || !rect.contains(pointer.x, pointer.y)) return std::nullopt;
  AtlasPlace place = place_of(map, session.view.to_map(pointer, rect));
  if (place.density <= 0.0f) return std::nullopt;
  return std::move(place.keyframe);
}

void point_at_map(Ui& ui, const Map& map) {
  MapSession& session = ui.session.map;
  const std::optional<Keyframe> under = map_place(session, ui.layout, map, ImGui::GetIO().MousePos);
  if (!under) return;
  // The very place under the pointer; until it is decoded, the one before.
  if (ui.pictures.want(*under, Priority::kHover)) session.hovered = under;
  ui.session.preview = session.hovered;
}

void draw_map(Ui& ui, Map& map) {
  const Rect& whole = ui.layout.carpet;
  const float margin = ui.layout.form == Form::kPhone ? 2.0f * kGrid : kGrid;
  const float head = head_height(ui.layout);
  // The last of its icons ends where the map does, with some of what a finger needs beside it.
  begin_area(ui, "##map-head", {whole.x + margin, whole.y, whole.w - margin, head}, 0, 0.0f, false, {0.0f, 0.0f});
  draw_head(ui, whole.w - 2.0f * margin);
  end_area();

  const Rect rect = rect_of(ui.layout);
  MapSession& session = ui.session.map;
  if (!session.placed) {
    session.view = {};
    session.placed = true;
  }
  if (session.zoom_by != 1.0f) {
    session.view.zoom_at(session.zoom_by, {rect.x + rect.w / 2.0f, rect.y + rect.h / 2.0f}, rect);
    session.zoom_by = 1.0f;
  }
  begin_area(ui, "##map", rect, 0, kRadiusControl, false, {0.0f, 0.0f});
  find_mark(session, map, ui.state().sample);
  read_pointer(ui, map, rect);
  read_keys(ui, map, rect);
  const ImVec2 pointer = ImGui::GetIO().MousePos;
  const ImVec2 middle = {rect.x + rect.w / 2.0f, rect.y + rect.h / 2.0f};
  draw_carpet(ui, map, rect, rect.contains(pointer.x, pointer.y) ? pointer : middle);
  if (session.dots) draw_dots(ui, map, rect);
  const bool room = session.view.zoom < kLabelsUntilZoom && session.view.side(rect) >= kLabelsFromSide;
  if (room || session.dots) draw_labels(ui, map, rect);
  if (!session.line.empty()) draw_line(ui, rect);
  if (session.mark) draw_mark(ui, *session.mark, rect, session.mark_exact);
  end_area();
}

void run_map_command(MapSession& session, std::string_view name) {
  if (name == "map-in") session.zoom_by = kButtonFactor;
  if (name == "map-out") session.zoom_by = 1.0f / kButtonFactor;
  if (name == "map-fit") session.placed = false;
  if (name == "map-dots") session.dots = !session.dots;
  if (name == "map-path") {
    session.drawing = !session.drawing;
    session.line.clear();
  }
}

}  // namespace avae
