#pragma once

#include <span>
#include <string>

#include "consensus/transaction.h"
#include "daemon/storage/chain_rows.h"

namespace freezenet::daemon {

/// A transaction that waits for its block, as it was kept.
struct KeptTransaction {
  Transaction transaction;
  std::uint64_t received = 0;  ///< Unix seconds
  bool local = false;          ///< of this node's user: announced again until it is in a block
};

/// What a store has of the transactions that were kept in it, and what a disk did to the rest.
struct WaitingTransactions {
  std::vector<KeptTransaction> kept;
  /// The row is damaged, the transaction in it is whole: its id says so. When it came and whose it is, nobody knows.
  std::vector<Transaction> mended;
  std::vector<std::string> lost;  ///< ids, as far as that can be said, of rows that cannot be read
  std::uint64_t missing = 0;      ///< rows that are not there at all
  std::uint64_t cut_off = 0;      ///< of the user's, acknowledged after what the database ends with
  bool unknown = false;           ///< more may be missing than these numbers say

  /// Looks what is missing of what there should be; `acknowledged` by the mark beside the database.
  void compare(const WaitingCount& count, std::uint64_t acknowledged);
  [[nodiscard]] bool sound() const {
    return mended.empty() && lost.empty() && missing == 0 && cut_off == 0 && !unknown;
  }
  /// What is left, with `now` for what came nobody knows when; as the user's, which is kept longest.
  [[nodiscard]] std::vector<KeptTransaction> all(std::uint64_t now) const;
  /// One line for whoever waits for them: what is lost, and what to do.
  [[nodiscard]] std::string what_is_lost() const;
};

/// Where waiting transactions are kept over a restart.
class MempoolStore {
 public:
  virtual ~MempoolStore() = default;
  /// Durable on return: `added` are kept, `removed` need not be any longer.
  virtual Result<> keep_waiting(std::span<const KeptTransaction> added, std::span<const Hash256> removed) = 0;
  /// Durable on return: these are kept and nothing else.
  virtual Result<> keep_only(std::span<const KeptTransaction> waiting) = 0;
  virtual Result<WaitingTransactions> waiting() = 0;
};

/// Transactions that wait, over a restart: rows id, received, local, data, checksum. Part of ChainTables.
class MempoolTable {
 public:
  static constexpr const char* kCreate =
      "CREATE TABLE mempool(id BLOB PRIMARY KEY, received INTEGER NOT NULL, local INTEGER NOT NULL, data BLOB NOT "
      "NULL, "
      "checksum BLOB NOT NULL) WITHOUT ROWID;";

  Result<> prepare(const Database& database);
  /// `rows` is kept in step with what is there.
  Result<> put(const KeptTransaction& kept, std::uint64_t& rows);
  Result<> remove(const Hash256& id, std::uint64_t& rows);
  Result<> clear(std::uint64_t& rows);
  /// Adds every row to what it is. After an error `found` has what stood before the page that could not be read.
  Result<> load(WaitingTransactions& found);

 private:
  void sort_out(WaitingTransactions& found) const;

  const Database* database_ = nullptr;
  Statement put_, remove_, clear_, all_;
};

}  // namespace freezenet::daemon
