#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/small_world.h"

namespace freezenet::sim {
namespace {

/// Everybody else starts on a block one replay after it was found, so D is x intervals and the chance of a second block
/// in that time is 1 - exp(-x (1 - 1/N)). Below, the measured rate may be four standard errors of a share of 400 off,
/// and another fifth of itself: the formula takes a fork's third and fourth block for one, and an interval for
/// exponential that is a multiple of the segment.
TEST(Stale, IsTheChanceOfASecondBlockDuringAReplay) {
  constexpr std::size_t kNodes = 16;
  constexpr std::uint64_t kBlocks = 400;
  for (const double x : {0.02, 0.2}) {
    World world(ideal_settings(kNodes, x));
    const Measurement m = run_and_measure(world, kBlocks);
    const double theory = 1 - std::exp(-x * (1 - 1.0 / kNodes));
    const double slack = 4 * std::sqrt(theory * (1 - theory) / kBlocks) + theory / 5;
    EXPECT_NEAR(m.stale_rate(), theory, slack) << "x = " << x;
    EXPECT_NEAR(m.stale_theory(), theory, slack) << "x = " << x;
    EXPECT_EQ(world.record().refused_blocks(), 0U);
  }
}

TEST(Stale, DelayOfALineOfNodesIsAReplayForEachHop) {
  Settings settings = ideal_settings(9, 0.05);
  settings.outbound = 1;  // the ring alone: 4 nodes on either side, at 1 to 4 hops
  World world(settings);
  const Measurement m = run_and_measure(world, 100);
  const double hops = 2.0 * (1 + 2 + 3 + 4) / 9;
  const double replay = 0.05 * settings.interval;
  // A node that replays two blocks of one height at a time takes longer for both.
  EXPECT_GT(m.delay, hops * replay * 0.999);
  EXPECT_LT(m.delay, hops * replay * 1.3);
}

/// What docs/protocol.md section 11 says of a lottery's fairness, on counts of tickets, which have little noise: at x =
/// 0.3 the formula gives 0.857 for an ordinary machine, and 0.985 for one that is ten times as fast.
TEST(Stale, TicketsFollowTheLotterysEfficiency) {
  Settings settings = ideal_settings(30, 0.3);
  settings.machine_sigma = 0.3;  // or all would finish at the same instants and lose nothing
  settings.special[0].speed = 10;
  World world(settings);
  const Measurement m = run_and_measure(world, 300);
  EXPECT_GT(m.blocks, 0U);
  double reference = 0, reference_formula = 0;
  const double segment = 0.3 * settings.interval;
  const double span = seconds(world.clock().now() - world.record().began());
  const double tips = span * 30 / static_cast<double>(world.record().tip_changes());
  const auto efficiency = [&](NodeId id) {
    const auto& work = world.node(id).miner().work();
    return work.trained / (work.trained + work.aborted);
  };
  for (NodeId id = 1; id < 30; ++id) {
    reference += efficiency(id) / 29;
    reference_formula += lottery_efficiency(segment / world.speed(id) / tips) / 29;
  }
  EXPECT_NEAR(reference, reference_formula, 0.03);
  EXPECT_NEAR(efficiency(0), lottery_efficiency(segment / 10 / tips), 0.02);
  EXPECT_GT(efficiency(0), reference + 0.08);
}

TEST(Stale, MachinesSideBySideEarnTheirShare) {
  Settings settings = ideal_settings(21, 0.02);
  settings.special[0].machines = 20;  // half of the power
  World world(settings);
  const Measurement m = run_and_measure(world, 500);
  EXPECT_NEAR(world.power_share(0), 0.5, 1e-9);
  EXPECT_NEAR(m.share[0], 0.5, 4 * std::sqrt(0.25 / 500));
}

}  // namespace
}  // namespace freezenet::sim
