#pragma once

#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include "net/chain_port.h"
#include "net/limits.h"

namespace freezenet::net {

/// Who fetches which block: the one table that all peers' synchronisation shares, so that a block is seldom fetched
/// twice at once. Threat: any number of peers may claim blocks and sit on them, or let them drip. So a claim is worth
/// no more than what its peer has shown:
///   - whoever delivers at min_block_rate keeps the block for itself, but for block_share at first;
///   - who has delivered blocks before (proven) does not wait for who has not, and needs proven_block_rate against
///   others
///     like itself; who stalls has to deliver kTrials blocks to be proven again;
///   - who takes a block over does not end the slower one's claim: the first to deliver does.
/// So one honest peer among any number of others gets every block, and after its first without waiting for them.
///
/// Thread-safe: one lock, held for a few look-ups. Time is an argument. Memory: one claim and one number a peer, and
/// one note per block whose model some peer did not have (at most kMaxNotes).
class BlockClaims {
 public:
  explicit BlockClaims(const Limits& limits) : limits_(limits) {}

  void join(PeerId peer);
  /// Ends everything that the peer held. True where somebody waits for it; so do release() and delivered().
  bool leave(PeerId peer);

  struct Answer {
    bool granted = false;
    bool derive = false;                                 ///< granted without model: nobody has it
    Clock::time_point again = Clock::time_point::max();  ///< not granted: when to ask again, unless woken before
  };
  /// `models` false: the caller never fetches models. A granted claim ends the peer's former one.
  Answer take(const WantedBlock& block, PeerId peer, bool models, Clock::time_point now);
  [[nodiscard]] bool owns(const Hash256& block, PeerId peer) const;
  /// So many more bytes of the block came from the peer, and are known to be its bytes.
  void progress(const Hash256& block, PeerId peer, std::size_t bytes);
  /// Nobody else may begin with it: the block is here, and is offered or waits for a place in the chain's queue.
  void hold(const Hash256& block, PeerId peer);
  /// The peer gives the block up.
  bool release(const Hash256& block, PeerId peer);
  /// The chain took the block from the peer: all claims on it end.
  bool delivered(const Hash256& block, PeerId peer);

  /// The peer does not keep this block's model. True where no other peer is left to ask, so that the block may be
  /// derived.
  bool model_missing(const Hash256& block, PeerId peer, Clock::time_point now);

  [[nodiscard]] std::size_t size() const;  ///< claims

 private:
  static constexpr std::size_t kMaxNotes = 1024;
  static constexpr int kTrials = 8;
  struct Claim {
    Hash256 block;
    Clock::time_point since;
    std::uint64_t bytes = 0;
    bool held = false;
    bool awaited = false;  // another peer was refused because of it, or fetches the same block
  };
  struct Missing {
    std::set<PeerId> peers;
    Clock::time_point since;
  };
  [[nodiscard]] bool may_derive(const Missing& missing, Clock::time_point now) const;
  [[nodiscard]] bool proven(PeerId peer) const;
  /// Until when the claim keeps this other peer out, if nothing more comes.
  [[nodiscard]] Clock::time_point kept_until(PeerId owner, const Claim& claim, PeerId other) const;
  [[nodiscard]] Claim* find(const Hash256& block, PeerId peer);

  const Limits& limits_;
  mutable std::mutex mutex_;
  std::map<PeerId, int> credit_;    // of who is here: blocks delivered, or still to be delivered after a stall
  std::map<PeerId, Claim> claims_;  // one a peer
  std::unordered_map<Hash256, Missing> missing_;
};

}  // namespace freezenet::net
