#pragma once

#include <cstdint>

namespace freezenet::ownership {

/// log10 of P[X >= matches], X ~ Binomial(trials, chance), summed exactly in the logarithm: no normal approximation,
/// and no underflow where the probability is below 1e-308. 0 for matches = 0.
double log10_binomial_tail(std::uint64_t matches, std::uint64_t trials, double chance);

/// The fewest matches of which the tail is below 10^log10_limit; trials + 1 where even all are not enough.
std::uint64_t matches_needed(std::uint64_t trials, double chance, double log10_limit);

/// What was looked for and how often it was there.
struct Evidence {
  std::uint64_t matches = 0;
  std::uint64_t trials = 0;
  double chance = 0.5;  ///< of one match in a model without this watermark

  [[nodiscard]] double rate() const {
    return trials == 0 ? 0 : static_cast<double>(matches) / static_cast<double>(trials);
  }
  /// How likely so many matches or more are without the watermark, as a power of ten.
  [[nodiscard]] double log10_p() const { return log10_binomial_tail(matches, trials, chance); }
};

/// What a decision asks for where nobody says otherwise: once in a million.
inline constexpr double kLog10Limit = -6;

}  // namespace freezenet::ownership
