#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>

#include "net/block_server.h"
#include "net/block_sync.h"
#include "net/connection.h"
#include "net/handshake.h"
#include "net/peer_info.h"
#include "net/peer_registry.h"
#include "net/quiet_log.h"
#include "net/transaction_relay.h"

namespace freezenet::net {

/// One other node, from TCP to the end of the connection: handshake, then a reader, a writer, the server of its
/// requests, the synchronisation with its chain, and a watchdog for every waiting time. All of them are coroutines of
/// one TaskGroup on one strand; run() returns after the last has ended.
///
/// Owner: PeerManager, which awaits run(). Strand: its own, for everything that is not marked. Stops by close().
/// Memory: that of Connection, BlockServer and BlockSync.
class Peer final : public PeerLink, public std::enable_shared_from_this<Peer> {
 public:
  /// What all peers use. Owned by the manager; outlives every peer's run().
  struct Shared {
    const Limits& limits;
    asio::ssl::context& tls;
    std::uint32_t magic = 0;
    LocalNode local;
    ChainPort& chain;
    PeerRegistry& registry;
    BlockSync::Shared sync;
    QuietLog& log;
  };
  /// How a connection ended.
  struct Outcome {
    bool ready = false;  ///< the handshake had succeeded
    Hash256 node_id;
    Reject why{RejectCode::kDisconnected, {}};
  };

  /// `socket` has this peer's strand as its executor; connected if inbound. `group`: network_group() of its address.
  Peer(PeerId id, tcp::socket socket, bool inbound, std::uint64_t group, std::string address, const Shared& shared);

  /// Lives through the connection; dials first where an endpoint is given. Once. Keeps this object alive.
  Awaitable<Outcome> run(std::optional<tcp::endpoint> dial);

  // Any thread.
  [[nodiscard]] const asio::any_io_executor& strand() const { return strand_; }
  void close(Reject why);
  void announce(std::shared_ptr<const Bytes> frame);
  void wake(bool chain_changed);
  void tell_transaction(const Hash256& id);
  [[nodiscard]] PeerInfo info() const;

  // PeerLink
  [[nodiscard]] PeerId id() const override { return id_; }
  [[nodiscard]] bool outbound() const override { return !inbound_; }
  [[nodiscard]] ProofSource source() const override { return {id_, group_, !inbound_}; }
  void send(const Message& message) override;
  Awaitable<> wait_for_room() override;
  void fail(const Reject& why) override;
  void saw_height(std::uint64_t height) override;

 private:
  Awaitable<Result<>> establish(std::optional<tcp::endpoint> dial);
  Awaitable<Result<Hello>> read_hello();
  Awaitable<> send_hello();
  Result<> claim(const Hash256& node_id);
  void greet(const Hello& hello);
  Awaitable<> read_loop();
  Awaitable<> watchdog();
  Clock::time_point check_times();
  void send_ping();
  void broke(const std::exception_ptr& error);
  Result<> handle(const Frame& frame);
  Result<> on(const Hello&);
  Result<> on(const Ping& message);
  Result<> on(const Pong& message);
  Result<> on(const RejectMessage& message);
  [[nodiscard]] std::string label() const;

  const PeerId id_;
  const bool inbound_;
  const std::uint64_t group_;
  const Shared& shared_;
  const asio::any_io_executor strand_;
  Connection connection_;
  TaskGroup tasks_;
  BlockServer server_;
  BlockSync sync_;
  TransactionRelay relay_;
  Signal alarm_;  // the watchdog's
  TokenBucket pings_;
  const Clock::time_point started_;
  Clock::time_point next_ping_, close_by_;
  Clock::time_point ping_sent_;
  std::uint64_t ping_nonce_ = 0;
  bool ping_open_ = false, ready_ = false, finished_ = false, told_by_peer_ = false;
  std::optional<Reject> ending_;

  mutable std::mutex info_mutex_;
  PeerInfo info_;  // but for the byte counters
};

}  // namespace freezenet::net
