#include "daemon/storage/sqlite.h"

#include <array>
#include <climits>
#include <utility>

#include <sqlite3.h>

namespace freezenet::daemon {

namespace {

/// In front of what SQLite says; what an operator can do stands behind it.
struct Explanation {
  int code;
  const char* what;
  const char* advice;
};

constexpr std::array kExplanations = {
    Explanation{SQLITE_FULL, "cannot be written: the disk is full",
                "free some space on that disk; nothing of the chain is lost"},
    Explanation{SQLITE_CANTOPEN, "cannot be opened", "give this user access to the file and its folder"},
    Explanation{SQLITE_PERM, "cannot be opened", "give this user access to the file and its folder"},
    Explanation{SQLITE_READONLY, "cannot be written", "give this user write access to the file and its folder"},
    Explanation{SQLITE_BUSY, "is in use by another program", "end that program and start again"},
    Explanation{SQLITE_LOCKED, "is in use by another program", "end that program and start again"},
    Explanation{SQLITE_IOERR, "cannot be read or written", "check the disk"},
    Explanation{SQLITE_NOMEM, "needs more memory than there is", "free some memory and start again"},
};

constexpr const char* kIsDamaged = " is damaged (";

}  // namespace

Reject damaged_database(const std::filesystem::path& file, std::string_view how) {
  return Reject{RejectCode::kStorage,
                "the database " + file.string() + kIsDamaged + std::string(how) +
                    "); start with --reindex to rebuild it from what is intact, then the rest comes from peers"};
}

bool is_damage(const Reject& why) {
  return why.code == RejectCode::kStorage && why.detail.find(kIsDamaged) != std::string::npos;
}

Reject with_repair(Reject why, std::string_view advice) {
  if (why.code == RejectCode::kStorage && why.detail.find("--reindex") == std::string::npos) why.detail += advice;
  return why;
}

Reject sqlite_error(const std::filesystem::path& file, int code, std::string_view text) {
  const int primary = code & 0xff;
  // SQLITE_ERROR is a statement that does not fit the tables. Ours are constant, so the tables in the file are not the
  // ones that were made.
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_ERROR)
    return damaged_database(file, text);
  for (const Explanation& e : kExplanations) {
    if (e.code != primary) continue;
    return Reject{primary == SQLITE_FULL ? RejectCode::kDiskFull : RejectCode::kStorage,
                  "the database " + file.string() + " " + e.what + " (" + std::string(text) + "); " + e.advice};
  }
  return Reject{RejectCode::kStorage,
                "the database " + file.string() + ": " + std::string(text) + " (SQLite " + std::to_string(code) + ")"};
}

// --- Statement ---

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::note(int code) {
  if (code != SQLITE_OK && failed_ == SQLITE_OK) failed_ = code;
  return *this;
}

Statement& Statement::bind(int position, std::int64_t value) {
  return note(sqlite3_bind_int64(statement_.get(), position, value));
}

Statement& Statement::bind(int position, ByteView blob) {
  // A null pointer would bind NULL instead of the empty blob.
  if (blob.empty()) return note(sqlite3_bind_zeroblob(statement_.get(), position, 0));
  return note(sqlite3_bind_blob64(statement_.get(), position, blob.data(), blob.size(), SQLITE_STATIC));
}

Statement& Statement::bind(int position, std::string_view text) {
  return note(sqlite3_bind_text64(statement_.get(), position, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Result<bool> Statement::step() {
  const int code = failed_ != SQLITE_OK ? failed_ : sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected(database_->error(code));
}

Result<> Statement::run() {
  const auto row = step();
  reset();
  if (!row) return tl::unexpected(row.error());
  return {};
}

void Statement::reset() {
  // Its result repeats the error of the last step(), which was reported there.
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  failed_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

ByteView Statement::blob(int column) const {
  // In this order: the length belongs to the form in which the value was asked for.
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

std::string Statement::text(int column) const {
  const ByteView data = blob(column);
  return {data.begin(), data.end()};
}

// --- Database ---

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close(connection); }

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
  auto database =
      connect(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
              "PRAGMA cell_size_check = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = "
              "-8192; PRAGMA wal_autocheckpoint = 0;");
  if (!database) return database;
  const auto note_pages = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<Database*>(self)->log_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook((*database)->connection_.get(), note_pages, database->get());
  return database;
}

Result<std::unique_ptr<Database>> Database::open_snapshot(const std::filesystem::path& file) {
  return connect(file, SQLITE_OPEN_READWRITE,
                 "PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA cache_size = -8192; BEGIN;");
}

Result<std::unique_ptr<Database>> Database::connect(const std::filesystem::path& file, int flags,
                                                    const char* settings) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  // SQLite hands out a connection even where it fails: it carries the error, and must be closed.
  std::unique_ptr<Database> database(new Database(file, raw));
  if (code != SQLITE_OK) return tl::unexpected(database->error(code));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5000);
  // A value is at most a body; a length field that was flipped must not allocate a gigabyte.
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, 16 << 20);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (auto set = database->execute(settings); !set) return tl::unexpected(set.error());
  return database;
}

Result<> Database::fold(int mode) {
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, mode, nullptr, nullptr);
  // Busy: somebody reads a snapshot, and what he reads stays in the log.
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
  return tl::unexpected(error(code));
}

Result<> Database::fold() { return fold(SQLITE_CHECKPOINT_TRUNCATE); }

Result<> Database::fold_when_due() {
  constexpr int kPages = 1000;
  if (log_pages_ < kPages) return {};
  auto folded = fold(SQLITE_CHECKPOINT_PASSIVE);
  if (!folded && folded.error().code == RejectCode::kDiskFull) return {};
  return folded;
}

Reject Database::error(int code) const {
  // SQLite calls a full quota an I/O error.
  const int why = connection_ != nullptr ? sqlite3_system_errno(connection_.get()) : 0;
  if ((code & 0xff) == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT)) code = SQLITE_FULL;
  const char* text = connection_ != nullptr ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  return sqlite_error(file_, code, text);
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* raw = nullptr;
  const int length = static_cast<int>(std::min<std::size_t>(sql.size(), INT_MAX));
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), length, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error(code));
  return Statement(raw, *this);
}

Result<> Database::prepare_into(Statement& statement, std::string_view sql) const {
  auto prepared = prepare(sql);
  if (!prepared) return tl::unexpected(prepared.error());
  statement = *std::move(prepared);
  return {};
}

Result<> Database::execute(const char* sql) const {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error(code));
  return {};
}

Result<std::int64_t> Database::integer(std::string_view sql) const {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return tl::unexpected(damaged_database(file_, "no answer to " + std::string(sql)));
  return statement->integer(0);
}

std::uint64_t Database::changes() const { return static_cast<std::uint64_t>(sqlite3_changes64(connection_.get())); }

Result<> Database::check_integrity() const {
  auto check = prepare("PRAGMA integrity_check(1)");
  if (!check) return tl::unexpected(check.error());
  const auto row = check->step();
  if (!row) return tl::unexpected(row.error());
  const std::string said = *row ? check->text(0) : "no answer";
  if (said == "ok") return {};
  // It may be several lines; an operator's line is one.
  return tl::unexpected(damaged_database(file_, said.substr(0, said.find('\n'))));
}

// --- DatabaseTransaction ---

Result<DatabaseTransaction> DatabaseTransaction::begin(const Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return tl::unexpected(begun.error());
  return DatabaseTransaction(database);
}

DatabaseTransaction::~DatabaseTransaction() {
  // Where SQLite has rolled back by itself already, this fails and changes nothing.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Result<> DatabaseTransaction::commit() {
  if (auto committed = database_->execute("COMMIT"); !committed) return committed;
  database_ = nullptr;
  return {};
}

}  // namespace freezenet::daemon
