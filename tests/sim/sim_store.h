#pragma once

#include <unordered_map>

#include "consensus/chain/store.h"

namespace freezenet::sim {

/// The part of a store that a running chain reads: what connecting each block changed. Nothing restarts here.
class SimStore final : public ChainStore {
 public:
  Result<> commit(const ChainChange& change) override {
    for (const auto& connected : change.connected) undos_[connected.hash] = connected.undo;
    return {};
  }
  /// Nobody spends anything here, so that the bodies of blocks to be connected are all alike.
  Result<Body> body(const Hash256&) override { return Body{}; }
  Result<BlockUndo> undo(const Hash256& block) override {
    const auto found = undos_.find(block);
    if (found == undos_.end()) return reject(RejectCode::kStorage, "no undo");
    return found->second;
  }
  Result<Saved> load(const std::function<Result<>(const StoredBlock&)>&) override { return Saved{}; }

 private:
  std::unordered_map<Hash256, BlockUndo> undos_;
};

}  // namespace freezenet::sim
