#include "tests/sim/partition.h"

#include <gtest/gtest.h>

#include "tests/sim/small_world.h"

namespace freezenet::sim {
namespace {

Settings small_network(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.nodes = 20;
  settings.outbound = 3;
  settings.maturity = 5;  // what the parts undo has moved money
  return settings;
}

TEST(Partition, MoreWorkWinsAndEverybodyAgrees) {
  for (const std::uint64_t seed : {1, 2}) {
    World world(small_network(seed));
    world.set_mining(true);
    world.run_to_height(10);
    const PartitionResult r = partition_for(world, first_part(20, 0.7), 3'600);
    EXPECT_TRUE(world.one_tip());
    EXPECT_TRUE(world.agree());
    ASSERT_GT(r.mined_second, 0U);
    ASSERT_GT(r.mined_first, r.mined_second + 5);  // 42 against 18, expected
    EXPECT_TRUE(r.first_won);
    EXPECT_GE(r.deepest, r.mined_second);
    // The last link is up after a minute; then headers, and a replay for each block of the winner's branch and each
    // hop.
    const Settings& s = world.settings();
    const double replay = s.segment_ratio * s.interval * 3;  // the slowest machine of twenty
    EXPECT_LT(r.seconds_to_one_tip,
              s.reconnect_seconds + replay * static_cast<double>(r.mined_first + 10) + 6 * s.interval);
    EXPECT_EQ(world.record().refused_blocks(), 0U);
  }
}

TEST(Partition, ATieIsEndedByTheNextBlock) {
  Settings settings = small_network(3);
  settings.retarget = false;
  World world(settings);
  world.set_mining(true);
  world.run_to_height(10);
  const std::vector<bool> group = first_part(20, 0.5);
  const PartitionResult r = partition_to_a_tie(world, group, 12);
  EXPECT_EQ(r.mined_first, 12U);
  EXPECT_EQ(r.mined_second, 12U);
  EXPECT_GE(r.deepest, 12U);
  EXPECT_TRUE(world.agree());
  // One branch of twelve was lost, and nothing of the other.
  const BlockEntry* fork = world.chain(0).at_height(r.fork_height);
  ASSERT_NE(fork, nullptr);
  const NodeId of_winner = world.pool().at(world.chain(0).at_height(r.fork_height + 1)->hash).miner;
  for (std::uint64_t h = r.fork_height + 1; h <= r.fork_height + 12; ++h) {
    const NodeId miner = world.pool().at(world.chain(0).at_height(h)->hash).miner;
    EXPECT_EQ(group[miner], group[of_winner]) << "height " << h;
  }
}

}  // namespace
}  // namespace freezenet::sim
