#include "training/replay_cache.h"

#include <algorithm>
#include <string>

#include "consensus/base/hex.h"

namespace freezenet::training {

Result<> ReplayCache::check(const Hash256& candidate, const SegmentClaim& claim) const {
  const auto it = by_candidate_.find(candidate);
  if (it == by_candidate_.end()) return {};
  const Known& known = entries_.at(it->second).known;
  const std::vector<Hash256>& digests = known.reached.digests;
  const auto [ours, theirs] = std::ranges::mismatch(digests, claim.digests);
  if (ours != digests.end()) {
    return reject(RejectCode::kWrongTrace, "step " + std::to_string(ours - digests.begin() + 1) + " of " +
                                               std::to_string(claim.digests.size()) + ": digest " + to_hex(*ours) +
                                               " by an earlier replay of this candidate");
  }
  if (known.ended_void) return tl::unexpected(*known.ended_void);
  if (known.model_root && *known.model_root != claim.model_root) {
    return reject(RejectCode::kWrongReplayedModel,
                  "model root " + to_hex(*known.model_root) + " by an earlier replay of this candidate");
  }
  return {};
}

const Segment::Checkpoint* ReplayCache::state_of(const Hash256& candidate) const {
  const auto it = by_candidate_.find(candidate);
  return it != by_candidate_.end() && with_state_.contains(it->second) ? &entries_.at(it->second).known.reached
                                                                       : nullptr;
}

void ReplayCache::learn(const Hash256& candidate, Known known) {
  const std::size_t steps = known.reached.digests.size();
  if (const auto it = by_candidate_.find(candidate); it != by_candidate_.end()) {
    if (it->second.first > steps) return;
    drop(it->second);
  }
  make_room(known);
  const Worth worth{steps, ++learned_};
  bytes_ += digest_bytes(known) + sizeof(Entry);
  state_bytes_ += state_bytes(known);
  if (known.has_state()) with_state_.insert(worth);
  by_candidate_.emplace(candidate, worth);
  entries_.emplace(worth, Entry{candidate, std::move(known)});
}

void ReplayCache::forget(const Hash256& candidate) {
  if (const auto it = by_candidate_.find(candidate); it != by_candidate_.end()) drop(it->second);
}

void ReplayCache::drop(const Worth& worth) {
  drop_state(worth);
  const auto entry = entries_.find(worth);
  bytes_ -= digest_bytes(entry->second.known) + sizeof(Entry);
  by_candidate_.erase(entry->second.candidate);
  entries_.erase(entry);
}

void ReplayCache::drop_state(const Worth& worth) {
  if (with_state_.erase(worth) == 0) return;
  Segment::Checkpoint& reached = entries_.at(worth).known.reached;
  state_bytes_ -= state_bytes(entries_.at(worth).known);
  // An empty braced list would keep the memory.
  reached.weights = std::vector<float>();
  reached.momentum = std::vector<float>();
}

std::size_t ReplayCache::state_capacity() const {
  std::size_t floats = 0;
  for (const auto& [worth, entry] : entries_) {
    floats += entry.known.reached.weights.capacity() + entry.known.reached.momentum.capacity();
  }
  return floats * sizeof(float);
}

void ReplayCache::make_room(const Known& incoming) {
  while (!entries_.empty() && bytes_ + digest_bytes(incoming) + sizeof(Entry) > kMaxBytes) {
    drop(Worth(entries_.begin()->first));
  }
  while (!with_state_.empty() && state_bytes_ + state_bytes(incoming) > kMaxStateBytes) {
    drop_state(Worth(*with_state_.begin()));
  }
}

}  // namespace freezenet::training
