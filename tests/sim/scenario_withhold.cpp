#include <cmath>
#include <ostream>
#include <sstream>

#include "tests/sim/measurement.h"
#include "tests/sim/scenario.h"
#include "tests/sim/selfish_publisher.h"

namespace freezenet::sim {
namespace {

constexpr std::uint64_t kWarmUp = 100;

}  // namespace

std::string run_withhold(const ScenarioOptions& options) {
  std::vector<double> powers = options.sweep;
  if (powers.empty()) powers = {0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45};
  const std::uint64_t blocks = options.blocks > 0 ? options.blocks : 1'000;
  write_row(*options.csv, "attacker", "power", "seed", "nodes", "blocks", "share", "gamma", "races", "share_formula",
            "stale_rate", "interval_s", "deepest_reorganisation", "agree");
  std::ostringstream summary;
  summary.precision(3);
  for (const bool hub : {false, true}) {
    const char* attacker = hub ? "hub" : "ordinary";
    summary << (hub ? "; " : "") << attacker << " attacker's share:";
    for (const double power : powers) {
      std::vector<double> shares;
      for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed) {
        Settings settings;
        settings.seed = seed;
        if (options.nodes > 0) settings.nodes = options.nodes;
        SpecialMiner& miner = settings.special[0];
        miner.machines = power / (1 - power) * static_cast<double>(settings.nodes - 1);
        miner.hub = hub;
        miner.publisher = [] { return std::make_unique<SelfishPublisher>(); };
        World world(settings);
        const auto watch = [&](std::uint64_t height) {
          std::ostringstream line;
          line << "withhold " << attacker << " power=" << power << " seed=" << seed << " height " << height << "/"
               << kWarmUp + blocks;
          options.progress(line.str());
        };
        world.set_mining(true);
        world.run_to_height(kWarmUp, watch);
        world.begin_measuring();
        world.run_to_height(kWarmUp + blocks, watch);
        const bool agree = world.settle() && world.agree();
        const Measurement m = measure(world, kWarmUp + 1, kWarmUp + blocks);
        const Record& record = world.record();
        const double gamma =
            record.races() == 0 ? 0 : static_cast<double>(record.races_joined()) / static_cast<double>(record.races());
        shares.push_back(m.share[0]);
        const auto& depths = record.depths();
        write_row(*options.csv, attacker, power, seed, settings.nodes, m.blocks, m.share[0], gamma, record.races(),
                  selfish_share(power, gamma), m.stale_rate(), m.interval, depths.empty() ? 0 : depths.rbegin()->first,
                  agree);
        options.csv->flush();
      }
      summary << " " << power << " -> " << estimate(shares).mean;
    }
  }
  return summary.str();
}

}  // namespace freezenet::sim
