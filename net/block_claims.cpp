#include "net/block_claims.h"

#include <algorithm>

namespace freezenet::net {

void BlockClaims::join(PeerId peer) {
  const std::lock_guard lock(mutex_);
  peers_.insert(peer);
}

bool BlockClaims::leave(PeerId peer) {
  const std::lock_guard lock(mutex_);
  peers_.erase(peer);
  return std::erase_if(claims_, [&](const auto& item) { return item.second.peer == peer; }) != 0;
}

BlockClaims::Answer BlockClaims::take(const WantedBlock& block, PeerId peer, bool models, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Answer answer;
  const auto missing = missing_.find(block.hash);
  answer.derive = !models;
  if (models && missing != missing_.end() && missing->second.peers.contains(peer)) {
    // Those who do not have the model leave the block to those who may, for a while.
    answer.derive = may_derive(missing->second, now);
    if (!answer.derive) {
      answer.again = missing->second.since + limits_.model_patience;
      return answer;
    }
  }
  const auto found = claims_.find(block.hash);
  if (found != claims_.end() && found->second.deadline > now) {
    answer.again = found->second.deadline;
    return answer;
  }
  if (found == claims_.end() && claims_.size() >= limits_.window) {
    for (const auto& [hash, claim] : claims_) answer.again = std::min(answer.again, claim.deadline);
    // A full table whose claims ran out makes room: their owners notice by owns().
    std::erase_if(claims_, [&](const auto& item) { return item.second.deadline <= now; });
    if (claims_.size() >= limits_.window) return answer;
  }
  const auto transfer = Millis(block.model_bytes * 1000 / std::max<std::uint64_t>(limits_.min_block_rate, 1));
  const unsigned patience = found == claims_.end() ? 1 : std::min(2 * found->second.patience, kMostPatience);
  claims_[block.hash] = Claim{peer, now + (limits_.block_timeout + transfer) * patience, patience};
  answer.granted = true;
  return answer;
}

bool BlockClaims::owns(const Hash256& block, PeerId peer) const {
  const std::lock_guard lock(mutex_);
  const auto found = claims_.find(block);
  return found != claims_.end() && found->second.peer == peer;
}

void BlockClaims::hold(const Hash256& block, PeerId peer) {
  const std::lock_guard lock(mutex_);
  const auto found = claims_.find(block);
  if (found != claims_.end() && found->second.peer == peer) found->second.deadline = Clock::time_point::max();
}

void BlockClaims::release(const Hash256& block, PeerId peer) {
  const std::lock_guard lock(mutex_);
  const auto found = claims_.find(block);
  if (found != claims_.end() && found->second.peer == peer) claims_.erase(found);
}

bool BlockClaims::model_missing(const Hash256& block, PeerId peer, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!missing_.contains(block) && missing_.size() >= kMaxNotes) {
    missing_.erase(std::min_element(missing_.begin(), missing_.end(),
                                    [](const auto& a, const auto& b) { return a.second.since < b.second.since; }));
  }
  Missing& missing = missing_.try_emplace(block, Missing{{}, now}).first->second;
  missing.peers.insert(peer);
  return may_derive(missing, now);
}

bool BlockClaims::may_derive(const Missing& missing, Clock::time_point now) const {
  if (now >= missing.since + limits_.model_patience) return true;
  return std::all_of(peers_.begin(), peers_.end(), [&](PeerId peer) { return missing.peers.contains(peer); });
}

std::size_t BlockClaims::size() const {
  const std::lock_guard lock(mutex_);
  return claims_.size();
}

}  // namespace freezenet::net
