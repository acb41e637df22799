#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "daemon/storage/chain_rows.h"
#include "daemon/storage/claim_table.h"
#include "daemon/storage/mempool_table.h"
#include "daemon/storage/transaction_index.h"

namespace freezenet::daemon {

/// The tables of the chain database and the statements over them, prepared once. Everything read is checked against its
/// checksum; what a change consists of is SqliteChainStore's business. One thread.
class ChainTables {
 public:
  /// Opens the file, makes the tables in an empty one, and refuses a file of another kind, version or network.
  static Result<std::unique_ptr<ChainTables>> open(const std::filesystem::path& file, const Hash256& genesis);
  /// The same for a file that is there, as Database::open_snapshot().
  static Result<std::unique_ptr<ChainTables>> open_snapshot(const std::filesystem::path& file, const Hash256& genesis);

  [[nodiscard]] Database& database() { return *database_; }
  [[nodiscard]] Result<DatabaseTransaction> begin() { return DatabaseTransaction::begin(*database_); }
  [[nodiscard]] Reject damaged(const std::string& how) const { return damaged_database(database_->file(), how); }

  Result<> insert_block(const BlockRow& row) { return row.write(insert_block_); }
  /// In the place of the row with the same seq.
  Result<> replace_block(const BlockRow& row) { return row.write(replace_block_); }
  /// nullopt: there is none.
  Result<std::optional<BlockRow>> block(const Hash256& hash);
  /// In the order of seq, until `visit` fails.
  Result<> each_block(const std::function<Result<>(const BlockRow&)>& visit);
  Result<std::vector<Hash256>> blocks_with_model(const Hash256& model_root, std::size_t limit);

  Result<> put_undo(const Hash256& block, ByteView entries);
  Result<> remove_undo(const Hash256& block);
  Result<std::optional<Bytes>> undo(const Hash256& block);
  /// Checks every row; returns their number.
  Result<std::uint64_t> check_undo_rows();

  Result<> put_account(const ChainChange::AccountRow& row);
  Result<std::vector<ChainChange::AccountRow>> accounts();

  Result<> set_head(const ChainHead& head) { return set_meta("head", head.encode()); }
  Result<ChainHead> head();
  /// Blocks that the operator declared invalid.
  Result<> set_set_aside(const std::vector<Hash256>& blocks);
  Result<std::vector<Hash256>> set_aside();

  Result<> set_waiting(const WaitingCount& count) { return set_meta("waiting", count.encode()); }
  Result<WaitingCount> waiting();

  ClaimTable& claims() { return claims_; }
  TransactionIndex& transactions() { return transactions_; }
  MempoolTable& mempool() { return mempool_; }

 private:
  explicit ChainTables(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  static Result<std::unique_ptr<ChainTables>> open(Result<std::unique_ptr<Database>> database, const Hash256& genesis);
  Result<> create(const Hash256& genesis);
  Result<> prepare();
  Result<> check(const Hash256& genesis);
  Result<> set_meta(std::string_view key, ByteView value);
  Result<Bytes> meta(std::string_view key);

  // Statements are destroyed before the connection that they belong to.
  std::unique_ptr<Database> database_;
  Statement insert_block_, replace_block_, block_by_hash_, all_blocks_, blocks_by_model_;
  Statement put_undo_, remove_undo_, undo_by_block_, all_undo_;
  Statement put_account_, remove_account_, all_accounts_;
  Statement put_meta_, meta_by_key_;
  ClaimTable claims_;
  TransactionIndex transactions_;
  MempoolTable mempool_;
};

}  // namespace freezenet::daemon
