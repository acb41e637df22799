#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/block_generator.h"
#include "daemon/chain_service.h"
#include "daemon/chain_verification.h"
#include "daemon/logging.h"
#include "daemon/mining_desk.h"
#include "daemon/mining_info.h"
#include "daemon/reward_keys.h"
#include "daemon/rpc/chain_snapshot.h"
#include "daemon/rpc/rpc_tools.h"
#include "daemon/storage/sqlite_chain_store.h"
#include "daemon/wallet/wallet_service.h"
#include "net/peer_manager.h"

namespace freezenet::daemon {

/// The last refusal that an operator may want to act on.
struct LastReject {
  std::uint64_t time = 0;
  std::string what;    ///< reject name and detail
  std::string advice;  ///< what to do, where there is something
};

/// What the replay queue did, for people.
struct ReplayStats {
  std::uint64_t verified = 0, refused = 0;
  std::uint64_t steps = 0;  ///< computed for all of them
  double last_watermark_ms = 0, last_replay_ms = 0, last_evaluation_ms = 0;
  std::size_t queued = 0;
};

/// The parts of a node that RPC methods may use; each part is an interface or a plain function, never the node itself.
struct RpcParts {
  ChainService& chain;
  const ChainSnapshot& snapshot;
  ModelStore& models;
  SqliteChainStore& store;  ///< on the chain's thread only
  RpcTools& tools;
  Logging& logging;
  net::PeerManager& peers;
  std::function<MiningInfo()> mining_info;
  std::function<Result<>(bool on)> set_mining;  ///< kSelfTestFailed where the node refuses
  MiningDesk& desk;
  BlockGenerator& generator;
  const RewardKeys& keys;
  std::function<std::optional<LastReject>()> last_reject;
  /// nullptr where there is none: verifychain is refused then.
  ChainVerification* verification = nullptr;
  std::uint64_t keep_models = 288;  ///< newest blocks whose models are kept
  std::function<ReplayStats()> replay_stats;
  std::function<void()> request_stop;
  std::string version;
  std::string user_agent;
  std::uint64_t started_at = 0;  ///< Unix seconds
  const Clock& clock;
  WalletService* wallet = nullptr;  ///< nullptr: this node has none
};

}  // namespace freezenet::daemon
