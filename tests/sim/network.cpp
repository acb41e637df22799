#include "tests/sim/network.h"

#include <algorithm>

namespace freezenet::sim {
namespace {

/// Who connects to everybody pays for the line that it takes.
constexpr double kHubMbit = 1'000;

}  // namespace

Network::Network(const Settings& settings, EventQueue& clock, Random random)
    : clock_(clock), peers_(settings.nodes), uplinks_(settings.nodes) {
  const auto dial = [&](NodeId from, NodeId to) {
    if (from == to || connected(from, to)) return;
    connect(from, to, micros(random.lognormal(settings.latency_ms, settings.latency_sigma) / 1000));
  };
  for (NodeId node = 0; node < settings.nodes; ++node) {
    const auto special = settings.special.find(node);
    const bool hub = special != settings.special.end() && special->second.hub;
    const double mbit = hub ? kHubMbit : settings.uplink_mbit;
    uplinks_[node].micros_per_byte = mbit > 0 ? 8 / mbit : 0;
    const std::size_t wanted = hub ? settings.nodes - 1 : std::min(settings.outbound, settings.nodes - 1);
    dial(node, (node + 1) % settings.nodes);  // a ring, so that nobody is left out
    for (NodeId other = 0; hub && other < settings.nodes; ++other) dial(node, other);
    for (std::size_t i = 1; !hub && i < wanted; ++i) {
      // Who dials a node to which it has a link already looks for another, for a while.
      const std::size_t before = peers_[node].size();
      for (int tries = 0; tries < 20 && peers_[node].size() == before; ++tries)
        dial(node, random.below(settings.nodes));
    }
  }
}

bool Network::connected(NodeId a, NodeId b) const {
  return std::ranges::any_of(peers_[a], [&](const Peering& p) { return p.node == b; });
}

void Network::connect(NodeId a, NodeId b, Micros latency) {
  peers_[a].push_back({b, links_.size(), peers_[b].size()});
  peers_[b].push_back({a, links_.size(), peers_[a].size() - 1});
  links_.push_back({latency, true, 0});
}

void Network::send(NodeId node, const Peering& to, std::uint64_t bytes, Deliver deliver) {
  const Link& link = links_[to.link];
  if (!link.up) return;
  Uplink& uplink = uplinks_[node];
  uplink.free =
      std::max(uplink.free, clock_.now()) + static_cast<Micros>(static_cast<double>(bytes) * uplink.micros_per_byte);
  ++in_flight_;
  clock_.at(uplink.free + link.latency, [this, index = to.link, epoch = link.epoch, deliver = std::move(deliver)] {
    --in_flight_;
    if (links_[index].up && links_[index].epoch == epoch) deliver();
  });
}

void Network::set_up(const Peering& peer, bool up) {
  Link& link = links_[peer.link];
  if (link.up && !up) ++link.epoch;
  link.up = up;
}

}  // namespace freezenet::sim
