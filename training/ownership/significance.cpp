#include "training/ownership/significance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace freezenet::ownership {

double log10_binomial_tail(std::uint64_t matches, std::uint64_t trials, double chance) {
  if (matches == 0) return 0;
  if (matches > trials || chance <= 0) return -std::numeric_limits<double>::infinity();
  if (chance >= 1) return 0;
  const auto n = static_cast<double>(trials);
  // The logarithm of each term, then their sum relative to the largest.
  const auto log_term = [&](std::uint64_t k) {
    const auto x = static_cast<double>(k);
    return std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + x * std::log(chance) +
           (n - x) * std::log1p(-chance);
  };
  double largest = -std::numeric_limits<double>::infinity();
  for (std::uint64_t k = matches; k <= trials; ++k) largest = std::max(largest, log_term(k));
  double sum = 0;
  for (std::uint64_t k = matches; k <= trials; ++k) sum += std::exp(log_term(k) - largest);
  return std::min(0.0, (largest + std::log(sum)) / std::log(10.0));
}

std::uint64_t matches_needed(std::uint64_t trials, double chance, double log10_limit) {
  std::uint64_t enough = trials + 1;  // the tail falls with every match
  for (std::uint64_t low = 0; low < enough;) {
    const std::uint64_t middle = low + (enough - low) / 2;
    if (middle <= trials && log10_binomial_tail(middle, trials, chance) >= log10_limit) {
      low = middle + 1;
    } else {
      enough = middle;
    }
  }
  return enough;
}

}  // namespace freezenet::ownership
