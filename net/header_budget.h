#pragma once

#include <deque>
#include <mutex>

#include "net/chain_port.h"
#include "net/limits.h"
#include "net/token_bucket.h"

namespace freezenet::net {

/// How many headers the chain checks in a second: each costs a signature's verification on the one thread that moves
/// the chain, and nothing but hashing to make. Peers that dialled this node share one rate and those that it dialled
/// another, so that strangers cannot slow down who was chosen. Within one rate all that wait take turns.
///
/// Thread-safe: one lock, held for a few steps. Time is an argument. Memory: one number a peer that waits.
class HeaderBudget {
 public:
  explicit HeaderBudget(const Limits& limits);

  /// nullopt: the peer may offer `count` headers now. Otherwise it waits in the queue, and asks again then.
  std::optional<Clock::time_point> take(PeerId peer, bool outbound, std::size_t count, Clock::time_point now);
  /// So many of those that it took cost nothing, because they were known.
  void give_back(bool outbound, std::size_t count);
  /// The peer does not wait any more.
  void leave(PeerId peer);

 private:
  struct Share {
    TokenBucket bucket;
    struct Waiting {
      PeerId peer = 0;
      Clock::time_point due;  // when it was told to ask again
    };
    std::deque<Waiting> queue;  // first come, first served, and then at the end again
  };
  std::mutex mutex_;
  Share inbound_, outbound_;
};

}  // namespace freezenet::net
