#include "consensus/base/nearest_name.h"

#include <algorithm>
#include <vector>

namespace freezenet {

namespace {

constexpr std::size_t kLongestName = 64;

/// Edit distance in which a swap of two neighbours is one edit ("optimal string alignment"). Three rows suffice.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.size() > kLongestName) return {};
  std::string_view best;
  // Half of the letters wrong is no typing error any more.
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 2);
  for (const std::string_view candidate : candidates) {
    const std::size_t edits = distance(name, candidate);
    if (edits < best_distance) {
      best_distance = edits;
      best = candidate;
    }
  }
  // An abbreviation, or a name with something behind it, is far by letters and near to a reader.
  if (best.empty() && name.size() >= 3) {
    for (const std::string_view candidate : candidates) {
      if (candidate.starts_with(name) || name.starts_with(candidate)) return candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates, std::string_view what) {
  const std::string_view nearest = nearest_name(name, candidates);
  if (nearest.empty()) return {};
  return "; did you mean " + std::string(what) + std::string(nearest) + "?";
}

}  // namespace freezenet
