#include <sstream>

#include <gtest/gtest.h>

#include "tests/sim/scenario.h"
#include "tests/sim/selfish_publisher.h"
#include "tests/sim/small_world.h"

namespace freezenet::sim {
namespace {

struct Trace {
  std::vector<Hash256> blocks;
  Hash256 state;
  Micros end = 0;
  friend bool operator==(const Trace&, const Trace&) = default;
};

Trace trace_of(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.nodes = 20;
  settings.segment_ratio = 0.1;
  settings.special[3].machines = 6;
  settings.special[3].publisher = [] { return std::make_unique<SelfishPublisher>(); };
  World world(settings);
  world.set_mining(true);
  world.run_to_height(40);
  EXPECT_TRUE(world.settle());
  EXPECT_TRUE(world.agree());
  Trace trace;
  for (const SimBlock& block : world.pool().blocks()) trace.blocks.push_back(block.hash);
  trace.state = world.chain(7).state_hash();
  trace.end = world.clock().now();
  return trace;
}

TEST(Determinism, OneSeedOneHistory) {
  const Trace first = trace_of(1);
  EXPECT_EQ(first, trace_of(1));
  EXPECT_NE(first.state, trace_of(2).state);
}

TEST(Determinism, OneSeedOneFile) {
  const auto file = [](std::uint64_t seed) {
    std::ostringstream csv;
    ScenarioOptions options;
    options.seed = seed;
    options.seeds = 1;
    options.nodes = 10;
    options.blocks = 20;
    options.sweep = {0.1};
    options.csv = &csv;
    options.progress = [](const std::string&) {};
    const std::string summary = run_stale(options);
    return csv.str() + summary;
  };
  EXPECT_EQ(file(5), file(5));
  EXPECT_NE(file(5), file(6));
}

}  // namespace
}  // namespace freezenet::sim
