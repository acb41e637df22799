#pragma once

#include <algorithm>

#include "consensus/chain/store.h"
#include "consensus/crypto/sha256.h"

namespace freezenet::daemon::test {

/// A hash that means nothing but `n`.
inline Hash256 hash_of(std::uint64_t n) { return sha256(Writer().integer(n).data()); }

inline XOnlyKey key_of(std::uint64_t n) { return XOnlyKey{hash_of(n).bytes}; }

/// A block in form only: the store does not ask whether work was done.
inline StoredBlock block_after(const Hash256& parent, std::uint64_t n) {
  StoredBlock block;
  CandidateHeader& c = block.header.candidate;
  c.prev_block = parent;
  c.nonce = n;
  c.time = 1'800'000'000 + n;
  c.miner_key = key_of(n);
  block.header.trace_root = hash_of(1000 + n);
  block.header.model_root = hash_of(2000 + n);
  for (std::uint64_t i = 0; i < 4; ++i) block.body.digests.push_back(hash_of(3000 + 10 * n + i));
  block.body.transactions.push_back(
      {c.miner_key, n, 1'000, Claim{hash_of(6000 + n), ClaimScheme::kGradSigns, hash_of(n)}, {}});
  block.outcome = {hash_of(4000 + n), static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(n + 1), n % 2 == 0};
  block.completed = n;
  return block;
}

/// What connecting `block` at `height` does to a store: its miner's account appears, with a balance and nonce of 64
/// used bits, and the claim that it makes.
inline ChainChange connect(const StoredBlock& block, std::uint64_t height) {
  ChainChange change;
  change.verified = block;
  change.tip = block.header.block_hash();
  change.tip_height = height;
  change.state_hash = hash_of(5000 + height);
  BlockUndo undo;
  undo.entries.push_back({block.header.candidate.miner_key, std::nullopt});
  undo.entries.push_back({key_of(77), Account{height, ~height}});
  std::ranges::sort(undo.entries, {}, &BlockUndo::Entry::key);
  change.connected.push_back({change.tip, height, undo, block.body.transactions});
  const Transaction& made = block.body.transactions.front();
  change.claims_below = height - 1;
  change.claims = {{std::get<Claim>(made.action), made.from, height, made.id()}};
  change.accounts.push_back({block.header.candidate.miner_key, Account{~std::uint64_t{0} - height, height}});
  return change;
}

/// All that a store gives back at once.
struct Loaded : ChainStore::Saved {
  std::vector<StoredBlock> blocks;
};
inline Result<Loaded> load_all(ChainStore& store) {
  Loaded loaded;
  auto saved = store.load([&](const StoredBlock& block) -> Result<> {
    loaded.blocks.push_back(block);
    return {};
  });
  if (!saved) return tl::unexpected(saved.error());
  static_cast<ChainStore::Saved&>(loaded) = *std::move(saved);
  return loaded;
}

}  // namespace freezenet::daemon::test
