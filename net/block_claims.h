#pragma once

#include <mutex>
#include <set>
#include <unordered_map>

#include "net/chain_port.h"
#include "net/limits.h"

namespace freezenet::net {

/// Who fetches which block: the one table that all peers' synchronisation shares, so that no block is fetched twice at
/// once. A claim lasts until its deadline; then another peer may take it over, and the slow one notices by owns(). Each
/// takeover doubles the time, up to kMostPatience times the first, so that peers which are all slow do not take a block
/// from each other for ever.
///
/// Thread-safe: one lock, held for a few look-ups. Time is an argument. Memory: `window` claims, and one note per block
/// whose model some peer did not have (at most kMaxNotes).
class BlockClaims {
 public:
  explicit BlockClaims(const Limits& limits) : limits_(limits) {}

  void join(PeerId peer);
  /// Ends everything that the peer held. Returns whether it held a claim.
  bool leave(PeerId peer);

  struct Answer {
    bool granted = false;
    bool derive = false;                                 ///< granted without model: nobody has it
    Clock::time_point again = Clock::time_point::max();  ///< not granted: when to ask again, unless woken before
  };
  /// `models` false: the caller never fetches models.
  Answer take(const WantedBlock& block, PeerId peer, bool models, Clock::time_point now);
  [[nodiscard]] bool owns(const Hash256& block, PeerId peer) const;
  /// No deadline any more: the block is here, and waits for a place in the chain's queue.
  void hold(const Hash256& block, PeerId peer);
  void release(const Hash256& block, PeerId peer);

  /// The peer does not keep this block's model. True where no other peer is left to ask, so that the block may be
  /// derived.
  bool model_missing(const Hash256& block, PeerId peer, Clock::time_point now);

  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t kMaxNotes = 1024;
  static constexpr unsigned kMostPatience = 8;
  struct Claim {
    PeerId peer = 0;
    Clock::time_point deadline;
    unsigned patience = 1;  // times the first claim's time
  };
  struct Missing {
    std::set<PeerId> peers;
    Clock::time_point since;
  };
  [[nodiscard]] bool may_derive(const Missing& missing, Clock::time_point now) const;

  const Limits& limits_;
  mutable std::mutex mutex_;
  std::set<PeerId> peers_;
  std::unordered_map<Hash256, Claim> claims_;
  std::unordered_map<Hash256, Missing> missing_;
};

}  // namespace freezenet::net
