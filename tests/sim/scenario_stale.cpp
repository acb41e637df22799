#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

#include "tests/sim/measurement.h"
#include "tests/sim/scenario.h"

namespace freezenet::sim {
namespace {

/// The fast miner is one machine with this share of the network's power: its segments are so much shorter.
constexpr double kFastShare = 0.1;
constexpr std::uint64_t kWarmUp = 100;

struct Fairness {
  double reference = 0, reference_formula = 0;  // part of the time of ordinary machines that ends in tickets
  double fast_tickets = 0, fast_formula = 0;    // share of all tickets
};

/// Tickets against those of machines that are never interrupted, and the same by formula with the interval between tip
/// changes that this network had.
Fairness fairness(World& world, double seconds_measured) {
  const double nodes = static_cast<double>(world.size());
  const double tip_interval = seconds_measured * nodes / static_cast<double>(world.record().tip_changes());
  const double reference_segment = world.settings().segment_ratio * world.settings().interval;
  double done = 0, possible = 0, expected = 0;
  Fairness f;
  for (NodeId id = 1; id < world.size(); ++id) {
    done += world.node(id).miner().work().segments;
    possible += seconds_measured * world.speed(id) / reference_segment;
    expected += world.power_share(id) * lottery_efficiency(reference_segment / world.speed(id) / tip_interval);
  }
  const double fast_done = world.node(0).miner().work().segments;
  const double fast_expected =
      world.power_share(0) * lottery_efficiency(reference_segment / world.speed(0) / tip_interval);
  f.reference = done / possible;
  f.reference_formula = expected / (1 - world.power_share(0));
  f.fast_tickets = fast_done / (fast_done + done);
  f.fast_formula = fast_expected / (fast_expected + expected);
  return f;
}

}  // namespace

std::string run_stale(const ScenarioOptions& options) {
  std::vector<double> ratios = options.sweep;
  if (ratios.empty()) ratios = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
  const std::uint64_t blocks = options.blocks > 0 ? options.blocks : 1'000;
  write_row(*options.csv, "x", "seed", "nodes", "blocks", "stale_rate", "stale_theory", "delay_s", "interval_s",
            "work_in_vain", "deepest_reorganisation", "depth1", "depth2", "depth3", "efficiency", "efficiency_formula",
            "fast_power", "fast_tickets", "fast_tickets_formula", "fast_blocks", "agree");
  std::ostringstream summary;
  summary << "stale rate at x =";
  for (const double x : ratios) {
    std::vector<double> rates;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed) {
      Settings settings;
      settings.seed = seed;
      if (options.nodes > 0) settings.nodes = options.nodes;
      settings.segment_ratio = x;
      const double others = static_cast<double>(settings.nodes - 1);
      settings.special[0].speed = kFastShare / (1 - kFastShare) * others;
      World world(settings);
      const auto watch = [&](std::uint64_t height) {
        std::ostringstream line;
        line << "stale x=" << x << " seed=" << seed << " height " << height << "/" << kWarmUp + blocks;
        options.progress(line.str());
      };
      world.set_mining(true);
      world.run_to_height(kWarmUp, watch);
      world.begin_measuring();
      world.run_to_height(kWarmUp + blocks, watch);
      const Fairness fair = fairness(world, seconds(world.clock().now() - world.record().began()));
      const bool agree = world.settle() && world.agree();
      const Measurement m = measure(world, kWarmUp + 1, kWarmUp + blocks);
      rates.push_back(m.stale_rate());
      const auto& depths = world.record().depths();
      const auto of_depth = [&](std::size_t d) { return depths.contains(d) ? depths.at(d) : 0; };
      write_row(*options.csv, x, seed, settings.nodes, m.blocks, m.stale_rate(), m.stale_theory(), m.delay, m.interval,
                1 - fair.reference * (1 - m.stale_rate()), depths.empty() ? 0 : depths.rbegin()->first, of_depth(1),
                of_depth(2), of_depth(3), fair.reference, fair.reference_formula, world.power_share(0),
                fair.fast_tickets, fair.fast_formula, m.share[0], agree);
      options.csv->flush();
    }
    const Estimate e = estimate(rates);
    summary.precision(3);
    summary << " " << x << ": " << 100 * e.mean << "% +- " << 100 * e.half_width << ",";
  }
  std::string line = summary.str();
  line.pop_back();
  return line;
}

}  // namespace freezenet::sim
