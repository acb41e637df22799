#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "consensus/chain/chain.h"
#include "tests/sim/lottery_miner.h"
#include "tests/sim/network.h"
#include "tests/sim/publisher.h"
#include "tests/sim/record.h"
#include "tests/sim/sim_store.h"
#include "tests/sim/stub_verifier.h"

namespace freezenet::sim {

/// What all nodes of one simulation share. Outlives them.
struct Surroundings {
  EventQueue& clock;
  Network& network;
  BlockPool& pool;
  Record& record;
  std::vector<std::unique_ptr<SimNode>>& nodes;
  const NetworkParams& params;
  std::uint64_t model_bytes;
};

/// One full node: the real Chain, and around it what the daemon and the network do, message by message: announce the
/// tip when it moves, learn headers by locator, fetch body and signed model from one peer at a time, replay, and only
/// then build on a block and pass it on. Owned by World.
class SimNode {
 public:
  struct Role {
    LotteryMiner::Machine machine;
    Micros replay_time = 0;
    double power_share = 0;
    TimePolicy time;
    std::unique_ptr<Publisher> publisher;
  };
  SimNode(NodeId id, Surroundings& around, const SecretKey& key, Role role, Random random);
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;

  [[nodiscard]] const Chain& chain() const { return chain_; }
  LotteryMiner& miner() { return miner_; }
  /// Waits for a verdict or for an answer of its own accord.
  [[nodiscard]] bool busy() const { return verifier_.queued() > 0 || timers_ > 0; }
  /// Tells every peer that this block is the tip.
  void announce(const BlockEntry& block);
  /// Tells every peer of a header that this node's chain does not have: what a forger does.
  void announce_foreign(const SealedHeader& header);
  void note_race(const BlockEntry& own) { around_.record.race(own.hash, own.height); }
  void on_link_up(std::size_t peer);
  void on_link_down(std::size_t peer);

 private:
  struct Peer {
    Hash256 best;  // the last header of its chain that we know
    bool asked_headers = false;
    const BlockEntry* fetching = nullptr;
  };
  struct Pending {
    const BlockEntry* entry;
    std::size_t from;
    bool submitted = false;
  };

  // Messages, by the sender's index among our peers.
  void on_announce(std::size_t peer, const SealedHeader& header, const Hash256& hash);
  void on_headers(std::size_t peer, std::span<const SealedHeader> headers, bool full);
  void on_get_headers(std::size_t peer, const std::vector<Hash256>& locator);
  void on_get_block(std::size_t peer, const Hash256& block);
  void on_block(std::size_t peer, const Hash256& block);

  template <typename F>
  void send(std::size_t peer, std::uint64_t bytes, F receive);
  void ask_headers(std::size_t peer, const Hash256& after);
  void fetch(std::size_t peer);
  void fetch_all();
  void advance();
  void on_verdict(const ProofVerdict& verdict);
  void refuse(const Hash256& block, const Reject& why);
  void on_mined(const CandidateHeader& candidate);
  void on_accepted(const BlockEntry& block, const ChainUpdate& update, bool own);
  void drop(std::size_t peer);
  [[nodiscard]] std::span<const Peering> peerings() const { return around_.network.peers(id_); }
  [[nodiscard]] std::uint64_t unix_seconds() const;

  NodeId id_;
  Surroundings& around_;
  SecretKey key_;
  SimStore store_;
  Chain chain_;
  StubVerifier verifier_;
  Random random_;
  LotteryMiner miner_;
  double power_share_;
  bool honest_;
  std::unique_ptr<Publisher> publisher_;
  std::vector<Peer> peers_;
  std::set<Hash256> claimed_;           // blocks that some peer is asked for
  std::map<Hash256, Pending> pending_;  // blocks that are here and have no verdict
  std::size_t timers_ = 0;
};

}  // namespace freezenet::sim
