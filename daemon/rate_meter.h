#pragma once

#include <chrono>
#include <deque>

namespace freezenet::daemon {

/// Events per second over the windows that operators know from load averages. Not thread-safe. Memory: one time stamp
/// an event of the last 15 minutes, at most kMaxEvents; with more the longest window is shortened to what is kept.
class RateMeter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMaxEvents = 100'000;

  explicit RateMeter(TimePoint start) : start_(start) {}
  void record(TimePoint now);
  /// Mean rate over the last `window`, or since the start where that is less.
  [[nodiscard]] double per_second(TimePoint now, std::chrono::seconds window) const;

 private:
  TimePoint start_;
  std::deque<TimePoint> events_;
};

}  // namespace freezenet::daemon
