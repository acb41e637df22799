#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/small_world.h"
#include "tests/sim/time_policies.h"

namespace freezenet::sim {
namespace {

constexpr std::uint64_t kBlocks = 500;

struct Outcome {
  Measurement measured;
  double virtual_ahead = 0;  // seconds by which ASERT's clock is ahead of the real one
};

Outcome run_with(const std::string& policy) {
  Settings settings;
  settings.nodes = 8;
  settings.segment_ratio = 0.001;
  settings.special[0].machines = 3;  // 30% of the power
  settings.special[0].time = time_policy(policy);
  World world(settings);
  Outcome outcome;
  outcome.measured = run_and_measure(world, kBlocks);
  EXPECT_EQ(world.record().refused_blocks(), 0U);
  const BlockEntry& last = *world.chain(0).at_height(20 + kBlocks);
  outcome.virtual_ahead = static_cast<double>(last.virtual_time) - static_cast<double>(world.params().genesis_time) -
                          seconds(world.pool().at(last.hash).found);
  return outcome;
}

/// Virtual time is a sum of steps of medians, so it is never ahead of the clock by more than a block may be. What is
/// gained is gained once: at most that lead, over all blocks.
TEST(Timestamps, NoTimesMakeBlocksEasierForLong) {
  for (const std::string policy : {"forward", "backward", "random", "zigzag"}) {
    const Outcome o = run_with(policy);
    constexpr double kMostAhead = 120;
    EXPECT_LE(o.virtual_ahead, kMostAhead) << policy;
    // ASERT holds elapsed virtual time at blocks * T, up to the half-life times the logarithm of the target's scatter
    // (8%, three deviations).
    const double scatter = 3 * 0.08 / std::log(2.0) * 3'600;
    EXPECT_GT(o.measured.interval, 60 - (kMostAhead + scatter) / kBlocks) << policy;
    EXPECT_NEAR(o.measured.share[0], 0.3, 4 * std::sqrt(0.21 / kBlocks)) << policy;
  }
}

}  // namespace
}  // namespace freezenet::sim
