#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "consensus/chain/store.h"
#include "daemon/storage/mempool_table.h"
#include "daemon/storage/transaction_index.h"

namespace freezenet::daemon {

class ChainTables;

/// The chain in one SQLite file: write-ahead log, synchronous=FULL, one transaction a change. Chain's thread only.
///
/// SQLite's own check finds a broken tree of pages, not a flipped bit inside a value; so each row carries a checksum
/// over its table, key and values, looked at on every read, and the tip that the file claims is compared with the rows
/// when it is opened. Memory: SQLite's page cache (8 MiB).
class SqliteChainStore final : public ChainStore, public MempoolStore {
 public:
  /// Opens or creates. kStorage, one line naming the file and what to do: damaged, of another program version, of
  /// another network, not readable, in use.
  static Result<std::unique_ptr<SqliteChainStore>> open(const std::filesystem::path& file, const Hash256& genesis);
  ~SqliteChainStore() override;

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
  Result<std::vector<KeptTransaction>> waiting(std::size_t& damaged) override;

  /// Verified blocks whose signed model has this root, oldest first. At most `limit`.
  Result<std::vector<Hash256>> blocks_with_model(const Hash256& model_root, std::size_t limit = 16);

 private:
  SqliteChainStore(std::unique_ptr<ChainTables> tables, std::uint64_t blocks);
  Result<> write(const ChainChange& change, std::uint64_t blocks);

  std::unique_ptr<ChainTables> tables_;
  std::uint64_t blocks_;  ///< rows in the table of blocks: the last seq
};

}  // namespace freezenet::daemon
