#include "training/replay_share.h"

#include <limits>

namespace freezenet::training {
namespace {

double value_of(const std::unordered_map<std::uint64_t, double>& used, std::uint64_t key) {
  const auto it = used.find(key);
  return it == used.end() ? 0 : it->second;
}

}  // namespace

ReplayShare::Used ReplayShare::of(const ProofSource& source) const {
  if (source.background) return {std::numeric_limits<double>::infinity(), 0, 0};
  // Outbound peers are few and chosen: their networks say nothing.
  if (source.outbound) return {outbound_, 0, value_of(peers_, source.peer)};
  return {inbound_, value_of(groups_, source.group), value_of(peers_, source.peer)};
}

void ReplayShare::add(const ProofSource& source, double milliseconds) {
  if (source.background) return;
  // Under a flood that never pauses, sources would add up without end; then all begin anew.
  if (peers_.size() >= kMaxSources) clear();
  (source.outbound ? outbound_ : inbound_) += milliseconds;
  if (!source.outbound) groups_[source.group] += milliseconds;
  peers_[source.peer] += milliseconds;
}

void ReplayShare::clear() { *this = {}; }

}  // namespace freezenet::training
