#pragma once

#include <memory>
#include <vector>

#include "tests/sim/sim_node.h"

namespace freezenet::sim {

/// One simulated network: a function of its settings, the seed among them.
///
/// Memory: each node has a chain of its own, about 1 KB a block.
class World {
 public:
  /// Called with the height that was reached.
  using Watch = std::function<void(std::uint64_t)>;

  explicit World(Settings settings);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const NetworkParams& params() const { return params_; }
  EventQueue& clock() { return clock_; }
  Network& network() { return network_; }
  Record& record() { return record_; }
  BlockPool& pool() { return pool_; }
  [[nodiscard]] const BlockPool& pool() const { return pool_; }
  [[nodiscard]] const Record& record() const { return record_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  SimNode& node(NodeId id) { return *nodes_[id]; }
  [[nodiscard]] const Chain& chain(NodeId id) const { return nodes_[id]->chain(); }
  [[nodiscard]] const SecretKey& key(NodeId id) const { return keys_[id]; }
  /// Share of the network's power: tickets a second if no segment were ever aborted.
  [[nodiscard]] double speed(NodeId id) const { return speed_[id]; }
  [[nodiscard]] double power_share(NodeId id) const { return power_[id] / total_power_; }

  void set_mining(bool on);
  void set_mining(NodeId id, bool on) { nodes_[id]->miner().set_enabled(on); }
  /// Until the active chain of node 0 has this height.
  void run_to_height(std::uint64_t height, const Watch& watch = {});
  /// Forgets what was counted so far: a new network needs a while to find its difficulty.
  void begin_measuring();
  /// Every link between two groups goes down; or up again, each within the reconnection time.
  void split(const std::vector<bool>& group);
  void heal(const std::vector<bool>& group);
  [[nodiscard]] bool one_tip() const;
  /// Until nothing is on its way and nobody replays.
  void drain();
  /// Lets what is on its way arrive, and mines on where two tips have equal work, until all nodes have one tip; mining
  /// is off then. False where they do not come to it.
  bool settle();
  /// One tip, and the same accounts and models at every node.
  [[nodiscard]] bool agree() const;

 private:
  [[nodiscard]] std::unique_ptr<SimNode> make_node(NodeId id);

  Settings settings_;
  NetworkParams params_;
  EventQueue clock_;
  Network network_;
  BlockPool pool_;
  Record record_;
  std::vector<SecretKey> keys_;
  std::vector<double> power_, speed_;
  double total_power_ = 0;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  Surroundings around_;
  Random random_;
};

}  // namespace freezenet::sim
