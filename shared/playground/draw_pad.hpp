// A drawing as a model can read it: strokes and pictures on a pad of whole boxes, one box to each of the model's
// pixels.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <imgui.h>

#include "shared/model/spec.hpp"

namespace avae {

using Rgb = std::array<std::uint8_t, 3>;

/// The side of the box of pad pixels that becomes one pixel of a model of these sizes.
int pad_factor(const ModelSpec& spec);

/// Light at the edge of pixels [H, W, C], 0..1: tells pictures on white from pictures on black.
float edge_light(std::span<const std::uint8_t> pixels, const ModelSpec& spec);

/// Stretches grey pixels [H, W] so that what lies at the edge is black and the brightest is white: photographs are
/// never either. Leaves pictures with little light in them as they are.
void stretch_light(std::vector<std::uint8_t>& pixels, const ModelSpec& spec);

class DrawPad {
 public:
  /// Whether the model's pictures are of its size and channels.
  bool fits(const ModelSpec& spec) const;
  /// Makes it fit a model: another size or number of channels clears it.
  void fit(const ModelSpec& spec);
  void clear();
  /// Nothing was drawn since clear().
  bool blank() const { return blank_; }

  int width() const { return spec_.width * factor_; }
  int height() const { return spec_.height * factor_; }
  /// uint8 [height, width, 4].
  const std::vector<std::uint8_t>& rgba() const { return rgba_; }
  /// Another number whenever rgba() has changed.
  unsigned version() const { return version_; }

  /// A round pen of `radius` pad pixels goes from one place to another, in pad pixels.
  void stroke(ImVec2 from, ImVec2 to, float radius, Rgb colour);
  /// A picture [height(), width(), C] takes the place of everything. A `photograph` has its light stretched. Grey
  /// pictures on white are inverted: models learn from things on black.
  void place(std::span<const std::uint8_t> pixels, bool photograph);

  bool inverted() const { return inverted_; }
  void invert(bool on);
  /// What the model sees: uint8 [H, W, C].
  std::vector<std::uint8_t> pixels() const;

 private:
  ModelSpec spec_;
  int factor_ = 0;
  std::vector<std::uint8_t> rgba_;
  unsigned version_ = 0;
  bool blank_ = true;
  bool inverted_ = false;
  bool photograph_ = false;
};

}  // namespace avae
