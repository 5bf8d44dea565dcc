#include "native/cli/progress.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace avae::cli {

using namespace std::chrono_literals;

Progress::Progress(std::size_t total, std::string unit)
    : total_(total), unit_(std::move(unit)), terminal_(isatty(STDERR_FILENO) != 0), next_(start_ + 2s) {}

Progress::~Progress() {
  if (drawn_ && terminal_) std::fputs("\r\033[K", stderr);
}

void Progress::add(std::size_t count) {
  done_ += count;
  const auto now = Clock::now();
  if (now < next_ || done_ == 0) return;
  next_ = now + (terminal_ ? Clock::duration(100ms) : Clock::duration(10s));
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done_) / seconds;
  const std::string left = duration_text(static_cast<double>(total_ - done_) / rate);
  std::fprintf(stderr, "%s%zu of %zu %s (%zu%%), %.0f a second, %s left%s", terminal_ ? "\r" : "", done_, total_,
               unit_.c_str(), 100 * done_ / total_, rate, left.c_str(), terminal_ ? "\033[K" : "\n");
  std::fflush(stderr);
  drawn_ = true;
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
