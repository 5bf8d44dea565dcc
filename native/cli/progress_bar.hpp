// Progress of long work on stderr: one line redrawn on a terminal, plain lines now and then elsewhere.
#pragma once

#include <chrono>
#include <string>

namespace avae::cli {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();

  /// fraction 0..1; `detail` is short text such as a rate. Draws at most 10 times a second (every 10 seconds in plain
  /// lines).
  void update(double fraction, double seconds_left, const std::string& detail);
  /// Ends the line, so that what follows starts on its own.
  void finish();

 private:
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace avae::cli
