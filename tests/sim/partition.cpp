#include "tests/sim/partition.h"

#include <algorithm>

namespace freezenet::sim {
namespace {

NodeId second_of(const std::vector<bool>& group) {
  return static_cast<NodeId>(std::ranges::find(group, false) - group.begin());
}

/// From parts with chains of their own to one tip, mining all the while.
PartitionResult heal_and_watch(World& world, const std::vector<bool>& group, std::uint64_t fork_height) {
  PartitionResult result;
  const Hash256 first = world.chain(0).tip().hash;
  result.fork_height = fork_height;
  result.mined_first = world.chain(0).tip().height - fork_height;
  result.mined_second = world.chain(second_of(group)).tip().height - fork_height;
  world.begin_measuring();
  const Micros healed = world.clock().now();
  world.heal(group);
  world.set_mining(true);
  while (!world.one_tip() && world.clock().step()) {
  }
  result.seconds_to_one_tip = seconds(world.clock().now() - healed);
  world.settle();
  const auto& depths = world.record().depths();
  result.deepest = depths.empty() ? 0 : depths.rbegin()->first;
  const BlockEntry* won = world.chain(0).find(first);
  result.first_won = world.chain(0).is_active(*won);
  result.lost = result.first_won ? result.mined_second : result.mined_first;
  return result;
}

}  // namespace

std::vector<bool> first_part(std::size_t nodes, double share) {
  std::vector<bool> group(nodes, false);
  std::fill_n(group.begin(), static_cast<std::ptrdiff_t>(share * static_cast<double>(nodes)), true);
  return group;
}

PartitionResult partition_for(World& world, const std::vector<bool>& group, double duration) {
  world.settle();
  const std::uint64_t fork_height = world.chain(0).tip().height;
  world.split(group);
  world.set_mining(true);
  world.clock().run_until(world.clock().now() + micros(duration));
  return heal_and_watch(world, group, fork_height);
}

PartitionResult partition_to_a_tie(World& world, const std::vector<bool>& group, std::uint64_t blocks) {
  world.settle();
  const std::uint64_t fork_height = world.chain(0).tip().height;
  world.split(group);
  const auto done = [&](NodeId id) { return world.chain(id).tip().height >= fork_height + blocks; };
  const NodeId second = second_of(group);
  world.set_mining(true);
  // A part stops with its last block: whoever finds it stops everybody, or some might find one more on the way.
  for (std::size_t seen = world.pool().blocks().size(); !done(0) || !done(second);) {
    world.clock().step();
    for (; seen < world.pool().blocks().size(); ++seen) {
      const SimBlock& block = world.pool().blocks()[seen];
      if (block.height < fork_height + blocks) continue;
      for (NodeId id = 0; id < world.size(); ++id) {
        if (group[id] == group[block.miner]) world.set_mining(id, false);
      }
    }
  }
  world.drain();
  return heal_and_watch(world, group, fork_height);
}

}  // namespace freezenet::sim
