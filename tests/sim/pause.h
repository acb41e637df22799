#pragma once

#include <vector>

#include "tests/sim/world.h"

namespace freezenet::sim {

struct PauseBlock {
  double time = 0;          ///< seconds after mining resumed
  double target_ratio = 0;  ///< its base target over the network's usual one: how much easier it was
};

/// Mines `before` blocks, then nobody mines for `pause` seconds; what was found in the `after` seconds that follow.
std::vector<PauseBlock> pause_on_chain(World& world, std::uint64_t before, double pause, double after);

/// The same by the same lottery, had ASERT taken block times as they are instead of clamped virtual time. One miner
/// with the machines of all: a formula, not a network.
std::vector<PauseBlock> pause_on_raw_times(const Settings& settings, std::uint64_t before, double pause, double after);

std::size_t blocks_within(const std::vector<PauseBlock>& blocks, double seconds);

}  // namespace freezenet::sim
