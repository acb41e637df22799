// What Chain answers without changing: candidates for miners, models after a block, figures, and where two chains part.

#include <algorithm>

#include "consensus/chain/ancestry.h"
#include "consensus/chain/chain.h"
#include "consensus/crypto/sha256.h"
#include "consensus/rules.h"

namespace freezenet {

CandidateHeader Chain::candidate(const XOnlyKey& miner, std::uint64_t now, std::uint64_t nonce,
                                 const Hash256& body_root) const {
  const std::size_t task = params_.task_index(tip().height + 1);
  CandidateHeader c;
  c.prev_block = tip().hash;
  c.body_root = body_root;
  c.task_id = task_ids_[task];
  c.start_root = canonical_root(tip(), task);
  c.miner_key = miner;
  c.time = std::max(now, median_time_past(tip()) + 1);
  c.bits = next_bits(params_, tip());
  c.nonce = nonce;
  return c;
}

const BlockEntry* Chain::last_of_task(const BlockEntry& after, std::size_t task) const {
  const BlockEntry* e = &after;
  while (e->height > 0 && params_.task_index(e->height) != task) e = e->parent;
  return e->height > 0 ? e : nullptr;
}

Hash256 Chain::canonical_root(const BlockEntry& after, std::size_t task) const {
  const BlockEntry* e = last_of_task(after, task);
  return e == nullptr ? genesis_roots_[task] : e->outcome->canonical_root;
}

std::optional<std::uint32_t> Chain::canonical_score(const BlockEntry& after, std::size_t task) const {
  const BlockEntry* e = last_of_task(after, task);
  return e == nullptr ? std::nullopt : std::optional(e->outcome->canonical_score);
}

Uint256 Chain::target_of(const BlockEntry& entry) const {
  return ticket_target(params_.tasks[params_.task_index(entry.height)], entry.header.candidate.bits);
}

Uint256 Chain::next_target() const {
  return ticket_target(params_.tasks[params_.task_index(tip().height + 1)], next_bits(params_, tip()));
}

std::uint32_t Chain::useful_fraction_ppm(std::uint64_t blocks) const {
  const BlockEntry& from = *active_[tip().height - std::min(blocks, tip().height)];
  const Uint256 spent = tip().total_spent_steps.saturating_sub(from.total_spent_steps);
  if (spent.is_zero()) return 0;
  const Uint256 adopted(tip().total_adopted_steps - from.total_adopted_steps);
  return static_cast<std::uint32_t>(adopted.saturating_mul_div(1'000'000, 1).divide(spent).low64());
}

std::uint64_t Chain::immature_balance(const XOnlyKey& key) const {
  std::uint64_t sum = 0;
  const BlockEntry* e = &tip();
  for (std::uint32_t i = 0; i < params_.maturity && e->height > 0; ++i, e = e->parent) {
    if (e->header.candidate.miner_key == key) sum += params_.subsidy_at(e->height) + e->fees;
  }
  return sum;
}

Hash256 Chain::state_hash_of(const BlockEntry& at, const Hash256& accounts, const Hash256& claims) const {
  Writer out;
  out.hash(at.hash).hash(accounts).hash(claims);
  for (std::size_t task = 0; task < params_.tasks.size(); ++task) out.hash(canonical_root(at, task));
  return tagged_hash("FreezeNet/state", out.data());
}

std::vector<Hash256> Chain::locator(const BlockEntry& from) const {
  std::vector<Hash256> hashes;
  std::uint64_t step = 1;
  const BlockEntry* e = &from;
  while (e->height > 0) {
    hashes.push_back(e->hash);
    if (hashes.size() >= 10) step *= 2;
    const std::uint64_t next = e->height - std::min(step, e->height);
    e = is_active(*e) ? at_height(next) : &ancestor(*e, next);
  }
  hashes.push_back(e->hash);
  return hashes;
}

const BlockEntry& Chain::fork_point(std::span<const Hash256> locator) const {
  for (const Hash256& hash : locator) {
    const BlockEntry* e = find(hash);
    if (e != nullptr && is_active(*e)) return *e;
  }
  return genesis();
}

}  // namespace freezenet
