#pragma once

#include <optional>

#include "consensus/chain/store.h"
#include "daemon/storage/sqlite.h"

namespace freezenet::daemon {

/// Where a transaction stands in the active chain.
struct TransactionPlace {
  Hash256 id;
  std::uint64_t height = 0;
  std::uint32_t position = 0;
};

/// Which transactions the active chain holds, by id, sender and receiver: rows height, position, id, sender, receiver,
/// checksum. Says where to look; the transaction itself is in the block's body. Part of ChainTables.
class TransactionIndex {
 public:
  static constexpr const char* kCreate = R"(
  CREATE TABLE transactions(
    height INTEGER NOT NULL, position INTEGER NOT NULL,
    id BLOB NOT NULL, sender BLOB NOT NULL, receiver BLOB NOT NULL, checksum BLOB NOT NULL,
    PRIMARY KEY(height, position)) WITHOUT ROWID;
  CREATE UNIQUE INDEX transactions_by_id ON transactions(id);
  CREATE INDEX transactions_by_sender ON transactions(sender, height, position);
  CREATE INDEX transactions_by_receiver ON transactions(receiver, height, position);)";

  Result<> prepare(const Database& database);
  Result<> add(std::uint64_t height, std::span<const Transaction> transactions);
  /// Forgets the blocks above this height.
  Result<> cut(std::uint64_t height);
  Result<std::optional<TransactionPlace>> find(const Hash256& id);
  /// Those that the account sent or received, newest first: at most `count` after the first `skip`.
  Result<std::vector<TransactionPlace>> of_account(const XOnlyKey& account, std::size_t skip, std::size_t count);
  /// Looks at every row: one whose id is another would be found by nobody, and missed by whoever asks for it.
  Result<> check();

 private:
  Result<TransactionPlace> place(const Statement& row) const;
  Result<std::vector<TransactionPlace>> places(Statement& query);
  const Database* database_ = nullptr;
  Statement add_, cut_, by_id_, by_account_, all_;
};

}  // namespace freezenet::daemon
