#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/block_generator.h"
#include "daemon/chain_service.h"
#include "daemon/chain_verification.h"
#include "daemon/data_dir.h"
#include "daemon/logging.h"
#include "daemon/miner.h"
#include "daemon/mining_desk.h"
#include "daemon/network_file.h"
#include "daemon/node_events.h"
#include "daemon/options.h"
#include "daemon/reward_keys.h"
#include "daemon/rpc/rpc_server.h"
#include "daemon/storage/sqlite_chain_store.h"
#include "daemon/wallet/wallet_service.h"
#include "net/peer_manager.h"
#include "training/replay_verifier.h"

namespace freezenet::daemon {

/// What a node takes from its machine. Tests hand in their own, to see wrong ones dealt with.
struct Machine {
  const Clock* clock = nullptr;                 ///< nullptr: the system's
  const kernels::KernelTable* loops = nullptr;  ///< in place of the fast path's; the portable ones stay
};

/// A running node: constructs the parts, starts them in order, stops them in reverse. No part knows the node; each gets
/// the interfaces that it uses. Owned by main(), used from its thread.
class Node {
 public:
  /// Opens the data folder and the chain, tests the arithmetic, listens. `request_stop` may be called from any thread:
  /// RPC asked for a stop, or this machine failed (then failed() is true). The reject is one line for the person at the
  /// terminal.
  static Result<std::unique_ptr<Node>> start(const Options& options, std::function<void()> request_stop,
                                             const Machine& machine = {});
  ~Node();

  /// Ends connections, mining and replay at their next step, writes nothing that was not acknowledged, joins every
  /// thread.
  void stop();
  /// What SIGHUP asks for.
  void reopen_log();
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  Node(const Options& options, std::function<void()> request_stop, const Machine& machine, DataDir data,
       Network network, Logging logging);
  Result<> open();
  /// The tasks with their datasets. Those that are read from files take a second for 200 MB.
  Result<> load_tasks();
  Result<> open_storage();
  Result<> reindex_if_asked();
  void close_storage();
  /// The keys of this node's user, the miner's among them. Nothing with --no-wallet.
  Result<> open_wallet(const SecretKey& miner);
  /// Why these kernels may not be trusted on this machine; empty where they may.
  std::string fault_of(const training::EngineOptions& engine);
  Result<> connect();
  Result<> serve_rpc();

  const Options options_;
  std::function<void()> request_stop_;
  std::atomic<bool> failed_ = false;
  const SystemClock system_clock_;
  const Clock& clock_;
  const SystemSteadyClock steady_clock_;
  DataDir data_;
  Network network_;
  Logging logging_;
  training::EngineOptions engine_;

  std::vector<training::TaskContext> tasks_;
  std::unique_ptr<ModelStore> models_;
  std::unique_ptr<SqliteChainStore> store_;
  std::unique_ptr<net::NodeIdentity> identity_;

  boost::asio::io_context net_io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> net_work_;
  ChainSnapshot snapshot_;
  std::unique_ptr<ChainService> chain_;
  std::unique_ptr<training::ReplayVerifier> verifier_;
  std::unique_ptr<ChainVerification> verification_;
  std::unique_ptr<Miner> miner_;
  std::unique_ptr<WalletService> wallet_;
  std::unique_ptr<RewardKeys> reward_keys_;
  std::unique_ptr<MiningDesk> desk_;
  std::unique_ptr<BlockGenerator> generator_;
  std::unique_ptr<net::PeerManager> peers_;
  std::unique_ptr<NodeEvents> events_;
  std::unique_ptr<RpcTools> rpc_tools_;
  std::unique_ptr<RpcParts> rpc_parts_;
  std::unique_ptr<RpcServer> rpc_;
  std::thread net_thread_;
};

}  // namespace freezenet::daemon
