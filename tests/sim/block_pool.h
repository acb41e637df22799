#pragma once

#include <deque>
#include <unordered_map>

#include "consensus/base/uint256.h"
#include "consensus/chain/proof_verifier.h"
#include "consensus/crypto/schnorr.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/random.h"
#include "tests/sim/settings.h"

namespace freezenet::sim {

/// A block as somebody found it. Header, body and signature are real and pass every rule; only the training behind them
/// did not take place, so its outcome is drawn here and the stub verifier reads it.
struct SimBlock {
  SealedHeader header;
  Hash256 hash;
  Body body;
  ProofOutcome proof;
  double forged_after = 2;  ///< share of the segment that is honest; 1 and above: all of it
  NodeId miner = 0;
  std::uint64_t height = 0;
  Micros found = 0;
  double weighted_delay = 0;  ///< seconds until others had replayed it, weighted by their share of the power
  [[nodiscard]] bool forged() const { return forged_after < 1; }
};

/// Every block that was ever found, in this order. Owned by World; entries stay.
class BlockPool {
 public:
  /// Seals a candidate: draws the model's root again and again until the block hash meets the target (roots are free
  /// bytes until the replay, which is what a stub leaves out), then signs.
  SimBlock& seal(const CandidateHeader& candidate, const Uint256& target, const SecretKey& key, Random& random);
  [[nodiscard]] SimBlock& at(const Hash256& hash) { return blocks_[by_hash_.at(hash)]; }
  [[nodiscard]] const SimBlock& at(const Hash256& hash) const { return blocks_[by_hash_.at(hash)]; }
  [[nodiscard]] const std::deque<SimBlock>& blocks() const { return blocks_; }

 private:
  std::deque<SimBlock> blocks_;
  std::unordered_map<Hash256, std::size_t> by_hash_;
};

}  // namespace freezenet::sim
