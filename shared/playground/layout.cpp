#include "shared/playground/layout.hpp"

#include <algorithm>

namespace avae {

namespace {

constexpr float kHeader = 48.0f;
constexpr float kTabs = 56.0f;
constexpr float kStrip = 80.0f;
constexpr float kShortWindow = 560.0f;  // a phone on its side
// Of a phone's height, for the sample: less where there is a map, a pad or models below it.
constexpr float kSampleShare = 0.56f, kSampleBesideMore = 0.28f;
constexpr float kSampleOfSide = 0.42f;
constexpr float kLeastSample = 120.0f;
constexpr float kMorphControls = 244.0f;  // a row of keyframes, the scrub bar, the speed and the buttons

void arrange_phone(Layout& out, const Rect& area, View view) {
  const bool on_its_side = area.w > area.h;
  const float room = view == View::kMorph   ? area.h - out.target - 2.0f * kGrid - kMorphControls
                     : view == View::kShape ? area.h * kSampleShare
                                            : area.h * kSampleBesideMore;
  const float picture = on_its_side ? std::min(area.h - out.target - kGrid, area.w * 0.5f)
                                    : std::min(area.w, std::max(room, kLeastSample));
  const float column = on_its_side ? picture : area.w;
  out.sample = {area.x + (column - picture) / 2.0f, area.y, picture, picture};
  out.actions = {area.x + 2.0f * kGrid, out.sample.bottom() + kGrid, column - 4.0f * kGrid, out.target};
  Rect rest;
  if (on_its_side) {
    out.actions.x = area.x + kGrid;
    out.actions.w = column - 2.0f * kGrid;
    rest = {area.x + column + kGrid, area.y, area.w - column - kGrid, area.h};
  } else {
    const float top = out.actions.bottom() + kGrid;
    rest = {area.x, top, area.w, area.bottom() - top};
  }
  if (view == View::kMorph) {
    out.strip = rest;
  } else if (view == View::kMap || view == View::kDraw || view == View::kCompare) {
    out.carpet = rest;
  } else {
    out.panel = rest;
  }
}

void arrange_wide(Layout& out, const Rect& area) {
  const float side = out.form == Form::kDesktop ? 384.0f : std::min(320.0f, area.w * 0.5f);
  out.strip = {area.x + kGrid, area.bottom() - kStrip - kGrid, area.w - 2.0f * kGrid, kStrip};
  const float height = out.strip.y - area.y - kGrid;
  out.side = {area.right() - side - kGrid, area.y, side, height};
  out.carpet = {area.x + kGrid, area.y, out.side.x - area.x - 2.0f * kGrid, height};
  const float inner = side - 4.0f * kGrid;
  const float picture = std::min(inner, out.side.h * kSampleOfSide);
  out.sample = {out.side.x + (side - picture) / 2.0f, out.side.y + 2.0f * kGrid, picture, picture};
  out.actions = {out.side.x + 2.0f * kGrid, out.sample.bottom() + 1.5f * kGrid, inner, out.target + 4.0f};
  const float top = out.actions.bottom() + kGrid;
  out.panel = {out.side.x, top, side, out.side.bottom() - top};
}

}  // namespace

Layout arrange(float width, float height, View view, bool own_chrome, bool touch) {
  Layout out;
  const bool small = std::min(width, height) < kShortWindow && width < kDesktopWidth;
  out.form = width < kPhoneWidth || small ? Form::kPhone : width < kDesktopWidth ? Form::kTablet : Form::kDesktop;
  if (touch || out.form != Form::kDesktop) out.target = kTouchTarget;

  Rect area = {0.0f, 0.0f, width, height};
  if (own_chrome) {
    out.header = {0.0f, 0.0f, width, std::max(kHeader, out.target + kGrid)};
    area.y = out.header.bottom();
    area.h -= out.header.h;
    if (out.form == Form::kPhone) {
      out.tabs = {0.0f, height - kTabs, width, kTabs};
      area.h -= kTabs;
    }
  } else if (out.form != Form::kPhone) {
    area.y += kGrid;
    area.h -= kGrid;
  }
  if (out.form == Form::kPhone) {
    arrange_phone(out, area, view);
  } else {
    arrange_wide(out, area);
  }
  return out;
}

}  // namespace avae
