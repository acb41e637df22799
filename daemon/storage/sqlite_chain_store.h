#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "consensus/chain/store.h"

namespace freezenet::daemon {

class ChainTables;

/// The chain in one SQLite file: write-ahead log, synchronous=FULL, one transaction a change. Chain's thread only.
///
/// SQLite's own check finds a broken tree of pages, not a flipped bit inside a value; so each row carries a checksum
/// over its table, key and values, looked at on every read, and the tip that the file claims is compared with the rows
/// when it is opened. Memory: SQLite's page cache (8 MiB).
class SqliteChainStore final : public ChainStore {
 public:
  /// Opens or creates. kStorage, one line naming the file and what to do: damaged, of another program version, of
  /// another network, not readable, in use.
  static Result<std::unique_ptr<SqliteChainStore>> open(const std::filesystem::path& file, const Hash256& genesis);
  ~SqliteChainStore() override;

  Result<> commit(const ChainChange& change) override;
  Result<Body> body(const Hash256& block) override;
  Result<BlockUndo> undo(const Hash256& block) override;
  Result<Saved> load() override;

  /// Verified blocks whose signed model has this root, oldest first. At most `limit`.
  Result<std::vector<Hash256>> blocks_with_model(const Hash256& model_root, std::size_t limit = 16);

 private:
  SqliteChainStore(std::unique_ptr<ChainTables> tables, std::uint64_t blocks);
  Result<> write(const ChainChange& change, std::uint64_t blocks);

  std::unique_ptr<ChainTables> tables_;
  std::uint64_t blocks_;  ///< rows in the table of blocks: the last seq
};

}  // namespace freezenet::daemon
