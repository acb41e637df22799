#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace freezenet::worker {

/// How long to wait before the next try: twice as long each time, up to a bound, and between half of that and all of
/// it, so that workers that lost their node together do not come back together.
class Backoff {
 public:
  using Span = std::chrono::milliseconds;

  Backoff(Span first, Span most, std::uint64_t seed) : first_(first), most_(most), next_(first), random_(seed) {}

  Span next() {
    const Span whole = next_;
    next_ = std::min(most_, next_ * 2);
    return Span(std::uniform_int_distribution<Span::rep>(whole.count() / 2, whole.count())(random_));
  }
  void reset() { next_ = first_; }

 private:
  Span first_, most_, next_;
  std::mt19937_64 random_;
};

}  // namespace freezenet::worker
