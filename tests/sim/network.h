#pragma once

#include <functional>
#include <span>
#include <vector>

#include "tests/sim/event_queue.h"
#include "tests/sim/random.h"
#include "tests/sim/settings.h"

namespace freezenet::sim {

/// One end of a link.
struct Peering {
  NodeId node = 0;  ///< who is at the other end
  std::size_t link = 0;
  std::size_t back = 0;  ///< index of this end's node among the other's peers
};

/// Links between nodes: a random graph in which each node dials so many others, a latency for each link, and an uplink
/// for each node, on which what it sends waits its turn. A link may be down; what was on its way is lost then.
/// Owned by World.
class Network {
 public:
  using Deliver = std::function<void()>;
  Network(const Settings& settings, EventQueue& clock, Random random);

  [[nodiscard]] std::span<const Peering> peers(NodeId node) const { return peers_[node]; }
  [[nodiscard]] bool is_up(const Peering& peer) const { return links_[peer.link].up; }
  /// Runs `deliver` when `bytes` from `node` have reached the other end.
  void send(NodeId node, const Peering& to, std::uint64_t bytes, Deliver deliver);
  void set_up(const Peering& peer, bool up);
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

 private:
  struct Link {
    Micros latency = 0;
    bool up = true;
    std::uint64_t epoch = 0;  // counts the times it went down
  };
  void connect(NodeId a, NodeId b, Micros latency);
  [[nodiscard]] bool connected(NodeId a, NodeId b) const;

  EventQueue& clock_;
  std::vector<std::vector<Peering>> peers_;
  std::vector<Link> links_;
  struct Uplink {
    double micros_per_byte = 0;
    Micros free = 0;
  };
  std::vector<Uplink> uplinks_;
  std::size_t in_flight_ = 0;
};

}  // namespace freezenet::sim
