#pragma once

#include <map>
#include <optional>

#include "tests/sim/block_pool.h"

namespace freezenet::sim {

/// What an omniscient observer counts while a network runs. Owned by World.
class Record {
 public:
  /// Blocks left a node's active chain.
  void reorganised(std::size_t depth, Micros now);
  void tip_moved() { ++tip_changes_; }
  void refused() { ++refused_; }
  /// An attacker shows a block of its own beside a public one of the same height.
  void race(const Hash256& own, std::uint64_t height) { race_ = {own, height}; }
  void found(const SimBlock& block, bool honest);

  void begin(Micros now);  ///< forgets what came before
  [[nodiscard]] const std::map<std::size_t, std::uint64_t>& depths() const { return depths_; }
  [[nodiscard]] Micros last_reorganisation() const { return last_reorganisation_; }
  [[nodiscard]] std::uint64_t tip_changes() const { return tip_changes_; }
  [[nodiscard]] std::uint64_t refused_blocks() const { return refused_; }
  [[nodiscard]] std::uint64_t races() const { return races_; }
  [[nodiscard]] std::uint64_t races_joined() const { return joined_; }
  [[nodiscard]] Micros began() const { return began_; }

 private:
  std::uint64_t tip_changes_ = 0, refused_ = 0, races_ = 0, joined_ = 0;
  std::map<std::size_t, std::uint64_t> depths_;  // by blocks that left, over all nodes
  Micros last_reorganisation_ = 0, began_ = 0;
  struct Race {
    Hash256 own;
    std::uint64_t height;
  };
  std::optional<Race> race_;
};

}  // namespace freezenet::sim
