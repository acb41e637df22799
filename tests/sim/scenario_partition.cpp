#include <cmath>
#include <ostream>
#include <sstream>

#include "tests/sim/measurement.h"
#include "tests/sim/partition.h"
#include "tests/sim/scenario.h"

namespace freezenet::sim {
namespace {

constexpr double kDuration = 3'600;
constexpr std::uint64_t kWarmUp = 50;
constexpr std::uint64_t kTieBlocks = 20;

}  // namespace

std::string run_partition(const ScenarioOptions& options) {
  std::vector<double> shares = options.sweep;
  if (shares.empty()) shares = {0.5, 0.6};
  write_row(*options.csv, "kind", "first_part", "seed", "nodes", "mined_first", "mined_second", "first_won",
            "seconds_to_one_tip", "deepest_reorganisation", "blocks_lost", "agree");
  std::ostringstream summary;
  summary.precision(3);
  const auto run = [&](const char* kind, double share, bool tie) {
    std::vector<double> times, depths;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed) {
      options.progress("partition " + std::string(kind) + " seed=" + std::to_string(seed));
      Settings settings;
      settings.seed = seed;
      if (options.nodes > 0) settings.nodes = options.nodes;
      settings.retarget = !tie;
      World world(settings);
      world.set_mining(true);
      world.run_to_height(kWarmUp);
      const std::vector<bool> group = first_part(settings.nodes, share);
      const PartitionResult r = tie ? partition_to_a_tie(world, group, options.blocks > 0 ? options.blocks : kTieBlocks)
                                    : partition_for(world, group, kDuration);
      write_row(*options.csv, kind, share, seed, settings.nodes, r.mined_first, r.mined_second, r.first_won,
                r.seconds_to_one_tip, r.deepest, r.lost, world.one_tip() && world.agree());
      options.csv->flush();
      times.push_back(r.seconds_to_one_tip);
      depths.push_back(static_cast<double>(r.deepest));
    }
    const Estimate time = estimate(times), depth = estimate(depths);
    summary << kind << " " << share << ": one tip after " << time.mean << " +- " << time.half_width << " s, "
            << depth.mean << " blocks undone; ";
  };
  for (const double share : shares) run("hour", share, false);
  run("tie", 0.5, true);
  std::string line = summary.str();
  line.resize(line.size() - 2);
  return line;
}

}  // namespace freezenet::sim
