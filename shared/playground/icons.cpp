#include "shared/playground/icons.hpp"

#include <initializer_list>

namespace avae {

namespace {

constexpr float kPi = 3.14159265f;

/// A pen that maps the 24-unit square to the screen.
struct Pen {
  ImDrawList* list;
  ImVec2 centre;
  float unit;
  ImU32 colour;

  ImVec2 at(float x, float y) const { return {centre.x + (x - 12.0f) * unit, centre.y + (y - 12.0f) * unit}; }
  float width() const { return 1.8f * unit < 1.25f ? 1.25f : 1.8f * unit; }
  void line(std::initializer_list<ImVec2> points) const {
    for (const ImVec2& point : points) list->PathLineTo(at(point.x, point.y));
    list->PathStroke(colour, 0, width());
  }
  void arc(float x, float y, float radius, float from, float to) const {
    list->PathArcTo(at(x, y), radius * unit, from * kPi, to * kPi, 24);
    list->PathStroke(colour, 0, width());
  }
  void dot(float x, float y, float radius) const { list->AddCircleFilled(at(x, y), radius * unit, colour, 16); }
  void box(float x0, float y0, float x1, float y1, float radius) const {
    list->AddRect(at(x0, y0), at(x1, y1), colour, radius * unit, 0, width());
  }
  void fill(float x0, float y0, float x1, float y1, float radius) const {
    list->AddRectFilled(at(x0, y0), at(x1, y1), colour, radius * unit);
  }
};

void turn_back(const Pen& pen, float sign) {
  const auto x = [sign](float value) { return 12.0f + sign * (value - 12.0f); };
  pen.line({{x(9), 5}, {x(4.5f), 9.5f}, {x(9), 14}});
  pen.line({{x(4.5f), 9.5f}, {x(14), 9.5f}});
  if (sign > 0) {
    pen.arc(14, 14.25f, 4.75f, -0.5f, 0.5f);
  } else {
    pen.arc(10, 14.25f, 4.75f, 0.5f, 1.5f);
  }
  pen.line({{x(14), 19}, {x(9), 19}});
}

}  // namespace

void draw_icon(ImDrawList* list, Icon icon, ImVec2 centre, float size, ImU32 colour) {
  const Pen pen = {list, centre, size / 24.0f, colour};
  switch (icon) {
    case Icon::kNone:
      break;
    case Icon::kPlay:
      list->PathLineTo(pen.at(8, 4.5f));
      list->PathLineTo(pen.at(20, 12));
      list->PathLineTo(pen.at(8, 19.5f));
      list->PathFillConvex(colour);
      break;
    case Icon::kPause:
      pen.fill(6, 5, 10, 19, 1.2f);
      pen.fill(14, 5, 18, 19, 1.2f);
      break;
    case Icon::kDice:
      pen.box(4, 4, 20, 20, 4);
      pen.dot(8.5f, 8.5f, 1.6f);
      pen.dot(15.5f, 8.5f, 1.6f);
      pen.dot(12, 12, 1.6f);
      pen.dot(8.5f, 15.5f, 1.6f);
      pen.dot(15.5f, 15.5f, 1.6f);
      break;
    case Icon::kUndo:
      turn_back(pen, 1.0f);
      break;
    case Icon::kRedo:
      turn_back(pen, -1.0f);
      break;
    case Icon::kPlus:
      pen.line({{12, 5}, {12, 19}});
      pen.line({{5, 12}, {19, 12}});
      break;
    case Icon::kMinus:
      pen.line({{5, 12}, {19, 12}});
      break;
    case Icon::kFit:
      pen.line({{4, 9}, {4, 4}, {9, 4}});
      pen.line({{15, 4}, {20, 4}, {20, 9}});
      pen.line({{20, 15}, {20, 20}, {15, 20}});
      pen.line({{9, 20}, {4, 20}, {4, 15}});
      break;
    case Icon::kClose:
      pen.line({{6.5f, 6.5f}, {17.5f, 17.5f}});
      pen.line({{17.5f, 6.5f}, {6.5f, 17.5f}});
      break;
    case Icon::kRevert:
      pen.arc(12, 12.5f, 7.5f, -0.85f, 0.85f);
      pen.line({{4.2f, 4.5f}, {4.8f, 9.6f}, {9.9f, 9.2f}});
      break;
    case Icon::kLoop:
      pen.line({{17, 2.5f}, {20.5f, 6}, {17, 9.5f}});
      pen.line({{20.5f, 6}, {8, 6}});
      pen.arc(8, 11, 5, 1.0f, 1.5f);
      pen.line({{7, 21.5f}, {3.5f, 18}, {7, 14.5f}});
      pen.line({{3.5f, 18}, {16, 18}});
      pen.arc(16, 13, 5, 0.0f, 0.5f);
      break;
    case Icon::kSmooth:
      pen.arc(12, 12, 8, 0.0f, 2.0f);
      list->PathArcTo(pen.at(12, 12), 8.0f * pen.unit, -0.5f * kPi, 0.5f * kPi, 20);
      list->PathFillConvex(colour);
      break;
    case Icon::kPixels:
      pen.box(4, 4, 20, 20, 2);
      pen.fill(4, 4, 12, 12, 1);
      pen.fill(12, 12, 20, 20, 1);
      break;
    case Icon::kShuffle:
      pen.line({{3, 7}, {7, 7}, {15, 17}, {20.5f, 17}});
      pen.line({{3, 17}, {7, 17}, {9.4f, 14}});
      pen.line({{12.6f, 10}, {15, 7}, {20.5f, 7}});
      pen.line({{17.5f, 4}, {20.5f, 7}, {17.5f, 10}});
      pen.line({{17.5f, 14}, {20.5f, 17}, {17.5f, 20}});
      break;
    case Icon::kLink:
      pen.line({{10.5f, 7.5f}, {7.5f, 7.5f}});
      pen.arc(7.5f, 12, 4.5f, 0.5f, 1.5f);
      pen.line({{7.5f, 16.5f}, {10.5f, 16.5f}});
      pen.line({{13.5f, 7.5f}, {16.5f, 7.5f}});
      pen.arc(16.5f, 12, 4.5f, -0.5f, 0.5f);
      pen.line({{16.5f, 16.5f}, {13.5f, 16.5f}});
      pen.line({{8.5f, 12}, {15.5f, 12}});
      break;
    case Icon::kShare:
      pen.arc(18, 5, 3, 0.0f, 2.0f);
      pen.arc(6, 12, 3, 0.0f, 2.0f);
      pen.arc(18, 19, 3, 0.0f, 2.0f);
      pen.line({{8.6f, 10.5f}, {15.4f, 6.5f}});
      pen.line({{8.6f, 13.5f}, {15.4f, 17.5f}});
      break;
    case Icon::kLock:
      pen.fill(5, 11, 19, 20, 2);
      pen.line({{8, 11}, {8, 8}});
      pen.arc(12, 8, 4, 1.0f, 2.0f);
      pen.line({{16, 8}, {16, 11}});
      break;
    case Icon::kUnlocked:
      pen.box(5, 11, 19, 20, 2);
      pen.line({{8, 11}, {8, 7}});
      pen.arc(12, 7, 4, 1.0f, 1.85f);
      break;
    case Icon::kSun:
      pen.arc(12, 12, 4, 0.0f, 2.0f);
      for (const ImVec2 ray :
           {ImVec2{0, -1}, {0, 1}, {-1, 0}, {1, 0}, {0.7f, 0.7f}, {-0.7f, 0.7f}, {0.7f, -0.7f}, {-0.7f, -0.7f}}) {
        pen.line({{12 + ray.x * 7, 12 + ray.y * 7}, {12 + ray.x * 9.5f, 12 + ray.y * 9.5f}});
      }
      break;
  }
}

}  // namespace avae
