#pragma once

#include <functional>
#include <span>
#include <vector>

namespace freezenet::bench {

/// How long and how often is measured.
struct Effort {
  unsigned pairs = 9;
  double seconds = 0.2;   ///< the least that one timed run takes
  double warm_up = 0.06;  ///< untimed, before each run: caches, and other libraries' threads that spin for a while
};

/// Median and quartiles.
struct Spread {
  double median = 0, low = 0, high = 0;
};
Spread spread_of(std::vector<double> values);

using Call = std::function<void()>;

/// Wall-clock seconds now, from a clock that is never set.
double now();

struct Paired {
  Spread ratio;                 ///< theirs over ours of each pair: above 1 where ours is faster
  double ours = 0, theirs = 0;  ///< median seconds of one call
  std::size_t which = 0;        ///< of several of theirs the one that is faster
};

/// Runs ours and theirs in turns, the order changing from pair to pair, so that whatever else the machine does meets
/// both. Of several of theirs the one with the least median counts.
Paired compare(const Call& ours, std::span<const Call> theirs, const Effort& effort);
Paired compare(const Call& ours, const Call& theirs, const Effort& effort);

}  // namespace freezenet::bench
