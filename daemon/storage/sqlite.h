#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace freezenet::daemon {

/// What SQLite says, as kStorage (kDiskFull where there is no room) in one line: the file, what happened, what to do.
Reject sqlite_error(const std::filesystem::path& file, int code, std::string_view text);
/// The same for damage that our own checks found: "the database FILE is damaged (HOW); start with --reindex ...".
Reject damaged_database(const std::filesystem::path& file, std::string_view how);
/// Whether it is one of damaged_database().
bool is_damage(const Reject& why);
/// What somebody who knows no commands says of the database: with `advice` behind it where it is kStorage and does not
/// name --reindex yet.
Reject with_repair(Reject why, std::string_view advice);

class Database;

/// One prepared statement. Bind, step until there is no row, reset; then again. Outlived by its Database. A
/// default-made one may only be assigned to.
class Statement {
 public:
  Statement() = default;
  /// Positions count from 1, as in SQL. A bound blob must live until the next reset().
  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, ByteView blob);
  Statement& bind(int position, std::string_view text);
  /// An integer of 64 bits whose highest bit may be set: kept as the two's complement of the same bits.
  Statement& bind_unsigned(int position, std::uint64_t value) {
    return bind(position, static_cast<std::int64_t>(value));
  }

  /// True: a row is there. False: none is left. An error in an earlier bind() is reported here.
  Result<bool> step();
  /// Runs a statement that yields no row, and resets it.
  Result<> run();
  void reset();
  /// Whatever happens in a scope, the statement is free for the next call after it.
  class Reset {
   public:
    explicit Reset(Statement& statement) : statement_(statement) {}
    Reset(const Reset&) = delete;
    Reset& operator=(const Reset&) = delete;
    ~Reset() { statement_.reset(); }

   private:
    Statement& statement_;
  };

  /// Columns count from 0 and are valid until the next step() or reset().
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t unsigned_integer(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] ByteView blob(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, const Database& database) : statement_(statement), database_(&database) {}
  Statement& note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const Database* database_ = nullptr;
  int failed_ = 0;
};

/// One connection, for one thread. Not movable: statements point to it.
class Database {
 public:
  /// Opens or creates; write-ahead log, synchronous=FULL, 8 MiB of cache, no trust in what the file's schema might say.
  /// The log is folded in by fold_when_due(), not by SQLite: that one keeps to itself what a failed sync says.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
  /// The file as it is now, whatever another connection writes meanwhile; nothing can be written through it. While it
  /// is open, the other connection's log grows.
  static Result<std::unique_ptr<Database>> open_snapshot(const std::filesystem::path& file);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<Statement> prepare(std::string_view sql) const;
  Result<> prepare_into(Statement& statement, std::string_view sql) const;
  /// One or more statements without results.
  Result<> execute(const char* sql) const;
  /// The one integer that a query yields.
  Result<std::int64_t> integer(std::string_view sql) const;
  /// Rows that the last statement inserted, changed or removed.
  [[nodiscard]] std::uint64_t changes() const;
  /// SQLite's whole check: pages, and every index against its table.
  Result<> check_integrity() const;

  /// After a commit: folds the log into the file once it has 1,000 pages. A full disk is no error here: everything is
  /// in the log, and the next call tries again. Any other is: what was synced may not be there.
  Result<> fold_when_due();
  /// Folds the whole log in, synced, and empties it.
  Result<> fold();

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] Reject error(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database(std::filesystem::path file, sqlite3* connection) : file_(std::move(file)), connection_(connection) {}

  static Result<std::unique_ptr<Database>> connect(const std::filesystem::path& file, int flags, const char* settings);
  Result<> fold(int mode);

  std::filesystem::path file_;
  int log_pages_ = 0;  // after the last commit
  std::unique_ptr<sqlite3, Close> connection_;
};

/// Rolls back unless it was committed.
class DatabaseTransaction {
 public:
  static Result<DatabaseTransaction> begin(const Database& database);
  DatabaseTransaction(DatabaseTransaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  DatabaseTransaction& operator=(DatabaseTransaction&&) = delete;
  ~DatabaseTransaction();
  /// Durable on return. After an error the destructor rolls back.
  Result<> commit();

 private:
  explicit DatabaseTransaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

}  // namespace freezenet::daemon
