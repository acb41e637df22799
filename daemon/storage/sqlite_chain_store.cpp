#include "daemon/storage/sqlite_chain_store.h"

#include <algorithm>
#include <utility>

#include "consensus/base/hex.h"
#include "daemon/durable_file.h"
#include "daemon/storage/chain_tables.h"

namespace freezenet::daemon {

SqliteChainStore::SqliteChainStore(std::unique_ptr<ChainTables> tables, std::uint64_t blocks,
                                   const WaitingCount& waiting)
    : tables_(std::move(tables)), blocks_(blocks), waiting_(waiting) {}
SqliteChainStore::~SqliteChainStore() = default;

Result<std::unique_ptr<SqliteChainStore>> SqliteChainStore::open(const std::filesystem::path& file,
                                                                 const Hash256& genesis) {
  std::error_code missing;
  const bool fresh = std::filesystem::file_size(file, missing) == 0 || missing;
  auto store = over(ChainTables::open(file, genesis));
  if (!store) return store;
  TipMark mark(file);
  if (fresh) mark.forget();
  const TipMark::Acknowledged marked = mark.read();
  (*store)->marked_transactions_ = marked.transactions;
  if (const std::uint64_t kept = (*store)->blocks_, had = marked.blocks; had > kept) {
    return tl::unexpected(
        (*store)->tables_->damaged("it holds " + std::to_string(kept) + " blocks and has held " + std::to_string(had)));
  }
  (*store)->mark_ = std::move(mark);
  // SQLite syncs the folder of a new log too, and does not look whether that went well.
  if (auto synced = sync_folder(file.parent_path()); !synced) return tl::unexpected(synced.error());
  return store;
}

Result<std::unique_ptr<SqliteChainStore>> SqliteChainStore::open_snapshot(const std::filesystem::path& file,
                                                                          const Hash256& genesis) {
  return over(ChainTables::open_snapshot(file, genesis));
}

Result<std::unique_ptr<SqliteChainStore>> SqliteChainStore::open_unsynced(const std::filesystem::path& file,
                                                                          const Hash256& genesis) {
  auto store = over(ChainTables::open(file, genesis));
  if (!store) return store;
  if (auto set = (*store)->tables_->database().execute("PRAGMA synchronous = OFF"); !set)
    return tl::unexpected(set.error());
  return store;
}

Result<> SqliteChainStore::finish() {
  Database& database = tables_->database();
  return database.execute("PRAGMA synchronous = FULL").and_then([&] { return database.fold(); });
}

Result<std::unique_ptr<SqliteChainStore>> SqliteChainStore::over(Result<std::unique_ptr<ChainTables>> tables) {
  if (!tables) return tl::unexpected(tables.error());
  const auto head = (*tables)->head();
  if (!head) return tl::unexpected(head.error());
  const auto waiting = (*tables)->waiting();
  if (!waiting) return tl::unexpected(waiting.error());
  return std::unique_ptr<SqliteChainStore>(new SqliteChainStore(*std::move(tables), head->blocks, *waiting));
}

Result<> SqliteChainStore::commit(const ChainChange& change) {
  return latched([&] {
    const std::uint64_t blocks = blocks_ + (change.verified ? 1 : 0);
    return try_commit(change, blocks).map([&] {
      blocks_ = blocks;
      mark();
    });
  });
}

void SqliteChainStore::mark() {
  // What the mark has of transactions and the file has not stays there until somebody was told.
  if (mark_) mark_->set({blocks_, std::max(waiting_.acknowledged, marked_transactions_)});
}

template <typename Write>
Result<> SqliteChainStore::latched(Write write) {
  if (failed_) return tl::unexpected(*failed_);
  Result<> done = write().and_then([&] { return tables_->database().fold_when_due(); });
  if (!done && done.error().code != RejectCode::kDiskFull) failed_ = done.error();
  return done;
}

Result<> SqliteChainStore::try_commit(const ChainChange& change, std::uint64_t blocks) {
  auto transaction = tables_->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  if (auto written = write(change, blocks); !written) return written;
  return transaction->commit();
}

Result<> SqliteChainStore::write(const ChainChange& change, std::uint64_t blocks) {
  if (change.verified) {
    if (auto inserted = tables_->insert_block(BlockRow::from(*change.verified, blocks)); !inserted) return inserted;
  }
  if (change.confirmed) {
    auto row = tables_->block(change.confirmed->hash);
    if (!row) return tl::unexpected(row.error());
    if (!*row) return tl::unexpected(tables_->damaged("no row of block " + to_hex(change.confirmed->hash)));
    (*row)->outcome = change.confirmed->outcome;
    if (auto replaced = tables_->replace_block(**row); !replaced) return replaced;
  }
  for (const Hash256& hash : change.disconnected) {
    if (auto removed = tables_->remove_undo(hash); !removed) return removed;
  }
  for (const ChainChange::Connected& connected : change.connected) {
    Writer entries;
    connected.undo.encode(entries);
    if (auto put = tables_->put_undo(connected.hash, entries.data()); !put) return put;
  }
  for (const ChainChange::AccountRow& row : change.accounts) {
    if (auto put = tables_->put_account(row); !put) return put;
  }
  if (auto put = tables_->claims().replace(change.claims_below, change.claims); !put) return put;
  // The index holds what the blocks of the active chain hold, height by height.
  if (auto cut = tables_->transactions().cut(change.tip_height - change.connected.size()); !cut) return cut;
  for (const ChainChange::Connected& connected : change.connected) {
    if (auto added = tables_->transactions().add(connected.height, connected.transactions); !added) return added;
  }
  if (change.set_aside) {
    if (auto put = tables_->set_set_aside(*change.set_aside); !put) return put;
  }
  return tables_->set_head(
      {change.tip, change.tip_height, change.state_hash, blocks, change.claims_below + change.claims.size()});
}

Result<Body> SqliteChainStore::body(const Hash256& block) {
  const auto row = tables_->block(block);
  if (!row) return tl::unexpected(row.error());
  if (!*row) return reject(RejectCode::kNotFound, "no verified block " + to_hex(block));
  auto decoded = (*row)->decode();
  if (!decoded)
    return tl::unexpected(tables_->damaged("block row " + std::to_string((*row)->seq) + " contradicts itself"));
  return std::move(decoded->body);
}

Result<BlockUndo> SqliteChainStore::undo(const Hash256& block) {
  const auto entries = tables_->undo(block);
  if (!entries) return tl::unexpected(entries.error());
  if (!*entries)
    return reject(RejectCode::kNotFound, "no undo of block " + to_hex(block) + ": it is not on the active chain");
  auto decoded = BlockUndo::decode(**entries);
  if (!decoded)
    return tl::unexpected(tables_->damaged("undo row of block " + to_hex(block) + ": " + decoded.error().message()));
  return decoded;
}

Result<ChainStore::Saved> SqliteChainStore::load(const std::function<Result<>(const StoredBlock&)>& visit) {
  const auto head = tables_->head();
  if (!head) return tl::unexpected(head.error());
  Saved saved;
  saved.tip = head->tip;
  saved.state_hash = head->state_hash;

  std::uint64_t blocks = 0;
  auto read = tables_->each_block([&](const BlockRow& row) -> Result<> {
    const std::string name = "block row " + std::to_string(row.seq);
    const auto block = row.decode();
    if (!block) return tl::unexpected(tables_->damaged(name + " contradicts itself"));
    if (row.seq != ++blocks) return tl::unexpected(tables_->damaged("rows before " + name + " are missing"));
    return visit(*block);
  });
  if (!read) return tl::unexpected(read.error());
  if (blocks != head->blocks) {
    return tl::unexpected(
        tables_->damaged(std::to_string(blocks) + " block rows, not " + std::to_string(head->blocks)));
  }

  auto accounts = tables_->accounts();
  if (!accounts) return tl::unexpected(accounts.error());
  saved.accounts = *std::move(accounts);
  auto claims = tables_->claims().load();
  if (!claims) return tl::unexpected(claims.error());
  saved.claims = *std::move(claims);
  if (saved.claims.size() != head->claims) {
    return tl::unexpected(
        tables_->damaged(std::to_string(saved.claims.size()) + " claim rows, not " + std::to_string(head->claims)));
  }
  auto set_aside = tables_->set_aside();
  if (!set_aside) return tl::unexpected(set_aside.error());
  saved.set_aside = *std::move(set_aside);

  if (auto sound = tables_->transactions().check(); !sound) return tl::unexpected(sound.error());
  // A missing one would be noticed in the middle of a reorganisation, when it is too late to say so in one line.
  const auto undo_rows = tables_->check_undo_rows();
  if (!undo_rows) return tl::unexpected(undo_rows.error());
  if (*undo_rows != head->tip_height) {
    return tl::unexpected(
        tables_->damaged(std::to_string(*undo_rows) + " undo rows, not " + std::to_string(head->tip_height)));
  }
  return saved;
}

Result<std::optional<TransactionPlace>> SqliteChainStore::find_transaction(const Hash256& id) {
  return tables_->transactions().find(id);
}

Result<std::vector<TransactionPlace>> SqliteChainStore::transactions_of(const XOnlyKey& account, std::size_t skip,
                                                                        std::size_t count) {
  return tables_->transactions().of_account(account, skip, count);
}

Result<> SqliteChainStore::keep_waiting(std::span<const KeptTransaction> added, std::span<const Hash256> removed) {
  return change_waiting([&](MempoolTable& table, WaitingCount& count) -> Result<> {
    for (const KeptTransaction& kept : added) {
      if (auto put = table.put(kept, count.rows); !put) return put;
      if (kept.local) ++count.acknowledged;
    }
    for (const Hash256& id : removed) {
      if (auto gone = table.remove(id, count.rows); !gone) return gone;
    }
    return {};
  });
}

Result<> SqliteChainStore::keep_only(std::span<const KeptTransaction> waiting) {
  auto done = change_waiting([&](MempoolTable& table, WaitingCount& count) -> Result<> {
    if (auto cleared = table.clear(count.rows); !cleared) return cleared;
    for (const KeptTransaction& kept : waiting) {
      if (auto put = table.put(kept, count.rows); !put) return put;
    }
    count.acknowledged = std::max(count.acknowledged, marked_transactions_);
    return {};
  });
  if (done) marked_transactions_ = 0;
  return done;
}

template <typename Change>
Result<> SqliteChainStore::change_waiting(Change change) {
  return latched([&]() -> Result<> {
    auto transaction = tables_->begin();
    if (!transaction) return tl::unexpected(transaction.error());
    WaitingCount count = waiting_;
    if (auto changed = change(tables_->mempool(), count); !changed) return changed;
    if (auto set = tables_->set_waiting(count); !set) return set;
    if (auto committed = transaction->commit(); !committed) return committed;
    waiting_ = count;
    mark();
    return {};
  });
}

Result<WaitingTransactions> SqliteChainStore::waiting() {
  WaitingTransactions found;
  if (auto loaded = tables_->mempool().load(found); !loaded) return tl::unexpected(loaded.error());
  found.compare(waiting_, std::max(waiting_.acknowledged, marked_transactions_));
  return found;
}

Result<std::vector<Hash256>> SqliteChainStore::blocks_with_model(const Hash256& model_root, std::size_t limit) {
  return tables_->blocks_with_model(model_root, limit);
}

}  // namespace freezenet::daemon
