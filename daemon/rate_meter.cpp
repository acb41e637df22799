#include "daemon/rate_meter.h"

#include <algorithm>

namespace freezenet::daemon {

void RateMeter::record(TimePoint now) {
  while (!events_.empty() && (events_.size() >= kMaxEvents || now - events_.front() > std::chrono::minutes(15))) {
    start_ = std::max(start_, events_.front());
    events_.pop_front();
  }
  events_.push_back(now);
}

double RateMeter::per_second(TimePoint now, std::chrono::seconds window) const {
  const TimePoint from = std::max(start_, now - window);
  const double seconds = std::chrono::duration<double>(now - from).count();
  if (seconds <= 0) return 0;
  const auto first = std::ranges::upper_bound(events_, from);
  return static_cast<double>(events_.end() - first) / seconds;
}

}  // namespace freezenet::daemon
