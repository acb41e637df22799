#include <gtest/gtest.h>

#include "consensus/rules.h"
#include "tests/sim/small_world.h"

namespace freezenet::sim {
namespace {

/// A header costs its sender hashing only: hash, signature, start root and times are right, and only the training is
/// not.
TEST(Forged, NobodyBuildsOnItAndItsSenderIsDropped) {
  Settings settings;
  settings.nodes = 20;
  settings.outbound = 3;
  World world(settings);
  world.set_mining(true);
  world.run_to_height(10);
  ASSERT_TRUE(world.settle());

  constexpr NodeId kForger = 4;
  const Chain& chain = world.chain(kForger);
  Random random(1, 1);
  const std::uint64_t now = world.params().genesis_time + static_cast<std::uint64_t>(seconds(world.clock().now()));
  const CandidateHeader candidate = chain.candidate(world.key(kForger).public_key(), now, 1, Body{}.body_root());
  SimBlock& forged = world.pool().seal(candidate, chain.next_target(), world.key(kForger), random);
  forged.miner = kForger;
  forged.height = chain.tip().height + 1;
  forged.found = world.clock().now();
  forged.forged_after = 0.5;

  const std::size_t victims = world.network().peers(kForger).size();
  ASSERT_GT(victims, 3U);
  const Hash256 before = world.chain(0).state_hash();
  const Micros began = world.clock().now();
  world.node(kForger).announce_foreign(forged.header);
  world.drain();
  // Each neighbour replays up to the step that differs; a block that nobody accepted is passed on by nobody.
  EXPECT_EQ(world.record().refused_blocks(), victims);
  const double slowest_replay = settings.segment_ratio * settings.interval * 3;
  EXPECT_LT(seconds(world.clock().now() - began), slowest_replay * 17 / 32 + 5);
  for (const Peering& peer : world.network().peers(kForger)) {
    EXPECT_FALSE(world.network().is_up(peer));
    EXPECT_EQ(world.chain(peer.node).find(forged.hash)->state, BlockState::kInvalid);
  }
  EXPECT_EQ(world.chain(0).state_hash(), before);

  // The others go on without it.
  world.set_mining(true);
  world.set_mining(kForger, false);
  world.run_to_height(20);
  world.set_mining(false);
  world.drain();
  for (NodeId id = 0; id < world.size(); ++id) {
    EXPECT_EQ(world.chain(id).tip().height > 15, id != kForger);
  }
}

}  // namespace
}  // namespace freezenet::sim
