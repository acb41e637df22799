#pragma once

#include <map>
#include <unordered_map>

#include "consensus/chain/store.h"

namespace freezenet {

/// A ChainStore that keeps everything in memory, and fails when a test wants it to.
class MemoryStore final : public ChainStore {
 public:
  Result<> commit(const ChainChange& change) override {
    if (fail_next) {
      fail_next = false;
      return reject(RejectCode::kStorage, "told to fail");
    }
    ++commits;
    if (change.verified) blocks.push_back(*change.verified);
    if (change.confirmed) {
      for (StoredBlock& b : blocks) {
        if (b.header.block_hash() == change.confirmed->hash) b.outcome = change.confirmed->outcome;
      }
    }
    for (const auto& connected : change.connected) undos[connected.hash] = connected.undo;
    for (const auto& row : change.accounts) {
      if (row.account) {
        accounts[row.key] = *row.account;
      } else {
        accounts.erase(row.key);
      }
    }
    claims.resize(change.claims_below);
    claims.insert(claims.end(), change.claims.begin(), change.claims.end());
    if (change.set_aside) saved.set_aside = *change.set_aside;
    saved.tip = change.tip;
    saved.state_hash = change.state_hash;
    return {};
  }
  Result<Body> body(const Hash256& block) override {
    for (const StoredBlock& b : blocks) {
      if (b.header.block_hash() == block) return b.body;
    }
    return reject(RejectCode::kNotFound);
  }
  Result<BlockUndo> undo(const Hash256& block) override {
    const auto it = undos.find(block);
    if (it == undos.end()) return reject(RejectCode::kStorage, "no undo");
    return it->second;
  }
  Result<Saved> load(const std::function<Result<>(const StoredBlock&)>& visit) override {
    for (const StoredBlock& b : blocks) {
      if (auto visited = visit(b); !visited) return tl::unexpected(visited.error());
    }
    Saved all = saved;
    all.claims = claims;
    for (const auto& [key, account] : accounts) all.accounts.push_back({key, account});
    return all;
  }

  bool fail_next = false;
  int commits = 0;
  Saved saved;
  std::vector<StoredBlock> blocks;
  std::vector<ClaimRecord> claims;
  std::map<XOnlyKey, Account> accounts;
  std::unordered_map<Hash256, BlockUndo> undos;
};

}  // namespace freezenet
