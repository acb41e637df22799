#pragma once

#include <deque>
#include <variant>

#include "net/limits.h"
#include "net/peer_link.h"
#include "net/task_group.h"
#include "net/token_bucket.h"

namespace freezenet::net {

/// Answers one peer's requests from the chain, in order, one at a time: at the peer's own rate of reading, and at most
/// at the rate of the limits. What comes faster waits; a peer that has too many requests waiting breaks the protocol.
///
/// Owner and strand: Peer's. Stops by stop(). Memory: max_pending_requests small requests and one answer.
class BlockServer {
 public:
  using Request = std::variant<GetHeaders, GetBody, GetChunk, GetModelChunk, GetTransactions>;
  BlockServer(PeerLink& link, ChainPort& chain, const Limits& limits, const asio::any_io_executor& strand);

  /// kUnexpectedMessage where too many wait.
  Result<> push(Request request);
  Awaitable<> run();
  void stop();

 private:
  Awaitable<> serve(GetHeaders request);
  Awaitable<> serve(GetBody request);
  Awaitable<> serve(GetChunk request);
  Awaitable<> serve(GetModelChunk request);
  void send(MessageType request, const Hash256& key, std::uint64_t index, Result<ModelChunk> chunk);
  Awaitable<> serve(GetTransactions request);

  PeerLink& link_;
  ChainPort& chain_;
  const Limits& limits_;
  Signal signal_;
  TokenBucket bucket_;
  std::deque<Request> pending_;
  bool stopped_ = false;
};

}  // namespace freezenet::net
