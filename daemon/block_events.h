#pragma once

#include <string>

#include "consensus/chain/chain.h"
#include "net/chain_port.h"

namespace freezenet::daemon {

/// What the chain tells the rest of the node. Called on the chain's thread; implementations only hand the news on.
class BlockEvents {
 public:
  virtual ~BlockEvents() = default;
  /// A block passed its replay; what follows makes it durable.
  virtual void on_connecting(const BlockEntry&) {}
  /// A block passed its replay and is durable. `update` says how the active chain moved (not at all for a block of a
  /// lighter branch); `origin` sent the block (0: this node mined it).
  virtual void on_accepted(const Chain& chain, const BlockEntry& block, const ChainUpdate& update,
                           net::PeerId origin) = 0;
  /// The active chain moved because the operator declared blocks invalid, or took that back.
  virtual void on_moved(const Chain& chain, const ChainUpdate& update) = 0;
  /// A transaction waits for its block here since now; `origin` sent it (0: this node's user).
  virtual void on_transaction(const Hash256& id, net::PeerId origin) = 0;
  /// A block or message of `origin` was refused; the network layer decides by blame whether it is dropped.
  virtual void on_refused(const Hash256& block, net::PeerId origin, const Reject& why) = 0;
  /// Room in the queue, or new blocks that may be fetched.
  virtual void on_progress() = 0;
  /// A verdict of the replay queue, good or bad, with its figures.
  virtual void on_verdict(const ProofVerdict& verdict) = 0;
  /// Something that was acknowledged is gone from the disk, and what to do about it.
  virtual void on_lost(const std::string&) {}
  /// Nothing is mined or accepted for the time being, and why; empty: it goes on.
  virtual void on_paused(const std::string&) {}
  /// News of blocks that are assumed to be valid; `wrong`: something about them is not as it was assumed.
  virtual void on_assumption(const std::string&, bool /*wrong*/) {}
  /// This machine failed (disk, database, a control register that somebody changed): nothing more may be acknowledged.
  virtual void on_failure(const Reject& why) = 0;
};

}  // namespace freezenet::daemon
