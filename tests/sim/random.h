#pragma once

#include <cstdint>
#include <random>

namespace freezenet::sim {

/// Seeded randomness. The generator is the standard's, whose output is specified; the distributions are our own,
/// because the standard's are not: a seed gives the same run with every library.
class Random {
 public:
  /// Each `stream` of a seed is independent, so that one more draw of one miner does not change what others draw.
  Random(std::uint64_t seed, std::uint64_t stream);

  std::uint64_t bits() { return engine_(); }
  double uniform();                          ///< [0, 1)
  std::uint64_t below(std::uint64_t bound);  ///< [0, bound); bound >= 1
  double normal();                           ///< mean 0, standard deviation 1
  double lognormal(double median, double sigma);
  /// Trials up to and including the first success of probability `p`; p > 0. A double, since it may be astronomic.
  double geometric(double p);

 private:
  std::mt19937_64 engine_;
};

}  // namespace freezenet::sim
