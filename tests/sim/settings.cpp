#include "tests/sim/settings.h"

#include "consensus/difficulty.h"

namespace freezenet::sim {
namespace {

Task small_task() {
  Task task;
  task.name = "simulated";
  task.dataset = {.name = "none",
                  .channels = 1,
                  .height = 2,
                  .width = 2,
                  .classes = 2,
                  .train_count = 64,
                  .evaluation_count = 360,
                  .root = {}};
  task.inputs.resize(1);
  task.layers = {Flatten{}, Linear{2}};
  task.batch = 32;
  task.steps = 32;
  task.rate_period = 1'000'000;
  task.rates = {0.05F};
  task.watermark_ppm = 50'000;
  task.evaluation_slice = 360;
  task.margin_ppm = 20'000;
  return task;
}

}  // namespace

NetworkParams simulated_params(const Settings& settings) {
  NetworkParams p;
  p.name = "simulated";
  p.magic = 0x6D735A46;
  p.address_prefix = "tfz";
  p.genesis_time = 1'800'000'000;
  const Uint256 base = Uint256::max().divide(Uint256(settings.tickets_per_block));
  p.genesis_bits = target_to_compact(base);
  p.limit_bits = settings.retarget ? 0x20100000 : p.genesis_bits;  // 2^252, the easiest that a network may allow
  p.retarget = settings.retarget;
  p.interval = settings.interval;
  p.half_life = settings.half_life;
  p.subsidy = 5'000'000'000;
  p.halving_interval = 210'000;
  p.maturity = settings.maturity;
  p.tasks = {small_task()};
  return p;
}

}  // namespace freezenet::sim
