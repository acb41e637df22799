#include "tests/bench/paired.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace freezenet::bench {
namespace {

/// Median of a sorted list, or of one of its halves.
double middle(std::span<const double> sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

void run_for(const Call& call, double seconds) {
  const double start = now();
  do call();
  while (now() - start < seconds);
}

/// So many calls that a run takes effort.seconds.
std::size_t calls_in_a_run(const Call& call, const Effort& effort) {
  run_for(call, effort.warm_up);
  std::size_t calls = 0;
  const double start = now();
  double taken = 0;
  do {
    call();
    ++calls;
    taken = now() - start;
  } while (taken < effort.seconds);
  return calls;
}

/// Seconds of one call, the mean of a run.
double run(const Call& call, std::size_t calls, const Effort& effort) {
  run_for(call, effort.warm_up);
  const double start = now();
  for (std::size_t i = 0; i < calls; ++i) call();
  return (now() - start) / static_cast<double>(calls);
}

}  // namespace

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::span<const double> all(values);
  const std::size_t half = (values.size() + 1) / 2;
  return {middle(all), middle(all.first(half)), middle(all.last(half))};
}

Paired compare(const Call& ours, std::span<const Call> theirs, const Effort& effort) {
  const std::size_t our_calls = calls_in_a_run(ours, effort);
  std::vector<std::size_t> their_calls;
  for (const Call& call : theirs) their_calls.push_back(calls_in_a_run(call, effort));

  std::vector<double> our_times;
  std::vector<std::vector<double>> their_times(theirs.size());
  for (unsigned pair = 0; pair < effort.pairs; ++pair) {
    if (pair % 2 == 0) our_times.push_back(run(ours, our_calls, effort));
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const std::size_t which = pair % 2 == 0 ? i : theirs.size() - 1 - i;
      their_times[which].push_back(run(theirs[which], their_calls[which], effort));
    }
    if (pair % 2 == 1) our_times.push_back(run(ours, our_calls, effort));
  }

  Paired result;
  result.ours = spread_of(our_times).median;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const double median = spread_of(their_times[i]).median;
    if (i != 0 && median >= result.theirs) continue;
    result.theirs = median;
    result.which = i;
  }
  std::vector<double> ratios;
  for (std::size_t i = 0; i < our_times.size(); ++i) ratios.push_back(their_times[result.which][i] / our_times[i]);
  result.ratio = spread_of(ratios);
  return result;
}

Paired compare(const Call& ours, const Call& theirs, const Effort& effort) {
  return compare(ours, std::span(&theirs, 1), effort);
}

}  // namespace freezenet::bench
