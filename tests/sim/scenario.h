#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/sim/settings.h"

namespace freezenet::sim {

/// What every scenario is given by the command line. 0 or empty: the scenario's own choice.
struct ScenarioOptions {
  std::uint64_t seed = 1;   ///< the first of `seeds`
  std::uint64_t seeds = 3;  ///< runs of each point, for the confidence intervals
  std::size_t nodes = 0;
  std::uint64_t blocks = 0;   ///< measured, after as many as the difficulty needs to settle
  std::vector<double> sweep;  ///< values of the parameter that the scenario varies
  std::ostream* csv = nullptr;
  std::function<void(const std::string&)> progress;  ///< called often; shows what it likes
};

/// Each writes its rows as CSV and returns one line for a person.
/// Stale blocks, work lost and fairness against segment time / interval.
std::string run_stale(const ScenarioOptions& options);
/// Selfish mining, by an attacker that is connected like everybody and by one that is connected to everybody.
std::string run_withhold(const ScenarioOptions& options);
/// Nobody mines for 30 days; difficulty afterwards, and what it would do on raw times.
std::string run_pause(const ScenarioOptions& options);
/// Two parts that do not see each other for an hour; also two that heal at equal work.
std::string run_partition(const ScenarioOptions& options);
/// A miner that writes false times into its headers.
std::string run_timestamps(const ScenarioOptions& options);

/// One line of CSV.
template <typename... Values>
void write_row(std::ostream& out, const Values&... values) {
  const char* separator = "";
  ((out << separator << values, separator = ","), ...);
  out << '\n';
}

}  // namespace freezenet::sim
