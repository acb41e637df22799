#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "consensus/network_params.h"

namespace freezenet::sim {

using NodeId = std::size_t;

class Publisher;
class Random;

/// The time that a miner writes into its header, from the honest one, the earliest that the rules allow and the latest
/// that other nodes take.
using TimePolicy =
    std::function<std::uint64_t(std::uint64_t honest, std::uint64_t earliest, std::uint64_t latest, Random&)>;

/// In what a miner differs from the others.
struct SpecialMiner {
  double speed = 1;     ///< its segments, and its replays, take 1 / speed of the reference machine's time
  double machines = 1;  ///< so many machines train for it side by side, each a segment of its own
  bool hub = false;     ///< connected to everybody
  TimePolicy time;      ///< empty: honest
  std::function<std::unique_ptr<Publisher>()> publisher;  ///< empty: everything at once
  [[nodiscard]] double power() const { return speed * machines; }
};

/// One simulated network. Defaults: testnet's interval and half-life, the daemon's outbound connections, the signed
/// model of the digits task, home lines.
struct Settings {
  std::uint64_t seed = 1;
  std::size_t nodes = 200;   ///< each a full node and a miner of power 1, unless `special`
  std::size_t outbound = 8;  ///< peers that each node dials
  double latency_ms = 50;    ///< median one way; lognormal over links
  double latency_sigma = 0.5;
  double uplink_mbit = 20;  ///< of each node, shared by what it sends; 0: without limit
  std::uint64_t model_bytes = 153'128;
  std::uint32_t interval = 60;      ///< T, seconds
  std::uint32_t half_life = 3'600;  ///< of ASERT, seconds
  bool retarget = true;
  std::uint32_t maturity = 100;             ///< blocks until a reward is an account's
  double segment_ratio = 0.01;              ///< x: the reference machine's segment time over T
  double replay_ratio = 1;                  ///< replay and evaluation of a block over a segment, on the same machine
  double machine_sigma = 0.25;              ///< speeds of machines are lognormal; their sum is the number of nodes
  double segment_jitter = 0.037;            ///< standard deviation of the work over headers, relative
  double reconnect_seconds = 60;            ///< a healed link comes up within it: the longest wait between two dials
  std::uint64_t tickets_per_block = 1'024;  ///< at genesis: what a header costs its simulated miner to find
  std::map<NodeId, SpecialMiner> special;
};

/// A network that differs from testnet only in its numbers, with the smallest task that the rules allow.
NetworkParams simulated_params(const Settings& settings);

}  // namespace freezenet::sim
