#pragma once

#include <span>

#include "consensus/transaction.h"
#include "daemon/storage/sqlite.h"

namespace freezenet::daemon {

/// A transaction that waits for its block, as it was kept.
struct KeptTransaction {
  Transaction transaction;
  std::uint64_t received = 0;  ///< Unix seconds
  bool local = false;          ///< of this node's user: announced again until it is in a block
};

/// Where waiting transactions are kept over a restart.
class MempoolStore {
 public:
  virtual ~MempoolStore() = default;
  /// Durable on return: `added` are kept, `removed` need not be any longer.
  virtual Result<> keep_waiting(std::span<const KeptTransaction> added, std::span<const Hash256> removed) = 0;
  /// As they were kept. `damaged`: rows that could not be read, which are left out.
  virtual Result<std::vector<KeptTransaction>> waiting(std::size_t& damaged) = 0;
};

/// Transactions that wait, over a restart: rows id, received, local, data, checksum. Part of ChainTables.
class MempoolTable {
 public:
  static constexpr const char* kCreate =
      "CREATE TABLE mempool(id BLOB PRIMARY KEY, received INTEGER NOT NULL, local INTEGER NOT NULL, data BLOB NOT "
      "NULL, "
      "checksum BLOB NOT NULL) WITHOUT ROWID;";

  Result<> prepare(const Database& database);
  Result<> put(const KeptTransaction& kept);
  Result<> remove(const Hash256& id);
  /// Appends to `kept`. What a disk changed is left out, and counted in `damaged`: the sender has it still, or sends it
  /// again. After an error `kept` has what stood before the page that could not be read.
  Result<> load(std::vector<KeptTransaction>& kept, std::size_t& damaged);

 private:
  Statement put_, remove_, all_;
};

}  // namespace freezenet::daemon
