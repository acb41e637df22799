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
    if (change.verified) saved.blocks.push_back(*change.verified);
    for (const auto& connected : change.connected) undos[connected.hash] = connected.undo;
    for (const auto& row : change.accounts) {
      if (row.account) {
        accounts[row.key] = *row.account;
      } else {
        accounts.erase(row.key);
      }
    }
    saved.tip = change.tip;
    saved.state_hash = change.state_hash;
    return {};
  }
  Result<Body> body(const Hash256& block) override {
    for (const StoredBlock& b : saved.blocks) {
      if (b.header.block_hash() == block) return b.body;
    }
    return reject(RejectCode::kNotFound);
  }
  Result<BlockUndo> undo(const Hash256& block) override {
    const auto it = undos.find(block);
    if (it == undos.end()) return reject(RejectCode::kStorage, "no undo");
    return it->second;
  }
  Result<Saved> load() override {
    Saved all = saved;
    for (const auto& [key, account] : accounts) all.accounts.push_back({key, account});
    return all;
  }

  bool fail_next = false;
  int commits = 0;
  Saved saved;
  std::map<XOnlyKey, Account> accounts;
  std::unordered_map<Hash256, BlockUndo> undos;
};

}  // namespace freezenet
