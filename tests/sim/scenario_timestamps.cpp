#include <cmath>
#include <ostream>
#include <sstream>

#include "tests/sim/measurement.h"
#include "tests/sim/scenario.h"
#include "tests/sim/time_policies.h"

namespace freezenet::sim {
namespace {

constexpr std::uint64_t kWarmUp = 100;

}  // namespace

std::string run_timestamps(const ScenarioOptions& options) {
  std::vector<double> powers = options.sweep;
  if (powers.empty()) powers = {0.30, 0.60};
  const std::uint64_t blocks = options.blocks > 0 ? options.blocks : 2'000;
  write_row(*options.csv, "policy", "power", "seed", "nodes", "blocks", "interval_s", "share", "virtual_ahead_s",
            "stale_rate", "agree");
  std::ostringstream summary;
  summary.precision(4);
  for (const double power : powers) {
    summary << (power == powers.front() ? "" : "; ") << "power " << power << ", mean interval in s:";
    for (const NamedTimePolicy& policy : time_policies()) {
      std::vector<double> intervals;
      for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed) {
        options.progress("timestamps " + policy.name + " seed=" + std::to_string(seed));
        Settings settings;
        settings.seed = seed;
        settings.nodes = options.nodes > 0 ? options.nodes : 12;
        settings.special[0].machines = power / (1 - power) * static_cast<double>(settings.nodes - 1);
        settings.special[0].time = policy.policy;
        World world(settings);
        world.set_mining(true);
        world.run_to_height(kWarmUp + blocks);
        const bool agree = world.settle() && world.agree();
        const Measurement m = measure(world, kWarmUp + 1, kWarmUp + blocks);
        // How far ASERT's clock is ahead of the real one: what is gained once, never again.
        const BlockEntry& last = *world.chain(0).at_height(kWarmUp + blocks);
        const double clock =
            static_cast<double>(world.params().genesis_time) + seconds(world.pool().at(last.hash).found);
        write_row(*options.csv, policy.name, power, seed, settings.nodes, m.blocks, m.interval, m.share[0],
                  static_cast<double>(last.virtual_time) - clock, m.stale_rate(), agree);
        options.csv->flush();
        intervals.push_back(m.interval);
      }
      summary << " " << policy.name << " " << estimate(intervals).mean;
    }
  }
  return summary.str();
}

}  // namespace freezenet::sim
