#include "daemon/storage/chain_tables.h"

#include <algorithm>
#include <string>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

namespace {

constexpr std::uint32_t kSchema = 4;  // 3 had no assumed blocks, 2 did not count what waits, 1 had no transactions
constexpr std::int64_t kApplicationId = 0x465A'6368;  // "FZch": tells our file from any other program's

constexpr const char* kCreate = R"(
  CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE blocks(
    seq INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    model_root BLOB NOT NULL,
    header BLOB NOT NULL,
    body BLOB NOT NULL,
    canonical_root BLOB NOT NULL,
    score INTEGER NOT NULL,
    canonical_score INTEGER NOT NULL,
    adopted INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    checksum BLOB NOT NULL);
  CREATE INDEX blocks_by_model ON blocks(model_root);
  CREATE TABLE undo(block BLOB PRIMARY KEY, entries BLOB NOT NULL, checksum BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE accounts(
    key BLOB PRIMARY KEY, balance INTEGER NOT NULL, nonce INTEGER NOT NULL, checksum BLOB NOT NULL) WITHOUT ROWID;
  PRAGMA application_id = 1180328808;
)";
static_assert(kApplicationId == 1'180'328'808);

constexpr const char* kMetaByKey = "SELECT value, checksum FROM meta WHERE key = ?";

ByteView view(const Hash256& hash) { return hash.bytes; }

}  // namespace

Result<std::unique_ptr<ChainTables>> ChainTables::open(const std::filesystem::path& file, const Hash256& genesis) {
  return open(Database::open(file), genesis);
}

Result<std::unique_ptr<ChainTables>> ChainTables::open_snapshot(const std::filesystem::path& file,
                                                                const Hash256& genesis) {
  return open(Database::open_snapshot(file), genesis);
}

Result<std::unique_ptr<ChainTables>> ChainTables::open(Result<std::unique_ptr<Database>> database,
                                                       const Hash256& genesis) {
  if (!database) return tl::unexpected(database.error());
  std::unique_ptr<ChainTables> tables(new ChainTables(*std::move(database)));
  const Database& db = *tables->database_;
  if (auto sound = db.check_integrity(); !sound) return tl::unexpected(sound.error());
  const auto application = db.integer("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  const auto objects = db.integer("SELECT count(*) FROM sqlite_schema");
  if (!objects) return tl::unexpected(objects.error());

  Result<> ready;
  if (*application == 0 && *objects == 0) {
    ready = tables->create(genesis);
  } else if (*application != kApplicationId) {
    return reject(RejectCode::kStorage, "the file " + db.file().string() +
                                            " is not a FreezeNet chain database; move it away and start again");
  } else {
    // The version first: another one has other tables.
    ready = db.prepare_into(tables->meta_by_key_, kMetaByKey).and_then([&] { return tables->check(genesis); });
    if (ready) ready = tables->prepare();
  }
  if (!ready) return tl::unexpected(ready.error());
  return tables;
}

Result<> ChainTables::create(const Hash256& genesis) {
  auto transaction = begin();
  if (!transaction) return tl::unexpected(transaction.error());
  Writer schema;
  schema.integer(kSchema);
  auto made = database_->execute(kCreate)
                  .and_then([&] { return database_->execute(ClaimTable::kCreate); })
                  .and_then([&] { return database_->execute(TransactionIndex::kCreate); })
                  .and_then([&] { return database_->execute(MempoolTable::kCreate); })
                  .and_then([&] { return prepare(); })
                  .and_then([&] { return set_meta("schema", schema.data()); })
                  .and_then([&] { return set_meta("genesis", view(genesis)); })
                  .and_then([&] { return set_set_aside({}); })
                  .and_then([&] { return set_waiting({}); })
                  .and_then([&] { return set_head({}); });
  if (!made) return made;
  return transaction->commit();
}

Result<> ChainTables::prepare() {
  const std::string columns(BlockRow::kColumns);
  const std::pair<Statement*, std::string> statements[] = {
      {&insert_block_, "INSERT INTO blocks(" + columns + ") VALUES(?,?,?,?,?,?,?,?,?,?,?)"},
      {&replace_block_, "INSERT OR REPLACE INTO blocks(" + columns + ") VALUES(?,?,?,?,?,?,?,?,?,?,?)"},
      {&block_by_hash_, "SELECT " + columns + " FROM blocks WHERE hash = ?"},
      {&all_blocks_, "SELECT " + columns + " FROM blocks ORDER BY seq"},
      {&blocks_by_model_, "SELECT " + columns + " FROM blocks WHERE model_root = ? ORDER BY seq LIMIT ?"},
      {&put_undo_, "INSERT OR REPLACE INTO undo(block, entries, checksum) VALUES(?,?,?)"},
      {&remove_undo_, "DELETE FROM undo WHERE block = ?"},
      {&undo_by_block_, "SELECT block, entries, checksum FROM undo WHERE block = ?"},
      {&all_undo_, "SELECT block, entries, checksum FROM undo"},
      {&put_account_, "INSERT OR REPLACE INTO accounts(key, balance, nonce, checksum) VALUES(?,?,?,?)"},
      {&remove_account_, "DELETE FROM accounts WHERE key = ?"},
      {&all_accounts_, "SELECT key, balance, nonce, checksum FROM accounts ORDER BY key"},
      {&put_meta_, "INSERT OR REPLACE INTO meta(key, value, checksum) VALUES(?,?,?)"},
      {&meta_by_key_, kMetaByKey},
  };
  for (const auto& [target, sql] : statements) {
    if (auto prepared = database_->prepare_into(*target, sql); !prepared) return prepared;
  }
  return claims_.prepare(*database_).and_then([&] { return transactions_.prepare(*database_); }).and_then([&] {
    return mempool_.prepare(*database_);
  });
}

Result<> ChainTables::check(const Hash256& genesis) {
  const auto schema = meta("schema");
  if (!schema) return tl::unexpected(schema.error());
  Reader in(*schema);
  const auto version = in.integer<std::uint32_t>();
  if (!in.finish() || version != kSchema) {
    const bool newer = version > kSchema;
    return reject(RejectCode::kStorage,
                  "the database " + database_->file().string() + " was written by " + (newer ? "a newer" : "an older") +
                      " version of FreezeNet (schema " + std::to_string(version) + ", this program knows " +
                      std::to_string(kSchema) +
                      (newer ? "); install that version, or move the file away and start again to sync from peers"
                             : "); start once with --reindex to bring it up to date"));
  }
  const auto stored = meta("genesis");
  if (!stored) return tl::unexpected(stored.error());
  if (same_bytes(*stored, view(genesis))) return {};
  return reject(RejectCode::kStorage, "the database " + database_->file().string() +
                                          " belongs to another network (its genesis is not " + to_hex(genesis) +
                                          "); use another --datadir, or move the file away");
}

// --- meta ---

Result<> ChainTables::set_meta(std::string_view key, ByteView value) {
  const Bytes checksum = meta_checksum(key, value);
  return put_meta_.bind(1, key).bind(2, value).bind(3, ByteView(checksum)).run();
}

Result<Bytes> ChainTables::meta(std::string_view key) {
  const Statement::Reset reset(meta_by_key_);
  const auto row = meta_by_key_.bind(1, key).step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return tl::unexpected(damaged("meta row '" + std::string(key) + "' is missing"));
  const ByteView value = meta_by_key_.blob(0);
  Bytes copy(value.begin(), value.end());
  if (same_bytes(meta_checksum(key, copy), meta_by_key_.blob(1))) return copy;
  return tl::unexpected(damaged("meta row '" + std::string(key) + "' fails its checksum"));
}

Result<ChainHead> ChainTables::head() {
  const auto value = meta("head");
  if (!value) return tl::unexpected(value.error());
  const auto decoded = ChainHead::decode(*value);
  if (!decoded) return tl::unexpected(damaged("meta row 'head' has a wrong length"));
  return *decoded;
}

Result<> ChainTables::set_set_aside(const std::vector<Hash256>& blocks) {
  Writer out;
  for (const Hash256& hash : blocks) out.hash(hash);
  return set_meta("set-aside", out.data());
}

Result<std::vector<Hash256>> ChainTables::set_aside() {
  const auto value = meta("set-aside");
  if (!value) return tl::unexpected(value.error());
  auto blocks = decode_set_aside(*value);
  if (!blocks) return tl::unexpected(damaged("meta row 'set-aside' has a wrong length"));
  return *std::move(blocks);
}

Result<WaitingCount> ChainTables::waiting() {
  const auto value = meta("waiting");
  if (!value) return tl::unexpected(value.error());
  const auto decoded = WaitingCount::decode(*value);
  if (!decoded) return tl::unexpected(damaged("meta row 'waiting' has a wrong length"));
  return *decoded;
}

// --- blocks ---

Result<std::optional<BlockRow>> ChainTables::block(const Hash256& hash) {
  const Statement::Reset reset(block_by_hash_);
  const auto found = block_by_hash_.bind(1, view(hash)).step();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::nullopt;
  auto row = BlockRow::read(block_by_hash_);
  if (!row)
    return tl::unexpected(
        damaged("block row " + std::to_string(block_by_hash_.unsigned_integer(0)) + " fails its checksum"));
  return row;
}

Result<> ChainTables::each_block(const std::function<Result<>(const BlockRow&)>& visit) {
  const Statement::Reset reset(all_blocks_);
  for (auto row = all_blocks_.step(); !row || *row; row = all_blocks_.step()) {
    if (!row) return tl::unexpected(row.error());
    const auto block = BlockRow::read(all_blocks_);
    if (!block) {
      return tl::unexpected(
          damaged("block row " + std::to_string(all_blocks_.unsigned_integer(0)) + " fails its checksum"));
    }
    if (auto visited = visit(*block); !visited) return visited;
  }
  return {};
}

Result<std::vector<Hash256>> ChainTables::blocks_with_model(const Hash256& model_root, std::size_t limit) {
  const Statement::Reset reset(blocks_by_model_);
  blocks_by_model_.bind(1, view(model_root)).bind_unsigned(2, std::min<std::uint64_t>(limit, 1000));
  std::vector<Hash256> hashes;
  for (auto row = blocks_by_model_.step(); !row || *row; row = blocks_by_model_.step()) {
    if (!row) return tl::unexpected(row.error());
    const auto block = BlockRow::read(blocks_by_model_);
    if (!block) {
      return tl::unexpected(
          damaged("block row " + std::to_string(blocks_by_model_.unsigned_integer(0)) + " fails its checksum"));
    }
    hashes.push_back(block->hash);
  }
  return hashes;
}

// --- undo ---

Result<> ChainTables::put_undo(const Hash256& block, ByteView entries) {
  const Bytes checksum = undo_checksum(view(block), entries);
  return put_undo_.bind(1, view(block)).bind(2, entries).bind(3, ByteView(checksum)).run();
}

Result<> ChainTables::remove_undo(const Hash256& block) { return remove_undo_.bind(1, view(block)).run(); }

Result<std::optional<Bytes>> ChainTables::undo(const Hash256& block) {
  const Statement::Reset reset(undo_by_block_);
  const auto row = undo_by_block_.bind(1, view(block)).step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  const ByteView entries = undo_by_block_.blob(1);
  Bytes copy(entries.begin(), entries.end());
  if (same_bytes(undo_checksum(view(block), copy), undo_by_block_.blob(2))) return copy;
  return tl::unexpected(damaged("undo row of block " + to_hex(block) + " fails its checksum"));
}

Result<std::uint64_t> ChainTables::check_undo_rows() {
  const Statement::Reset reset(all_undo_);
  std::uint64_t rows = 0;
  for (auto row = all_undo_.step(); !row || *row; row = all_undo_.step()) {
    if (!row) return tl::unexpected(row.error());
    ++rows;
    if (!same_bytes(undo_checksum(all_undo_.blob(0), all_undo_.blob(1)), all_undo_.blob(2))) {
      return tl::unexpected(damaged("undo row " + std::to_string(rows) + " fails its checksum"));
    }
  }
  return rows;
}

// --- accounts ---

Result<> ChainTables::put_account(const ChainChange::AccountRow& row) {
  const ByteView key(row.key.bytes);
  if (!row.account) return remove_account_.bind(1, key).run();
  const Bytes checksum = account_checksum(key, *row.account);
  put_account_.bind(1, key).bind_unsigned(2, row.account->balance).bind_unsigned(3, row.account->nonce);
  return put_account_.bind(4, ByteView(checksum)).run();
}

Result<std::vector<ChainChange::AccountRow>> ChainTables::accounts() {
  const Statement::Reset reset(all_accounts_);
  std::vector<ChainChange::AccountRow> rows;
  for (auto row = all_accounts_.step(); !row || *row; row = all_accounts_.step()) {
    if (!row) return tl::unexpected(row.error());
    const auto account = read_account_row(all_accounts_);
    if (!account)
      return tl::unexpected(damaged("account row " + std::to_string(rows.size() + 1) + " fails its checksum"));
    rows.push_back(*account);
  }
  return rows;
}

}  // namespace freezenet::daemon
