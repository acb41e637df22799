#include "daemon/work_meter.h"

#include "consensus/difficulty.h"

namespace freezenet::daemon {

void WorkMeter::segment_done(const MiningTask& work, TimePoint begun, TimePoint now) {
  rate_.record(now);
  ++segments_;
  last_segment_ms_ = std::chrono::duration<double, std::milli>(now - begun).count();
  height_ = work.height;
  tickets_per_block_ = work_of(work.target).to_double();
}

void WorkMeter::report(MiningInfo& info, bool mines, TimePoint now) const {
  info.segments = segments_;
  info.height = height_;
  info.last_segment_ms = last_segment_ms_;
  info.segments_per_second_10s = rate_.per_second(now, std::chrono::seconds(10));
  info.segments_per_second_60s = rate_.per_second(now, std::chrono::minutes(1));
  info.segments_per_second_15m = rate_.per_second(now, std::chrono::minutes(15));
  const double rate = info.segments_per_second_60s;
  info.expected_seconds_to_block = mines && rate > 0 ? tickets_per_block_ / rate : 0;
}

}  // namespace freezenet::daemon
