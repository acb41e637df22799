#include "tests/sim/lottery_miner.h"

#include <algorithm>
#include <cmath>

#include "consensus/rules.h"

namespace freezenet::sim {
namespace {

/// Beyond this nothing is waited for: ten years.
constexpr double kForever = 3.2e8 * kMicrosPerSecond;

}  // namespace

LotteryMiner::LotteryMiner(EventQueue& clock, const Chain& chain, const XOnlyKey& key, const Machine& machine,
                           TimePolicy time, Random random, OnWin on_win)
    : clock_(clock),
      chain_(chain),
      key_(key),
      machine_(machine),
      time_(std::move(time)),
      random_(random),
      on_win_(std::move(on_win)) {
  nonce_ = random_.bits();
}

void LotteryMiner::set_enabled(bool on) {
  if (on == enabled_) return;
  enabled_ = on;
  restart();
}

void LotteryMiner::restart() {
  if (running_) end(false);
  if (enabled_) begin();
}

void LotteryMiner::begin() {
  const double ticket = std::min(1.0, machine_.tickets * chain_.next_target().to_double() * 0x1p-256);
  const double round = 1 - std::pow(1 - ticket, machine_.machines);
  const double rounds = random_.geometric(round);
  // A sum of so many segments: its mean, and a deviation that shrinks with the square root of their number.
  const double spread = std::max(0.1, 1 + machine_.jitter * random_.normal() / std::sqrt(rounds));
  segment_ = static_cast<double>(machine_.segment) * spread;
  started_ = clock_.now();
  running_ = true;
  const double wait = rounds * segment_;
  const std::uint64_t generation = ++generation_;
  if (wait > kForever) return;
  clock_.after(static_cast<Micros>(std::ceil(wait)), [this, generation] {
    if (generation == generation_) win();
  });
}

void LotteryMiner::end(bool won) {
  const auto elapsed = static_cast<double>(clock_.now() - started_);
  const double rounds = won ? std::round(elapsed / segment_) : std::floor(elapsed / segment_);
  work_.segments += rounds * machine_.machines;
  work_.trained += std::min(rounds * segment_, elapsed) * machine_.machines;
  work_.aborted += std::max(0.0, elapsed - rounds * segment_) * machine_.machines;
  running_ = false;
  ++generation_;
}

void LotteryMiner::win() {
  end(true);
  const Micros began = std::max(started_, clock_.now() - static_cast<Micros>(segment_));
  CandidateHeader candidate = chain_.candidate(key_, unix_seconds(began), nonce_++, Body{}.body_root());
  if (time_) {
    const std::uint64_t latest = unix_seconds(began) + max_seconds_ahead(chain_.params());
    candidate.time = time_(candidate.time, median_time_past(chain_.tip()) + 1, latest, random_);
  }
  on_win_(candidate);
  if (enabled_ && !running_) begin();
}

std::uint64_t LotteryMiner::unix_seconds(Micros time) const {
  return chain_.params().genesis_time + static_cast<std::uint64_t>(time / 1'000'000);
}

}  // namespace freezenet::sim
