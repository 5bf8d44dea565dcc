// Where the time of training steps goes.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace avae {

enum class Phase : std::uint8_t { kData, kGenerator, kDiscriminator, kOptimiser, kAverage, kOther };
inline constexpr std::array<std::string_view, 6> kPhaseNames{"data", "g_step", "d_step", "optimiser", "ema", "other"};

/// Wall-clock seconds by phase. Not thread-safe.
class PhaseClock {
 public:
  /// `finish` waits for what a device has been told so far; empty where calls return when they are done.
  explicit PhaseClock(std::function<void()> finish = {}) : finish_(std::move(finish)) {}

  /// What follows belongs to `next`.
  void enter(Phase next) {
    if (finish_) finish_();
    const Clock::time_point now = Clock::now();
    seconds_[static_cast<std::size_t>(phase_)] += std::chrono::duration<double>(now - since_).count();
    since_ = now;
    phase_ = next;
  }

  /// By phase, in the order of kPhaseNames, up to the last enter().
  const std::array<double, kPhaseNames.size()>& seconds() const { return seconds_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::function<void()> finish_;
  Phase phase_ = Phase::kOther;
  Clock::time_point since_ = Clock::now();
  std::array<double, kPhaseNames.size()> seconds_{};
};

}  // namespace avae
