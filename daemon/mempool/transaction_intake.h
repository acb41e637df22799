#pragma once

#include <deque>
#include <functional>
#include <unordered_set>

#include "consensus/chain/chain.h"
#include "daemon/clock.h"
#include "daemon/mempool/mempool.h"
#include "daemon/storage/mempool_table.h"

namespace freezenet::daemon {

/// The mempool beside the chain: keeps it in step with the active chain and on disk, and makes of it what the next
/// block holds. The chain's thread only.
///
/// A transaction of this node's user is durable before it is acknowledged. Those of peers are written with the next
/// change of the chain: whoever sent them has them still.
class TransactionIntake {
 public:
  TransactionIntake(const Chain& chain, ChainStore& blocks, MempoolStore& store, const Clock& clock,
                    const Mempool::Limits& limits)
      : chain_(chain), blocks_(blocks), store_(store), clock_(clock), pool_(limits) {}

  /// What waited when the node stopped, as far as the chain still allows it. `lost` is told, in a line each, what of
  /// the user's waits where nobody sees it, and what a disk has changed, which is not kept any longer then.
  Result<> restore(const std::function<void(const std::string&)>& lost);
  /// The signature was checked. kStorage: it is not acknowledged.
  Result<> add(const Transaction& transaction, bool local);
  /// The active chain has moved. kStorage where a block could not be read or the changes not be written.
  Result<> follow(const ChainUpdate& update);
  /// Writes what is not written yet.
  Result<> flush();

  /// What the next block holds: most fees first, as much as fits beside its digests.
  struct Selection {
    std::vector<Transaction> transactions;
    Hash256 body_root;
    std::uint64_t fees = 0;
  };
  const Selection& selection();

  /// It waits here, or was refused a moment ago: nothing to fetch from a peer.
  [[nodiscard]] bool knows(const Hash256& id) const { return pool_.find(id) != nullptr || refused_.contains(id); }
  [[nodiscard]] const Mempool& pool() const { return pool_; }

 private:
  /// What is refused by fee or ledger would be fetched again from every peer that has it. Forgotten with the next
  /// change of the chain, which may make it right.
  static constexpr std::size_t kMaxRefused = 10'000;

  /// The newest of the user's that are in a block, for when that block leaves the chain. A restart forgets them: what a
  /// reorganisation frees after it waits like a peer's.
  static constexpr std::size_t kMaxOwn = 10'000;

  /// Before the pool hears of the block: whether it waited as the user's own.
  void note_paid(const Hash256& id);
  void note_removed(const Mempool::Removed& removed);
  /// The user may think that they are lost, too: nobody is shown them.
  [[nodiscard]] std::string what_waits_for_others() const;
  /// The user's own, which the ledger does not allow yet: after a repair the chain may have to be fetched up to it.
  [[nodiscard]] bool may_come(const KeptTransaction& kept) const;
  /// Enters what has become possible, and lets go of what never will be.
  void retry_early();

  const Chain& chain_;
  ChainStore& blocks_;
  MempoolStore& store_;
  const Clock& clock_;
  Mempool pool_;
  std::vector<Hash256> unwritten_;        // entered the pool, not the disk
  std::vector<Hash256> removed_on_disk_;  // left the pool, not the disk
  std::vector<KeptTransaction> early_;    // on the disk, and not in the pool; in order of nonce
  std::unordered_set<Hash256> refused_;
  std::unordered_set<Hash256> own_;  // in a block, and the user's
  std::deque<Hash256> own_order_;    // the same, oldest first
  Selection selection_;
  std::uint64_t selected_version_ = ~std::uint64_t{0};
  const BlockEntry* selected_on_ = nullptr;
};

}  // namespace freezenet::daemon
