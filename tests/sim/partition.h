#pragma once

#include <vector>

#include "tests/sim/world.h"

namespace freezenet::sim {

struct PartitionResult {
  std::uint64_t fork_height = 0;  ///< last block of both parts
  std::uint64_t mined_first = 0;  ///< blocks of the first part's chain when the network heals
  std::uint64_t mined_second = 0;
  bool first_won = false;
  double seconds_to_one_tip = 0;  ///< after the links came back
  std::size_t deepest = 0;        ///< blocks that left a node's chain at once
  std::uint64_t lost = 0;         ///< blocks of the part that lost
};

/// The nodes of the first part: the first `share` of them.
std::vector<bool> first_part(std::size_t nodes, double share);

/// Splits the network at its present height for `duration` seconds, heals it, and mines on until all have one tip.
PartitionResult partition_for(World& world, const std::vector<bool>& group, double duration);

/// Splits the network until each part has found exactly `blocks` blocks, and heals it. Equal work, if the network does
/// not retarget.
PartitionResult partition_to_a_tie(World& world, const std::vector<bool>& group, std::uint64_t blocks);

}  // namespace freezenet::sim
