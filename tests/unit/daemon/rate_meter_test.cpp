#include "daemon/rate_meter.h"

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using std::chrono::seconds;

TEST(RateMeter, CountsOnlyItsWindow) {
  const RateMeter::TimePoint start{};
  RateMeter meter(start);
  for (int i = 1; i <= 100; ++i) meter.record(start + seconds(i));
  EXPECT_DOUBLE_EQ(meter.per_second(start + seconds(100), seconds(10)), 1.0);
  EXPECT_DOUBLE_EQ(meter.per_second(start + seconds(110), seconds(20)), 0.5);
  EXPECT_DOUBLE_EQ(meter.per_second(start + seconds(200), seconds(10)), 0.0);
}

TEST(RateMeter, AYoungMeterDividesByItsAge) {
  const RateMeter::TimePoint start{};
  RateMeter meter(start);
  EXPECT_DOUBLE_EQ(meter.per_second(start, seconds(60)), 0.0);
  meter.record(start + seconds(1));
  meter.record(start + seconds(2));
  EXPECT_DOUBLE_EQ(meter.per_second(start + seconds(2), seconds(60)), 1.0);
}

TEST(RateMeter, MemoryIsBoundedAndTheLongestWindowShrinksToIt) {
  const RateMeter::TimePoint start{};
  RateMeter meter(start);
  const auto tick = std::chrono::milliseconds(1);
  RateMeter::TimePoint now = start;
  for (std::size_t i = 0; i < 3 * RateMeter::kMaxEvents; ++i) meter.record(now += tick);
  EXPECT_NEAR(meter.per_second(now, seconds(900)), 1000.0, 1.0);
}

}  // namespace
}  // namespace freezenet::daemon
