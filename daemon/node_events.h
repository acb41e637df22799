#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "daemon/block_events.h"
#include "daemon/miner.h"
#include "daemon/node_status.h"
#include "net/peer_manager.h"
#include "net/quiet_log.h"

namespace freezenet::daemon {

/// What those who work on the tip beside the miner have to hear; called on the chain's thread.
struct MiningNews {
  std::function<void()> on_new_tip;
  std::function<void()> on_new_body;  ///< another transaction waits for the next block
};

/// Hands the chain's news on: to the peers, to the miner and whoever else works on the tip, to the log, and to whoever
/// asks how it is going. Called on the chain's thread; the queries on any.
class NodeEvents final : public BlockEvents {
 public:
  NodeEvents(net::PeerManager& peers, Miner& miner, const Clock& clock, std::function<void(const Reject&)> on_failure,
             MiningNews mining, std::shared_ptr<spdlog::logger> log);

  void on_connecting(const BlockEntry& block) override;
  void on_accepted(const Chain& chain, const BlockEntry& block, const ChainUpdate& update, net::PeerId origin) override;
  void on_moved(const Chain& chain, const ChainUpdate& update) override;
  void on_transaction(const Hash256& id, net::PeerId origin) override;
  void on_refused(const Hash256& block, net::PeerId origin, const Reject& why) override;
  void on_progress() override;
  void on_verdict(const ProofVerdict& verdict) override;
  void on_lost(const std::string& what) override;
  void on_paused(const std::string& why) override;
  void on_assumption(const std::string& line, bool wrong) override;
  void on_failure(const Reject& why) override;

  [[nodiscard]] ReplayStats replay_stats(std::size_t queued) const;
  /// The newest of what the chain and the connections refused.
  [[nodiscard]] std::optional<LastReject> last_reject() const;

 private:
  /// `tell`(level, line): where a line goes.
  template <typename Tell>
  void tell_of_move(const Chain& chain, const ChainUpdate& update, const Tell& tell);
  [[nodiscard]] std::string verification(const BlockEntry& block) const;

  net::PeerManager& peers_;
  Miner& miner_;
  const Clock& clock_;
  std::function<void(const Reject&)> on_failure_;
  MiningNews mining_;
  std::shared_ptr<spdlog::logger> log_;
  net::QuietLog clients_;    // for what a client of RPC can cause as often: a chain that moves back and forth
  net::QuietLog strangers_;  // for what a peer can cause as often as it likes: blocks that it made up

  Hash256 judged_;  // the chain's thread only: block and figures of the newest verdict
  ProofTimings timings_;

  mutable std::mutex mutex_;  // guards what follows
  ReplayStats stats_;
  std::optional<LastReject> last_reject_;
};

/// What an operator can do about a refusal of this name; empty where there is nothing to do.
std::string advice_for(std::string_view code);

}  // namespace freezenet::daemon
