#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <spdlog/logger.h>

#include "net/address_book.h"
#include "net/chain_port.h"
#include "net/limits.h"
#include "net/node_identity.h"
#include "net/peer_info.h"

namespace freezenet::net {

struct PeerManagerConfig {
  std::string network;  ///< name in the handshake
  std::uint32_t magic = 0;
  Hash256 genesis;
  std::uint32_t engine = 0;  ///< version of the numeric profile
  std::string user_agent = "freezenet";
  bool listen = true;
  std::string listen_address = "127.0.0.1";  ///< IPv4 or IPv6 address
  std::uint16_t port = 0;                    ///< 0: the system chooses
  std::vector<std::string> connect;          ///< "host:port", dialled as long as the node runs
  bool fetch_models = true;                  ///< false: every received block's model is derived by replay
  std::uint64_t jitter_seed = 0;             ///< of the waiting times between attempts
  Limits limits;
};

/// All of this node's connections: listens, dials, keeps the peers apart and tells them the news.
///
/// Owner: the node. Every member may be called from any thread. Work runs on strands of `executor`, whose context may
/// have any number of threads. Stops by stop(): when it has finished, no coroutine of this room runs and no call into
/// ChainPort is under way; destroy the manager and the chain after that. Memory: see Limits.
class PeerManager {
 public:
  PeerManager(asio::any_io_executor executor, PeerManagerConfig config, const NodeIdentity& identity, ChainPort& chain,
              std::shared_ptr<spdlog::logger> logger);
  ~PeerManager();
  PeerManager(const PeerManager&) = delete;
  PeerManager& operator=(const PeerManager&) = delete;

  /// Opens the port and begins to dial. Once. kConfig names the address and the reason ("port 9555 is in use"), or the
  /// entry of `connect` that is no address. After a failure nothing runs.
  Result<> start();
  /// Ends every connection and joins every coroutine. May be called again, and by several at once.
  Awaitable<> stop();
  /// The same for a thread that does not run the executor's context, while others do.
  void stop_and_wait();

  // From the chain
  /// This node's verified tip is now this block.
  void announce(const SealedHeader& header);
  /// A transaction waits here since now; `origin` has it already.
  void announce_transaction(const Hash256& id, PeerId origin);
  /// Blame kSender or kBlock: ends the connection, and discourages node id and address for a while. Nothing otherwise.
  void punish(PeerId peer, const Reject& why);
  /// Something changed: new blocks are wanted, or there is room for one that was refused with kBusy.
  void wake();

  // From the operator
  /// Dials from now on. kConfig for no address, kDuplicate, kTooManyPeers.
  Result<> add_node(const std::string& address);
  /// Does not dial any more; an open connection stays. kNotFound.
  Result<> remove_node(const std::string& address);
  /// Dials one time.
  Result<> connect_once(const std::string& address);
  /// Ends a connection without blame. kNotFound.
  Result<> disconnect(PeerId peer);

  [[nodiscard]] std::uint16_t listening_port() const;  ///< 0 where this node does not listen
  [[nodiscard]] const Hash256& node_id() const;
  [[nodiscard]] std::vector<PeerInfo> peers() const;
  [[nodiscard]] std::vector<DialInfo> dial_targets() const;
  /// The last connections that ended or were refused, oldest first.
  [[nodiscard]] std::vector<RejectInfo> last_rejects() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace freezenet::net
