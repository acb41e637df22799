#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "consensus/task.h"

namespace freezenet {

/// Everything that the nodes of one network must agree on before the first block. The genesis hash commits to every
/// field, so two nodes whose parameters differ in one bit do not talk to each other.
struct NetworkParams {
  std::string name;                     ///< at most 16 characters of [a-z0-9-]
  std::uint32_t magic = 0;              ///< first four bytes of every frame, little-endian
  std::string address_prefix;           ///< human-readable part of addresses
  std::uint64_t genesis_time = 0;       ///< Unix seconds
  std::uint32_t genesis_bits = 0;       ///< compact base target of block 1, the anchor of ASERT
  std::uint32_t limit_bits = 0;         ///< compact: the easiest base target ever allowed
  bool retarget = true;                 ///< false: every block has genesis_bits (regtest)
  std::uint32_t interval = 0;           ///< seconds between blocks that ASERT aims at
  std::uint32_t half_life = 0;          ///< seconds of lag after which ASERT doubles the target
  std::uint64_t subsidy = 0;            ///< reward of block 1, in units of 10^-8 coin
  std::uint32_t halving_interval = 0;   ///< blocks after which the reward halves
  std::uint32_t maturity = 0;           ///< blocks before a reward can be spent
  std::uint32_t adoption_window = 100;  ///< canonical scores that the adoption gate looks back on
  std::vector<Task> tasks;              ///< the task of height h is tasks[h mod count]

  void encode(Writer& out) const;
  /// tagged("FreezeNet/genesis", encoding): prev_block of block 1.
  [[nodiscard]] Hash256 genesis_hash() const;
  [[nodiscard]] std::size_t task_index(std::uint64_t height) const { return height % tasks.size(); }
  /// Units minted by the block of this height (>= 1); 0 once the halvings have used it up.
  [[nodiscard]] std::uint64_t subsidy_at(std::uint64_t height) const;
};

/// kBadGenesis or kBadTask where a field is out of its limits. Outside regtest the easiest target is 2^252.
Result<> check_params(const NetworkParams& params);

/// How far a block may be ahead of a node's clock before it is held as early. Policy of a node, not part of validity.
std::uint64_t max_seconds_ahead(const NetworkParams& params);

/// The networks that every program knows without a file. localnet has no genesis time of its own: the first start gives
/// it one.
NetworkParams regtest_params();
NetworkParams localnet_params();

}  // namespace freezenet
