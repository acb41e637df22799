#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

#include "consensus/difficulty.h"
#include "tests/sim/measurement.h"
#include "tests/sim/pause.h"
#include "tests/sim/scenario.h"

namespace freezenet::sim {
namespace {

constexpr double kPause = 30.0 * 86'400;
constexpr double kDay = 86'400;

}  // namespace

std::vector<PauseBlock> pause_on_chain(World& world, std::uint64_t before, double pause, double after) {
  world.set_mining(true);
  world.run_to_height(before);
  world.settle();
  EventQueue& clock = world.clock();
  clock.run_until(clock.now() + micros(pause));
  const Micros resumed = clock.now();
  const std::uint64_t first = world.chain(0).tip().height + 1;
  world.set_mining(true);
  clock.run_until(resumed + micros(after));
  world.settle();
  std::vector<PauseBlock> blocks;
  const double usual = target_from_compact(world.params().genesis_bits)->to_double();
  for (std::uint64_t h = first; h <= world.chain(0).tip().height; ++h) {
    const BlockEntry& e = *world.chain(0).at_height(h);
    const double found = seconds(world.pool().at(e.hash).found - resumed);
    if (found <= after) {
      blocks.push_back({found, target_from_compact(e.header.candidate.bits)->to_double() / usual});
    }
  }
  return blocks;
}

std::vector<PauseBlock> pause_on_raw_times(const Settings& settings, std::uint64_t before, double pause, double after) {
  const NetworkParams params = simulated_params(settings);
  const Uint256 limit = *target_from_compact(params.limit_bits);
  const double usual = target_from_compact(params.genesis_bits)->to_double();
  Random random(settings.seed, 0);
  // On schedule when the pause begins; from then on block after block, each anchored at genesis by its own time.
  const double resumed = static_cast<double>(before) * params.interval + pause;
  const double segment = settings.segment_ratio * params.interval;
  double now = resumed, last = static_cast<double>(before) * params.interval;
  std::vector<PauseBlock> blocks;
  for (std::uint64_t height = before; now <= resumed + after; ++height) {
    const auto elapsed = static_cast<std::int64_t>(last) + params.interval;
    const std::uint32_t bits =
        asert_next_bits(params.genesis_bits, elapsed, height, params.interval, params.half_life, limit);
    const double target = target_from_compact(bits)->to_double();
    const double ticket = std::min(1.0, target * 0x1p-256 * static_cast<double>(settings.tickets_per_block) *
                                            settings.segment_ratio / static_cast<double>(settings.nodes));
    const double round = 1 - std::pow(1 - ticket, static_cast<double>(settings.nodes));
    now += random.geometric(round) * segment;
    last = now;
    if (now <= resumed + after) blocks.push_back({now - resumed, target / usual});
  }
  return blocks;
}

std::size_t blocks_within(const std::vector<PauseBlock>& blocks, double seconds) {
  return static_cast<std::size_t>(
      std::ranges::count_if(blocks, [&](const PauseBlock& b) { return b.time <= seconds; }));
}

std::string run_pause(const ScenarioOptions& options) {
  write_row(*options.csv, "rule", "seed", "minutes", "blocks", "target_ratio");
  std::vector<double> hour, day, raw_hour, raw_day;
  for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed) {
    Settings settings;
    settings.seed = seed;
    settings.nodes = options.nodes > 0 ? options.nodes : 20;
    const std::uint64_t before = options.blocks > 0 ? options.blocks : 200;
    options.progress("pause seed=" + std::to_string(seed));
    World world(settings);
    const auto chain = pause_on_chain(world, before, kPause, kDay);
    const auto raw = pause_on_raw_times(settings, before, kPause, kDay);
    hour.push_back(static_cast<double>(blocks_within(chain, 3'600)));
    day.push_back(static_cast<double>(chain.size()));
    raw_hour.push_back(static_cast<double>(blocks_within(raw, 3'600)));
    raw_day.push_back(static_cast<double>(raw.size()));
    for (const auto* rule : {&chain, &raw}) {
      // A row for each change worth seeing: the raw rule yields tens of thousands of blocks.
      double next = 0;
      for (std::size_t i = 0; i < rule->size(); ++i) {
        if ((*rule)[i].time < next && i > 12) continue;
        next = (*rule)[i].time + 900;
        write_row(*options.csv, rule == &chain ? "chain" : "raw", seed, (*rule)[i].time / 60, i + 1,
                  (*rule)[i].target_ratio);
      }
    }
    options.csv->flush();
  }
  std::ostringstream line;
  line.precision(5);
  line << "after 30 days: " << estimate(hour).mean << " blocks in the first hour, " << estimate(day).mean
       << " in the first day; on raw times " << estimate(raw_hour).mean << " and " << estimate(raw_day).mean;
  return line.str();
}

}  // namespace freezenet::sim
