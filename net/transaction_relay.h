#pragma once

#include <deque>
#include <unordered_set>

#include "net/limits.h"
#include "net/peer_link.h"
#include "net/task_group.h"
#include "net/token_bucket.h"

namespace freezenet::net {

/// Tells one peer which transactions wait here, and fetches those that it has and this node does not. Threat: the peer
/// may announce what it does not have, send what nobody asked for, or more than this node can check.
///
/// A transaction is asked for by id and at the rate of the limits; what is announced beyond that is forgotten, since
/// others announce it too. One that its sender did not sign ends the connection; what the ledger or the fee does not
/// allow is nobody's fault.
///
/// Owner and strand: Peer's. Stops by stop(). Memory: kMaxKnown ids, max_pending_transactions ids, one message.
class TransactionRelay {
 public:
  static constexpr std::size_t kMaxKnown = 20'000;

  TransactionRelay(PeerLink& link, ChainPort& chain, const Limits& limits, const asio::any_io_executor& strand);

  /// First tells the peer what waits here, then the news; offers to the chain what the peer sends. What the peer tells
  /// is looked at once this node's chain is as high as the peer's was: before that its ledger would refuse most of it.
  Awaitable<> run(std::uint64_t peer_height);
  void stop();
  /// A transaction waits here since now.
  void tell(const Hash256& id);
  /// The chain has moved.
  void wake() {
    chain_moved_ = true;
    signal_.notify();
  }

  // Messages from the reader. A reject ends the connection: kUnexpectedMessage for what was not asked for.
  Result<> on(HaveTransactions message);
  Result<> on(Transactions message);

 private:
  Awaitable<> ask();
  Awaitable<> offer();
  void send_news();
  void remember(const Hash256& id);

  PeerLink& link_;
  ChainPort& chain_;
  const Limits& limits_;
  Signal signal_;
  TokenBucket bucket_;
  bool stopped_ = false, chain_moved_ = true, caught_up_ = false;
  std::deque<Hash256> news_;           // to be told
  std::deque<Hash256> announced_;      // by the peer, not looked at yet
  std::unordered_set<Hash256> asked_;  // of the peer, not answered yet
  std::deque<Transactions> received_;  // not offered yet
  std::unordered_set<Hash256> known_;  // the peer has them: it said so, or was told
  std::deque<Hash256> known_order_;
};

}  // namespace freezenet::net
