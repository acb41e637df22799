#include "tests/sim/world.h"

#include <algorithm>
#include <cmath>

#include "consensus/crypto/sha256.h"

namespace freezenet::sim {
namespace {

// Streams of a seed; each node adds its number.
constexpr std::uint64_t kTopology = 1, kMachines = 2, kReconnects = 3, kNodes = 1'000;

/// Ties of equal work end with a block; a network that needs more than this many to agree is broken.
constexpr int kMostExtraBlocks = 100;

SecretKey key_of(std::uint64_t seed, NodeId id) {
  for (std::uint64_t salt = 0;; ++salt) {
    const Hash256 bytes = sha256(Writer().integer(seed).integer(std::uint64_t{id}).integer(salt).data());
    if (auto key = SecretKey::from_bytes(bytes.bytes)) return *key;
  }
}

SpecialMiner special_of(const Settings& settings, NodeId id) {
  const auto found = settings.special.find(id);
  return found == settings.special.end() ? SpecialMiner{} : found->second;
}

}  // namespace

World::World(Settings settings)
    : settings_(std::move(settings)),
      params_(simulated_params(settings_)),
      network_(settings_, clock_, Random(settings_.seed, kTopology)),
      around_{clock_, network_, pool_, record_, nodes_, params_, settings_.model_bytes},
      random_(settings_.seed, kReconnects) {
  Random machines(settings_.seed, kMachines);
  double ordinary = 0, count = 0;
  for (NodeId id = 0; id < settings_.nodes; ++id) {
    const bool special = settings_.special.contains(id);
    const double speed = machines.lognormal(1, settings_.machine_sigma);
    speed_.push_back(special ? special_of(settings_, id).speed : speed);
    if (!special) ordinary += speed, ++count;
  }
  for (NodeId id = 0; id < settings_.nodes; ++id) {
    if (!settings_.special.contains(id)) speed_[id] *= count / ordinary;  // the reference machine is the mean
    power_.push_back(speed_[id] * special_of(settings_, id).machines);
    total_power_ += power_.back();
    keys_.push_back(key_of(settings_.seed, id));
  }
  for (NodeId id = 0; id < settings_.nodes; ++id) nodes_.push_back(make_node(id));
}

std::unique_ptr<SimNode> World::make_node(NodeId id) {
  const SpecialMiner special = special_of(settings_, id);
  const double reference = settings_.segment_ratio * settings_.interval;
  SimNode::Role role;
  role.machine.segment = std::max<Micros>(micros(reference / speed_[id]), 1);
  role.machine.machines = special.machines;
  role.machine.jitter = settings_.segment_jitter;
  // At genesis the whole network finishes tickets_per_block tickets an interval.
  role.machine.tickets = static_cast<double>(settings_.tickets_per_block) * settings_.segment_ratio / total_power_;
  role.replay_time = micros(reference * settings_.replay_ratio / speed_[id]);
  role.power_share = power_share(id);
  role.time = special.time;
  if (special.publisher) role.publisher = special.publisher();
  return std::make_unique<SimNode>(id, around_, keys_[id], std::move(role), Random(settings_.seed, kNodes + id));
}

void World::set_mining(bool on) {
  for (NodeId id = 0; id < size(); ++id) set_mining(id, on);
}

void World::run_to_height(std::uint64_t height, const Watch& watch) {
  std::uint64_t shown = 0;
  while (chain(0).tip().height < height && clock_.step()) {
    if (watch && chain(0).tip().height != shown) watch(shown = chain(0).tip().height);
  }
}

void World::begin_measuring() {
  record_.begin(clock_.now());
  for (const auto& node : nodes_) node->miner().forget_work();
}

void World::split(const std::vector<bool>& group) {
  for (NodeId id = 0; id < size(); ++id) {
    const auto peers = network_.peers(id);
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (group[id] == group[peers[i].node]) continue;
      network_.set_up(peers[i], false);
      nodes_[id]->on_link_down(i);
    }
  }
}

void World::heal(const std::vector<bool>& group) {
  for (NodeId id = 0; id < size(); ++id) {
    const auto peers = network_.peers(id);
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (group[id] == group[peers[i].node] || id > peers[i].node) continue;
      clock_.after(micros(random_.uniform() * settings_.reconnect_seconds), [this, id, i, peer = peers[i]] {
        network_.set_up(peer, true);
        nodes_[id]->on_link_up(i);
        nodes_[peer.node]->on_link_up(peer.back);
      });
    }
  }
}

bool World::one_tip() const {
  return std::ranges::all_of(nodes_, [&](const auto& n) { return n->chain().tip().hash == chain(0).tip().hash; });
}

void World::drain() {
  const auto waiting = [this] {
    return network_.in_flight() > 0 || std::ranges::any_of(nodes_, [](const auto& n) { return n->busy(); });
  };
  while (waiting() && clock_.step()) {
  }
}

bool World::settle() {
  for (int extra = 0; extra < kMostExtraBlocks; ++extra) {
    set_mining(false);
    drain();
    if (one_tip()) return true;
    set_mining(true);
    const std::size_t found = pool_.blocks().size();
    while (pool_.blocks().size() == found && clock_.step()) {
    }
  }
  return false;
}

bool World::agree() const {
  return std::ranges::all_of(nodes_, [&](const auto& n) { return n->chain().state_hash() == chain(0).state_hash(); });
}

}  // namespace freezenet::sim
