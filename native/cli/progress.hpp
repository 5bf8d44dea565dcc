// How far a long piece of work is: one line that is redrawn on a terminal, a plain line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace avae::cli {

/// Silent when the work is done within two seconds. One thread at a time.
class Progress {
 public:
  /// `unit` is a plural noun: "samples".
  Progress(std::size_t total, std::string unit);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  ///< clears the line

  void add(std::size_t count);

 private:
  using Clock = std::chrono::steady_clock;

  std::size_t total_;
  std::size_t done_ = 0;
  std::string unit_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_;
};

/// "4 s", "2 min 05 s", "1 h 20 min".
std::string duration_text(double seconds);

}  // namespace avae::cli
