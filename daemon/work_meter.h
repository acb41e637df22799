#pragma once

#include "daemon/mining_info.h"
#include "daemon/mining_task.h"
#include "daemon/rate_meter.h"

namespace freezenet::daemon {

/// How fast a miner works, in the figures that people ask for. Not thread-safe: whoever has it guards it.
class WorkMeter {
 public:
  using TimePoint = RateMeter::TimePoint;

  explicit WorkMeter(TimePoint now) : rate_(now) {}
  /// Rates begin anew: time in which nobody was asked to mine is none in which nothing was done.
  void restart(TimePoint now) { rate_ = RateMeter(now); }
  void segment_done(const MiningTask& work, TimePoint begun, TimePoint now);
  /// Segments, rates, height and, where it `mines`, the expected time to a block.
  void report(MiningInfo& info, bool mines, TimePoint now) const;

 private:
  RateMeter rate_;
  std::uint64_t segments_ = 0;
  std::uint64_t height_ = 0;
  double last_segment_ms_ = 0;
  double tickets_per_block_ = 0;
};

}  // namespace freezenet::daemon
