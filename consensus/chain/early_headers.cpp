#include "consensus/chain/early_headers.h"

#include <algorithm>
#include <iterator>

#include "consensus/rules.h"

namespace freezenet {
namespace {

std::uint64_t time_of(const EarlyHeaders::Held& held) { return held.header.candidate.time; }

}  // namespace

bool EarlyHeaders::hold(const SealedHeader& header, std::uint64_t source) {
  if (std::ranges::any_of(held_, [&](const Held& h) { return h.header == header; })) return true;
  const auto of_source = [&](const Held& h) { return h.source == source; };
  const bool source_is_full = std::ranges::count_if(held_, of_source) >= static_cast<std::ptrdiff_t>(kMaxOfOneSource);
  if (source_is_full || held_.size() >= kMax) {
    // A source gives up its own before others': who floods pushes out nobody else's block.
    const auto furthest =
        source_is_full ? std::ranges::find_if(held_.rbegin(), held_.rend(), of_source) : held_.rbegin();
    if (time_of(*furthest) <= header.candidate.time) return false;
    held_.erase(std::prev(furthest.base()));
  }
  const auto place = std::ranges::upper_bound(held_, header.candidate.time, {}, time_of);
  held_.insert(place, Held{header, source});
  return true;
}

std::vector<EarlyHeaders::Held> EarlyHeaders::due(std::uint64_t now) {
  const auto first_early =
      std::ranges::find_if(held_, [&](const Held& h) { return !check_clock(params_, h.header.candidate, now); });
  std::vector<Held> due(std::make_move_iterator(held_.begin()), std::make_move_iterator(first_early));
  held_.erase(held_.begin(), first_early);
  return due;
}

void EarlyHeaders::forget(std::uint64_t source) {
  std::erase_if(held_, [&](const Held& h) { return h.source == source; });
}

}  // namespace freezenet
