#pragma once

#include <algorithm>

#include "net/asio.h"

namespace freezenet::net {

/// A rate with a burst. Time is an argument. Not thread-safe: its owner's strand or lock.
class TokenBucket {
 public:
  TokenBucket(double per_second, double burst, Clock::time_point now)
      : rate_(per_second), burst_(burst), tokens_(burst), at_(now) {}

  /// True and one token less, or false.
  bool take(Clock::time_point now) {
    refill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  /// When the next `count` tokens will be there, at `now` or later; no more than the burst ever are.
  [[nodiscard]] Clock::time_point next(Clock::time_point now, double count = 1) {
    refill(now);
    if (tokens_ >= count) return now;
    return now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>((count - tokens_) / rate_)) +
           Millis(1);
  }
  /// Takes what next() said would be there; negative: puts it back.
  void spend(double count) { tokens_ = std::min(burst_, tokens_ - count); }

 private:
  void refill(Clock::time_point now) {
    if (now <= at_) return;
    tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>(now - at_).count());
    at_ = now;
  }
  double rate_, burst_, tokens_;
  Clock::time_point at_;
};

}  // namespace freezenet::net
