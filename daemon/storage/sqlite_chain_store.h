#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "consensus/chain/store.h"
#include "daemon/storage/mempool_table.h"
#include "daemon/storage/tip_mark.h"
#include "daemon/storage/transaction_index.h"

namespace freezenet::daemon {

class ChainTables;

/// The chain in one SQLite file: write-ahead log, synchronous=FULL, one transaction a change. Chain's thread only.
///
/// SQLite's own check finds a broken tree of pages, not a flipped bit inside a value; so each row carries a checksum
/// over its table, key and values, looked at on every read, and the tip that the file claims is compared with the rows
/// when it is opened. A mark beside the file (TipMark) tells where the file has lost what it had acknowledged.
///
/// A commit that fails for want of room may be tried again. After any other failure nothing more is taken: what the
/// disk says it keeps can no longer be believed in this run. Memory: SQLite's page cache (8 MiB).
class SqliteChainStore final : public ChainStore, public MempoolStore {
 public:
  /// Opens or creates. kStorage, one line naming the file and what to do: damaged, of another program version, of
  /// another network, not readable, in use.
  static Result<std::unique_ptr<SqliteChainStore>> open(const std::filesystem::path& file, const Hash256& genesis);
  /// What is in the file now, to read it on another thread while this node goes on; commit() fails.
  static Result<std::unique_ptr<SqliteChainStore>> open_snapshot(const std::filesystem::path& file,
                                                                 const Hash256& genesis);
  /// For a file that counts for nothing before finish(): commits are not synced.
  static Result<std::unique_ptr<SqliteChainStore>> open_unsynced(const std::filesystem::path& file,
                                                                 const Hash256& genesis);
  ~SqliteChainStore() override;
  /// Everything is in the one file, synced. The last call but the destructor.
  Result<> finish();

  Result<> commit(const ChainChange& change) override;
  Result<Body> body(const Hash256& block) override;
  Result<BlockUndo> undo(const Hash256& block) override;
  Result<Saved> load(const std::function<Result<>(const StoredBlock&)>& visit) override;

  /// Where a transaction of the active chain is.
  Result<std::optional<TransactionPlace>> find_transaction(const Hash256& id);
  /// Transactions of the active chain that an account sent or received, newest first.
  Result<std::vector<TransactionPlace>> transactions_of(const XOnlyKey& account, std::size_t skip, std::size_t count);

  // MempoolStore
  Result<> keep_waiting(std::span<const KeptTransaction> added, std::span<const Hash256> removed) override;
  Result<> keep_only(std::span<const KeptTransaction> waiting) override;
  Result<WaitingTransactions> waiting() override;

  /// Verified blocks whose signed model has this root, oldest first. At most `limit`.
  Result<std::vector<Hash256>> blocks_with_model(const Hash256& model_root, std::size_t limit = 16);

 private:
  SqliteChainStore(std::unique_ptr<ChainTables> tables, std::uint64_t blocks, const WaitingCount& waiting);
  static Result<std::unique_ptr<SqliteChainStore>> over(Result<std::unique_ptr<ChainTables>> tables);
  /// write(), and the log is folded in where that is due, unless a write failed before; a failure other than a full
  /// disk is the last one.
  template <typename Write>
  Result<> latched(Write write);
  Result<> try_commit(const ChainChange& change, std::uint64_t blocks);
  template <typename Change>
  Result<> change_waiting(Change change);
  void mark();
  Result<> write(const ChainChange& change, std::uint64_t blocks);

  std::unique_ptr<ChainTables> tables_;
  std::uint64_t blocks_;  ///< rows in the table of blocks: the last seq
  WaitingCount waiting_;
  std::uint64_t marked_transactions_ = 0;  ///< what the mark said when the file was opened
  std::optional<TipMark> mark_;
  std::optional<Reject> failed_;  ///< nothing is taken any more
};

}  // namespace freezenet::daemon
