#include "tests/sim/measurement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace freezenet::sim {

double Measurement::stale_rate() const { return static_cast<double>(stale) / static_cast<double>(blocks + stale); }

double Measurement::stale_theory() const {
  const double all = interval * static_cast<double>(blocks) / static_cast<double>(blocks + stale);
  return 1 - std::exp(-delay / all);
}

Measurement measure(const World& world, std::uint64_t first, std::uint64_t last) {
  Measurement m;
  m.share.assign(world.size(), 0);
  const Chain& chain = world.chain(0);
  Micros began = 0, ended = 0;
  for (const SimBlock& block : world.pool().blocks()) {
    const BlockEntry* active = chain.at_height(block.height);
    const bool on_chain = active != nullptr && active->hash == block.hash;
    if (on_chain && block.height == first) began = block.found;
    if (on_chain && block.height == last) ended = block.found;
    if (block.height < first || block.height > last || block.forged()) continue;
    if (!on_chain) {
      ++m.stale;
      continue;
    }
    ++m.blocks;
    m.delay += block.weighted_delay;
    m.share[block.miner] += 1;
  }
  m.delay /= static_cast<double>(m.blocks);
  m.interval = seconds(ended - began) / static_cast<double>(last - first);
  for (double& share : m.share) share /= static_cast<double>(m.blocks);
  return m;
}

double lottery_efficiency(double x) { return x == 0 ? 1 : x / std::expm1(x); }

double selfish_share(double alpha, double gamma) {
  const double a = alpha;
  return (a * (1 - a) * (1 - a) * (4 * a + gamma * (1 - 2 * a)) - a * a * a) / (1 - a * (1 + (2 - a) * a));
}

Estimate estimate(const std::vector<double>& values) {
  // Two-sided 95% quantiles of Student's distribution with 1 to 10 degrees of freedom.
  constexpr std::array kQuantiles{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  const auto n = static_cast<double>(values.size());
  Estimate e;
  e.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return e;
  double squares = 0;
  for (const double v : values) squares += (v - e.mean) * (v - e.mean);
  const double quantile = values.size() - 2 < kQuantiles.size() ? kQuantiles[values.size() - 2] : 1.96;
  e.half_width = quantile * std::sqrt(squares / (n - 1) / n);
  return e;
}

}  // namespace freezenet::sim
