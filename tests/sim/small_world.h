#pragma once

#include <gtest/gtest.h>

#include "tests/sim/measurement.h"

namespace freezenet::sim {

/// A network in which theory is exact: everybody is everybody's neighbour, nothing on the way takes time, machines are
/// equal, and a block is replayed in the time of its segment.
inline Settings ideal_settings(std::size_t nodes, double segment_ratio) {
  Settings settings;
  settings.nodes = nodes;
  settings.outbound = nodes - 1;
  settings.latency_ms = 0.001;
  settings.latency_sigma = 0;
  settings.uplink_mbit = 0;
  settings.machine_sigma = 0;
  settings.segment_ratio = segment_ratio;
  settings.retarget = false;  // else the rate moves while it is measured
  return settings;
}

/// Mines so many blocks after a beginning that is not counted, and settles.
inline Measurement run_and_measure(World& world, std::uint64_t blocks) {
  constexpr std::uint64_t kBeginning = 20;
  world.set_mining(true);
  world.run_to_height(kBeginning);
  world.begin_measuring();
  world.run_to_height(kBeginning + blocks);
  EXPECT_TRUE(world.settle());
  EXPECT_TRUE(world.agree());
  return measure(world, kBeginning + 1, kBeginning + blocks);
}

}  // namespace freezenet::sim
