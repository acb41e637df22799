#include "tests/sim/pause.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/small_world.h"

namespace freezenet::sim {
namespace {

constexpr double kMonth = 30.0 * 86'400;

Settings pausing_network() {
  Settings settings;
  settings.nodes = 6;
  return settings;
}

TEST(Pause, IsFollowedByTheUsualPace) {
  World world(pausing_network());
  const auto blocks = pause_on_chain(world, 60, kMonth, 3 * 3'600);
  EXPECT_TRUE(world.agree());
  const NetworkParams& params = world.params();

  // No block of virtual time is longer than six intervals, so no target is above the one before it by more than this.
  // The compact form keeps 15 bits at least, ASERT's cubic is exact to 0.02%.
  const double bound = std::exp2(6.0 * params.interval / params.half_life) * (1 + 3e-4);
  double most = 0;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    most = std::max(most, blocks[i].target_ratio / blocks[i - 1].target_ratio);
  }
  EXPECT_LT(most, bound);
  EXPECT_GT(most, std::exp2(5.0 * params.interval / params.half_life)) << "the pause was not seen at all";

  // A Poisson number of mean 60 at the difficulty before the pause, which itself scatters by 8% (one half-life holds 60
  // blocks), and a little more after the clamped step.
  const double mean = 3'600.0 / params.interval * bound;
  EXPECT_LT(static_cast<double>(blocks_within(blocks, 3'600)), mean + 5 * std::sqrt(mean + 0.08 * 0.08 * mean * mean));
  EXPECT_GT(static_cast<double>(blocks_within(blocks, 3'600)), 20);
}

TEST(Pause, OnRawTimesTheLostBlocksComeAtOnce) {
  const auto raw = pause_on_raw_times(pausing_network(), 60, kMonth, 3'600);
  // The limit is 64 times easier than testnet's usual target; a segment is a hundredth of an interval.
  EXPECT_GT(raw.size(), 1'000U);
  EXPECT_NEAR(raw.at(1).target_ratio, 64, 1);
  EXPECT_NEAR(raw.at(0).target_ratio, 1, 0.05);
}

}  // namespace
}  // namespace freezenet::sim
