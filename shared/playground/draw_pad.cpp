#include "shared/playground/draw_pad.hpp"

#include <algorithm>
#include <cmath>

namespace avae {

namespace {

constexpr int kPad_px = 320;  // its longer side, about
constexpr int kLeastRange = 32;

std::size_t index(int value) { return static_cast<std::size_t>(value); }

}  // namespace

int pad_factor(const ModelSpec& spec) {
  const int longest = std::max(spec.height, spec.width);
  return std::max(1, (kPad_px + longest / 2) / longest);
}

float edge_light(std::span<const std::uint8_t> pixels, const ModelSpec& spec) {
  float sum = 0.0f;
  int count = 0;
  for (int y = 0; y < spec.height; ++y) {
    for (int x = 0; x < spec.width; ++x) {
      if (x > 0 && y > 0 && x < spec.width - 1 && y < spec.height - 1) continue;
      for (int c = 0; c < spec.channels; ++c) sum += pixels[index((y * spec.width + x) * spec.channels + c)];
      count += spec.channels;
    }
  }
  return sum / (255.0f * static_cast<float>(count));
}

void stretch_light(std::vector<std::uint8_t>& pixels, const ModelSpec& spec) {
  const float low = 255.0f * edge_light(pixels, spec);
  const float high = *std::max_element(pixels.begin(), pixels.end());
  if (high - low < kLeastRange) return;
  for (std::uint8_t& value : pixels)
    value = static_cast<std::uint8_t>(std::lround(255.0f * std::max(0.0f, value - low) / (high - low)));
}

bool DrawPad::fits(const ModelSpec& spec) const {
  return factor_ > 0 && spec.height == spec_.height && spec.width == spec_.width && spec.channels == spec_.channels;
}

void DrawPad::fit(const ModelSpec& spec) {
  const bool same = fits(spec);
  spec_ = spec;
  if (same) return;
  factor_ = pad_factor(spec);
  clear();
}

void DrawPad::clear() {
  rgba_.assign(index(width() * height() * 4), 0);
  for (std::size_t i = 3; i < rgba_.size(); i += 4) rgba_[i] = 255;
  blank_ = true;
  inverted_ = false;
  photograph_ = false;
  ++version_;
}

void DrawPad::stroke(ImVec2 from, ImVec2 to, float radius, Rgb colour) {
  const float dx = to.x - from.x, dy = to.y - from.y;
  const float length = dx * dx + dy * dy;
  const auto bounded = [](float value, int most) { return std::clamp(static_cast<int>(value), 0, most); };
  const int left = bounded(std::min(from.x, to.x) - radius, width());
  const int right = bounded(std::max(from.x, to.x) + radius + 1.0f, width());
  const int top = bounded(std::min(from.y, to.y) - radius, height());
  const int bottom = bounded(std::max(from.y, to.y) + radius + 1.0f, height());
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const float px = static_cast<float>(x) + 0.5f - from.x, py = static_cast<float>(y) + 0.5f - from.y;
      const float along = length > 0.0f ? std::clamp((px * dx + py * dy) / length, 0.0f, 1.0f) : 0.0f;
      if (std::hypot(px - along * dx, py - along * dy) <= radius)
        std::copy_n(colour.begin(), 3, &rgba_[index((y * width() + x) * 4)]);
    }
  }
  blank_ = false;
  ++version_;
}

void DrawPad::place(std::span<const std::uint8_t> pixels, bool photograph) {
  if (pixels.size() != index(width() * height() * spec_.channels)) return;
  for (int i = 0; i < width() * height(); ++i)
    for (int c = 0; c < 3; ++c) rgba_[index(i * 4 + c)] = pixels[index(i * spec_.channels + c % spec_.channels)];
  blank_ = false;
  photograph_ = false;
  inverted_ = false;
  inverted_ = spec_.channels == 1 && edge_light(this->pixels(), spec_) > 0.5f;
  photograph_ = photograph;
  ++version_;
}

void DrawPad::invert(bool on) { inverted_ = on; }

std::vector<std::uint8_t> DrawPad::pixels() const {
  const int channels = spec_.channels;
  std::vector<std::uint8_t> out;
  const float boxes = static_cast<float>(factor_ * factor_);
  for (int y = 0; y < spec_.height; ++y) {
    for (int x = 0; x < spec_.width; ++x) {
      std::array<float, 3> sum{};
      for (int dy = 0; dy < factor_; ++dy) {
        for (int dx = 0; dx < factor_; ++dx) {
          const std::size_t at = index(((y * factor_ + dy) * width() + x * factor_ + dx) * 4);
          for (std::size_t c = 0; c < 3; ++c) sum[c] += rgba_[at + c];
        }
      }
      if (channels == 1) sum[0] = 0.299f * sum[0] + 0.587f * sum[1] + 0.114f * sum[2];
      for (int c = 0; c < channels; ++c) {
        const auto value = static_cast<std::uint8_t>(std::lround(sum[index(c)] / boxes));
        out.push_back(inverted_ ? static_cast<std::uint8_t>(255 - value) : value);
      }
    }
  }
  if (photograph_ && channels == 1) stretch_light(out, spec_);
  return out;
}

}  // namespace avae
