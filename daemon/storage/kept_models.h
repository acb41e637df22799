#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "consensus/chain/chain.h"
#include "daemon/storage/model_store.h"

namespace freezenet::daemon {

/// Which models stay on disk: those of every block that is not final yet, whatever branch it is on, and of every
/// `milestone`-th block of the active chain. A block is final here once `unfinal` blocks lie above it and as many were
/// verified after it; so a deep branch that is being replayed keeps its models too. Each block holds a reference to its
/// signed model and to the canonical model after it; a file goes when the last reference to it does. What is gone can
/// be computed again from the nearest model before it (ChainService does, for forks that deep).
///
/// The chain's thread only. Memory: two hashes for each block that is not final. A file that could not be removed is
/// tried again at the next start.
class KeptModels {
 public:
  struct Policy {
    std::uint64_t unfinal = 288;
    std::uint64_t milestone = 1000;
  };
  KeptModels(ModelStore& store, Policy policy) : store_(store), policy_(policy) {}

  /// References of a restored chain; every other file in the store is removed: what a crash or a refused block left.
  /// Returns how many. The genesis models are kept for ever, what pin() named as long as it is pinned.
  Result<std::size_t> restore(const Chain& chain);
  /// The block was verified (or computed again) and the active chain has moved: its models are referenced, those of
  /// blocks that became final may go.
  void add(const Chain& chain, const BlockEntry& block);
  /// Models that the replay of assumed blocks goes on from, in place of those that were pinned before.
  void pin(std::vector<Hash256> roots);
  /// A model that a replay left and no block refers to, such as one that was not adopted: removed.
  void discard(const Hash256& root);
  [[nodiscard]] bool has(const Hash256& root) const { return store_.contains(root); }

 private:
  void refer(const Hash256& root) { ++references_[root]; }
  void release(const Hash256& root, bool with_file);
  void hold(const BlockEntry& block);
  void let_go(const Chain& chain, bool with_file = true);

  ModelStore& store_;
  Policy policy_;
  std::deque<const BlockEntry*> recent_;  // verified blocks, the oldest verdict first; never dropped from the chain
  std::unordered_map<Hash256, std::size_t> references_;
  std::vector<Hash256> pinned_;
};

}  // namespace freezenet::daemon
