#pragma once

#include <vector>

#include "tests/sim/world.h"

namespace freezenet::sim {

/// What became of one stretch of a settled network's history.
struct Measurement {
  std::uint64_t blocks = 0;   ///< on the chain
  std::uint64_t stale = 0;    ///< found at these heights in vain
  double interval = 0;        ///< seconds between blocks of the chain, by their finding
  double delay = 0;           ///< seconds until a block is replayed elsewhere, weighted by power: D
  std::vector<double> share;  ///< of the chain's blocks, by miner
  [[nodiscard]] double stale_rate() const;
  /// 1 - exp(-D / T) of Decker and Wattenhofer, "Information propagation in the Bitcoin network" (IEEE P2P 2013): the
  /// chance that somebody finds another block before everybody has the first. T is the interval between all blocks.
  [[nodiscard]] double stale_theory() const;
};

/// Heights `first` to `last`, both included, of node 0's active chain.
Measurement measure(const World& world, std::uint64_t first, std::uint64_t last);

/// x / (e^x - 1): the part of a machine's time that ends in tickets, if tips come as a Poisson process, x segments'
/// time apart (docs/protocol.md section 11).
double lottery_efficiency(double x);

/// Share of the chain that selfish mining earns, Eyal and Sirer 2014, equation 8: `alpha` of the power, and `gamma` of
/// the others join the attacker's branch in a race.
double selfish_share(double alpha, double gamma);

struct Estimate {
  double mean = 0;
  double half_width = 0;  ///< of the 95% confidence interval, Student's t; 0 for a single value
};
Estimate estimate(const std::vector<double>& values);

}  // namespace freezenet::sim
