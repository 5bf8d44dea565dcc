#include "native/cli/progress.hpp"

#include <cmath>
#include <cstdio>

namespace avae::cli {

void Progress::add(std::size_t count) {
  done_ += count;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (seconds < 2 || done_ == 0) return;
  const double rate = static_cast<double>(done_) / seconds;
  char detail[80];
  std::snprintf(detail, sizeof detail, "%zu of %zu %s, %.0f a second", done_, total_, unit_.c_str(), rate);
  bar_.update(static_cast<double>(done_) / static_cast<double>(total_), static_cast<double>(total_ - done_) / rate,
              detail);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::llround(seconds));
  char text[40];
  if (whole < 60) {
    std::snprintf(text, sizeof text, "%ld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%ld min %02ld s", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
  }
  return text;
}

}  // namespace avae::cli
