// How far a countable piece of work is, with its rate.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "native/cli/progress_bar.hpp"

namespace avae::cli {

/// Silent when the work is done within two seconds. One thread at a time.
class Progress {
 public:
  /// `unit` is a plural noun: "samples".
  Progress(std::size_t total, std::string unit) : total_(total), unit_(std::move(unit)) {}

  void add(std::size_t count);

 private:
  std::size_t total_;
  std::size_t done_ = 0;
  std::string unit_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  ProgressBar bar_;
};

/// "4 s", "2 min 05 s", "1 h 20 min".
std::string duration_text(double seconds);

}  // namespace avae::cli
