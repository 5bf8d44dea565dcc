// Where the map of the latent space stands: pan and zoom, the grid of pictures, names of regions. No drawing here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <imgui.h>

#include "shared/latent/atlas.hpp"
#include "shared/playground/layout.hpp"

namespace avae {

/// A point of the map, x to the right and y downwards, in [0, 1].
struct MapPoint {
  float x = 0.5f, y = 0.5f;
};

/// What part of the map is seen. At zoom 1 all of it fits.
struct MapView {
  static constexpr float kMaxZoom = 64.0f;
  MapPoint centre;
  float zoom = 1.0f;

  /// Screen units of the whole map's side.
  float side(const Rect& rect) const { return (rect.w < rect.h ? rect.w : rect.h) * zoom; }
  ImVec2 to_screen(MapPoint point, const Rect& rect) const;
  MapPoint to_map(ImVec2 screen, const Rect& rect) const;
  void pan(ImVec2 by, const Rect& rect);
  /// `at` stays where it is on the screen. The zoom stays within 1 and kMaxZoom.
  void zoom_at(float factor, ImVec2 at, const Rect& rect);
};

/// One picture of the grid: cell (column, row) of (8 << level) x (8 << level).
struct MapCell {
  int level = 0, column = 0, row = 0;
  int cells() const { return 8 << level; }
  MapPoint centre() const;
  MapCell parent() const { return {level - 1, column / 2, row / 2}; }
  bool operator==(const MapCell&) const = default;
};

/// The level whose cells are nearest to `wish` screen units.
int map_level(const MapView& view, const Rect& rect, float wish);
/// The cells of `level` that can be seen, the nearest to `focus` first.
std::vector<MapCell> visible_cells(const MapView& view, const Rect& rect, int level, ImVec2 focus);
/// The cell's square on the screen.
Rect cell_rect(const MapCell& cell, const MapView& view, const Rect& rect);

/// Where a class's name stands: among many of its points, apart from other names.
struct MapLabel {
  int label = 0;
  MapPoint at;
};
std::vector<MapLabel> place_labels(const Atlas& atlas);

/// The point of the atlas whose latent is nearest to the keyframe's, among those of its main class; -1 without any.
int nearest_point(const Atlas& atlas, const Keyframe& keyframe);

/// 2..kMaxMorph keyframes at equal distances along the line; none when it is a point or leads through nothing.
std::vector<Keyframe> keyframes_along(const Atlas& atlas, const std::vector<MapPoint>& line);

/// The map of one model: its atlas, and what has been worked out from it.
class Map {
 public:
  explicit Map(Atlas atlas);
  const Atlas& atlas() const { return atlas_; }
  const std::vector<MapLabel>& labels() const { return labels_; }
  /// What the middle of the cell shows; kept for the next frames.
  const AtlasPlace& at(const MapCell& cell);

 private:
  Atlas atlas_;
  std::vector<MapLabel> labels_;
  std::unordered_map<std::uint64_t, AtlasPlace> places_;
};

}  // namespace avae
