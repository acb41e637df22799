#include "net/block_claims.h"

#include <algorithm>

namespace freezenet::net {

void BlockClaims::join(PeerId peer) {
  const std::lock_guard lock(mutex_);
  credit_.try_emplace(peer, 0);
}

bool BlockClaims::leave(PeerId peer) {
  const std::lock_guard lock(mutex_);
  credit_.erase(peer);
  for (auto& [block, missing] : missing_) missing.peers.erase(peer);
  const auto claim = claims_.find(peer);
  const bool awaited = claim != claims_.end() && claim->second.awaited;
  claims_.erase(peer);
  return awaited;
}

bool BlockClaims::proven(PeerId peer) const {
  const auto found = credit_.find(peer);
  return found != credit_.end() && found->second > 0;
}

Clock::time_point BlockClaims::kept_until(PeerId owner, const Claim& claim, PeerId other) const {
  if (claim.held) return Clock::time_point::max();
  const auto pace = [&](Millis patience, std::uint64_t rate) {
    return claim.since + patience + Millis(claim.bytes * 1000 / std::max<std::uint64_t>(rate, 1));
  };
  if (!proven(other)) return pace(limits_.block_share, limits_.min_block_rate);
  // A moment also for who has shown nothing: most often it is honest, and the block is under way.
  return pace(proven(owner) ? limits_.block_share : limits_.block_share / 8, limits_.proven_block_rate);
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
  Clock::time_point free = now;
  for (auto& [owner, claim] : claims_) {
    if (owner == peer || claim.block != block.hash) continue;
    claim.awaited = true;
    free = std::max(free, kept_until(owner, claim, peer));
  }
  if (free > now) {
    answer.again = free;
    return answer;
  }
  for (const auto& [owner, claim] : claims_) {
    if (owner != peer && claim.block == block.hash && proven(owner)) credit_[owner] = 1 - kTrials;  // it stalled
  }
  // Whoever waited for what this peer held before is still to be told.
  const auto former = claims_.find(peer);
  const bool awaited = former != claims_.end() && former->second.awaited;
  claims_[peer] = Claim{block.hash, now, 0, false};
  claims_[peer].awaited = awaited;
  answer.granted = true;
  return answer;
}

BlockClaims::Claim* BlockClaims::find(const Hash256& block, PeerId peer) {
  const auto found = claims_.find(peer);
  return found != claims_.end() && found->second.block == block ? &found->second : nullptr;
}

bool BlockClaims::owns(const Hash256& block, PeerId peer) const {
  const std::lock_guard lock(mutex_);
  const auto found = claims_.find(peer);
  return found != claims_.end() && found->second.block == block;
}

void BlockClaims::progress(const Hash256& block, PeerId peer, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (Claim* claim = find(block, peer)) claim->bytes += bytes;
}

void BlockClaims::hold(const Hash256& block, PeerId peer) {
  const std::lock_guard lock(mutex_);
  if (Claim* own = find(block, peer)) own->held = true;
}

bool BlockClaims::release(const Hash256& block, PeerId peer) {
  const std::lock_guard lock(mutex_);
  const Claim* own = find(block, peer);
  const bool awaited = own != nullptr && own->awaited;
  if (own != nullptr) claims_.erase(peer);
  return awaited;
}

bool BlockClaims::delivered(const Hash256& block, PeerId peer) {
  const std::lock_guard lock(mutex_);
  if (const auto known = credit_.find(peer); known != credit_.end()) known->second = std::min(known->second + 1, 1);
  bool awaited = false;
  std::erase_if(claims_, [&](const auto& item) {
    if (item.second.block != block) return false;
    awaited = awaited || item.second.awaited || item.first != peer;
    return true;
  });
  return awaited;
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
  return std::all_of(credit_.begin(), credit_.end(),
                     [&](const auto& peer) { return missing.peers.contains(peer.first); });
}

std::size_t BlockClaims::size() const {
  const std::lock_guard lock(mutex_);
  return claims_.size();
}

}  // namespace freezenet::net
