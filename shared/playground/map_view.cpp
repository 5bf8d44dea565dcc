#include "shared/playground/map_view.hpp"

#include <algorithm>
#include <cmath>

#include "shared/playground/state.hpp"

namespace avae {

namespace {

constexpr int kLastLevel = 9;
constexpr std::size_t kMaxPlaces = 16384;
constexpr float kLabelReach = 0.06f;  // a label counts the points of its class this near
constexpr float kLabelsApart = 0.09f;
constexpr float kFrameDistance = 0.04f;  // between keyframes along a line

float distance(MapPoint a, MapPoint b) { return std::hypot(a.x - b.x, a.y - b.y); }

MapPoint point_of(const Atlas& atlas, int index) {
  return {atlas.positions[static_cast<std::size_t>(2 * index)],
          atlas.positions[static_cast<std::size_t>(2 * index + 1)]};
}

}  // namespace

ImVec2 MapView::to_screen(MapPoint point, const Rect& rect) const {
  const float s = side(rect);
  return {rect.x + rect.w / 2.0f + (point.x - centre.x) * s, rect.y + rect.h / 2.0f + (point.y - centre.y) * s};
}

MapPoint MapView::to_map(ImVec2 screen, const Rect& rect) const {
  const float s = side(rect);
  return {centre.x + (screen.x - rect.x - rect.w / 2.0f) / s, centre.y + (screen.y - rect.y - rect.h / 2.0f) / s};
}

void MapView::pan(ImVec2 by, const Rect& rect) {
  const float s = side(rect);
  centre.x = std::clamp(centre.x - by.x / s, 0.0f, 1.0f);
  centre.y = std::clamp(centre.y - by.y / s, 0.0f, 1.0f);
}

void MapView::zoom_at(float factor, ImVec2 at, const Rect& rect) {
  const MapPoint held = to_map(at, rect);
  zoom = std::clamp(zoom * factor, 1.0f, kMaxZoom);
  const ImVec2 now = to_screen(held, rect);
  pan({at.x - now.x, at.y - now.y}, rect);
}

MapPoint MapCell::centre() const {
  const auto n = static_cast<float>(cells());
  return {(static_cast<float>(column) + 0.5f) / n, (static_cast<float>(row) + 0.5f) / n};
}

int map_level(const MapView& view, const Rect& rect, float wish) {
  int level = 0;
  while (level < kLastLevel && view.side(rect) / static_cast<float>(8 << level) > wish * 1.4142f) ++level;
  return level;
}

std::vector<MapCell> visible_cells(const MapView& view, const Rect& rect, int level, ImVec2 focus) {
  const MapPoint first = view.to_map({rect.x, rect.y}, rect);
  const MapPoint last = view.to_map({rect.right(), rect.bottom()}, rect);
  const MapPoint middle = view.to_map(focus, rect);
  const int n = 8 << level;
  const auto cell = [n](float at) {
    return std::clamp(static_cast<int>(std::floor(at * static_cast<float>(n))), 0, n - 1);
  };
  std::vector<std::pair<float, MapCell>> found;
  for (int row = cell(first.y); row <= cell(last.y); ++row) {
    for (int column = cell(first.x); column <= cell(last.x); ++column) {
      const MapCell each = {level, column, row};
      found.emplace_back(distance(each.centre(), middle), each);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<MapCell> cells;
  cells.reserve(found.size());
  for (const auto& [apart, each] : found) cells.push_back(each);
  return cells;
}

Rect cell_rect(const MapCell& cell, const MapView& view, const Rect& rect) {
  const auto n = static_cast<float>(cell.cells());
  const ImVec2 from = view.to_screen({static_cast<float>(cell.column) / n, static_cast<float>(cell.row) / n}, rect);
  const ImVec2 to =
      view.to_screen({static_cast<float>(cell.column + 1) / n, static_cast<float>(cell.row + 1) / n}, rect);
  // Whole units, so that neighbours neither overlap nor part.
  const float x = std::round(from.x), y = std::round(from.y);
  return {x, y, std::round(to.x) - x, std::round(to.y) - y};
}

std::vector<MapLabel> place_labels(const Atlas& atlas) {
  struct Candidate {
    int near;
    int index;
  };
  std::vector<Candidate> candidates;
  for (int i = 0; i < atlas.size() && atlas.classes > 0; ++i) {
    int near = 0;
    for (int j = 0; j < atlas.size(); ++j) {
      if (atlas.labels[static_cast<std::size_t>(i)] == atlas.labels[static_cast<std::size_t>(j)] &&
          distance(point_of(atlas, i), point_of(atlas, j)) < kLabelReach)
        ++near;
    }
    candidates.push_back({near, i});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.near > b.near; });
  std::vector<MapLabel> labels;
  // A class that is nowhere far enough from the others is labelled where most of it is.
  for (const float apart : {kLabelsApart, 0.0f}) {
    for (const Candidate& each : candidates) {
      const int label = atlas.labels[static_cast<std::size_t>(each.index)];
      const MapPoint at = point_of(atlas, each.index);
      const bool free = std::all_of(labels.begin(), labels.end(), [&](const MapLabel& other) {
        return other.label != label && distance(other.at, at) >= apart;
      });
      if (free) labels.push_back({label, at});
    }
  }
  return labels;
}

int nearest_point(const Atlas& atlas, const Keyframe& keyframe) {
  const int label = main_class(keyframe.mix);
  const auto z = static_cast<std::size_t>(atlas.latent);
  int best = -1;
  long least = 0;
  for (int i = 0; i < atlas.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (atlas.classes > 0 && atlas.labels[at] != label) continue;
    long square = 0;
    for (std::size_t d = 0; d < z; ++d) {
      const long apart = atlas.latents[at * z + d] - keyframe.latent[d];
      square += apart * apart;
    }
    if (best < 0 || square < least) {
      best = i;
      least = square;
    }
  }
  return best;
}

std::vector<Keyframe> keyframes_along(const Atlas& atlas, const std::vector<MapPoint>& line) {
  float length = 0.0f;
  for (std::size_t i = 1; i < line.size(); ++i) length += distance(line[i - 1], line[i]);
  if (length < kFrameDistance / 2.0f) return {};
  const int count =
      std::clamp(static_cast<int>(length / kFrameDistance) + 1, static_cast<int>(kMinMorph), kMaxKeyframes);
  std::vector<Keyframe> keyframes;
  float walked = 0.0f;
  std::size_t segment = 1;
  for (int i = 0; i < count; ++i) {
    const float wanted = length * static_cast<float>(i) / static_cast<float>(count - 1);
    while (segment + 1 < line.size() && walked + distance(line[segment - 1], line[segment]) < wanted)
      walked += distance(line[segment - 1], line[segment]), ++segment;
    const MapPoint a = line[segment - 1], b = line[segment];
    const float t = std::clamp((wanted - walked) / std::max(distance(a, b), 1e-6f), 0.0f, 1.0f);
    const AtlasPlace place = place_at(atlas, a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t);
    if (place.density > 0.0f) keyframes.push_back(place.keyframe);
  }
  if (keyframes.size() < kMinMorph) keyframes.clear();
  return keyframes;
}

Map::Map(Atlas atlas) : atlas_(std::move(atlas)), labels_(place_labels(atlas_)) {}

const AtlasPlace& Map::at(const MapCell& cell) {
  if (places_.size() > kMaxPlaces) places_.clear();
  const std::uint64_t key = static_cast<std::uint64_t>(cell.level) << 40 | static_cast<std::uint64_t>(cell.row) << 20 |
                            static_cast<std::uint64_t>(cell.column);
  const auto [found, fresh] = places_.try_emplace(key);
  if (fresh) found->second = place_at(atlas_, cell.centre().x, cell.centre().y);
  return found->second;
}

}  // namespace avae
