#include "native/cli/progress_bar.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <unistd.h>

#include "native/cli/progress.hpp"

namespace avae::cli {
namespace {
constexpr int kCells = 24;
}

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() { finish(); }

void ProgressBar::update(double fraction, double seconds_left, const std::string& detail) {
  using namespace std::chrono_literals;
  const auto now = std::chrono::steady_clock::now();
  if (last_.time_since_epoch().count() != 0 && now - last_ < (terminal_ ? 100ms : 10000ms)) return;
  last_ = now;
  fraction = std::clamp(fraction, 0.0, 1.0);
  const std::string left = duration_text(seconds_left) + " left";
  if (!terminal_) {
    std::fprintf(stderr, "%3.0f %%  %s  %s\n", 100 * fraction, left.c_str(), detail.c_str());
    return;
  }
  const int full = static_cast<int>(std::lround(fraction * kCells));
  std::string bar;
  for (int i = 0; i < kCells; ++i) bar += i < full ? "█" : "░";
  std::fprintf(stderr, "\r\033[K%s %3.0f %%  %s  %s", bar.c_str(), 100 * fraction, left.c_str(), detail.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::finish() {
  if (drawn_) std::fputc('\n', stderr);
  drawn_ = false;
}

}  // namespace avae::cli
