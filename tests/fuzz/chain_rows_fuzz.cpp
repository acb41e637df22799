#include <fstream>
#include <list>
#include <vector>

#include "daemon/durable_file.h"
#include "daemon/storage/chain_rows.h"
#include "daemon/storage/mempool_table.h"
#include "daemon/storage/tip_mark.h"
#include "daemon/storage/transaction_index.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

using daemon::BlockRow;
using daemon::Statement;

/// A table without types of its own, as a damaged file may have it: any column may hold anything.
class Table {
 public:
  Table() : database_(std::move(*daemon::Database::open(scratch_.path() / "rows.sqlite"))) {
    require(database_->execute("PRAGMA synchronous = OFF; CREATE TABLE t(a,b,c,d,e,f,g,h,i,j,k)").has_value(),
            "SQLite");
  }
  Statement prepared(const std::string& sql) const { return std::move(*database_->prepare(sql)); }

 private:
  Scratch scratch_;
  std::unique_ptr<daemon::Database> database_;
};

struct Statements {
  Table table;
  Statement insert = table.prepared("INSERT INTO t VALUES(?,?,?,?,?,?,?,?,?,?,?)");
  Statement all = table.prepared("SELECT * FROM t");
  Statement clear = table.prepared("DELETE FROM t");
};

/// A value of any of SQLite's types.
void bind(Statement& statement, int position, Input& in, std::list<Bytes>& alive) {
  const std::uint8_t kind = in.byte();
  const ByteView raw = in.bytes(kind % 2 == 0 ? kind / 2U : 32U);
  alive.emplace_back(raw.begin(), raw.end());
  if (kind % 4 == 0) {
    statement.bind(position, as_text(alive.back()));
  } else if (kind % 4 == 3) {
    statement.bind_unsigned(position, Input(raw).integer<std::uint64_t>());
  } else {
    statement.bind(position, ByteView(alive.back()));
  }
}

bool equal(const BlockRow& a, const BlockRow& b) {
  return a.seq == b.seq && a.hash == b.hash && a.model_root == b.model_root && a.header == b.header &&
         a.body == b.body && a.outcome == b.outcome && a.completed == b.completed;
}

BlockRow row_of(Input& in) {
  BlockRow row;
  row.seq = in.byte();
  row.outcome = {in.hash(), in.byte(), in.byte()};
  const std::uint8_t fate = in.byte();
  row.outcome.adopted = (fate & 1) != 0;
  row.outcome.assumed = (fate & 2) != 0;
  row.completed = in.byte();
  const bool true_hashes = in.byte() % 2 == 1;
  const ByteView header = in.bytes(SealedHeader::kSize), body = in.sized();
  row.header.assign(header.begin(), header.end());
  row.body.assign(body.begin(), body.end());
  if (const auto decoded = SealedHeader::decode(header); decoded && true_hashes) {
    row.hash = decoded->block_hash();
    row.model_root = decoded->model_root;
  }
  return row;
}

/// A row that was written is read as it was; with anything in place of one of its columns it is not read at all.
void written_row(Input& in) {
  static Statements sql;
  const BlockRow row = row_of(in);
  require(sql.clear.run().has_value() && row.write(sql.insert).has_value() && sql.all.step() == true, "SQLite");
  const auto read = BlockRow::read(sql.all);
  require(read && equal(*read, row), "read(write(row)) == row");
  sql.all.reset();
  if (const auto block = row.decode()) {
    require(block->header.block_hash() == row.hash && block->header.model_root == row.model_root, "hashes fit");
    require(same(encoded(block->header), row.header) && same(encoded(block->body), row.body), "encodings fit");
  }
  static constexpr std::string_view kColumns = "abcdefghijk";
  static std::vector<Statement> updates = [] {
    std::vector<Statement> list;
    for (const char c : kColumns) list.push_back(sql.table.prepared(std::string("UPDATE t SET ") + c + " = ?"));
    return list;
  }();
  std::list<Bytes> alive;
  Statement& update = updates[in.byte() % kColumns.size()];
  bind(update, 1, in, alive);
  require(update.run().has_value() && sql.all.step() == true, "SQLite");
  const auto damaged = BlockRow::read(sql.all);
  sql.all.reset();
  require(!damaged || equal(*damaged, row), "no other row than the one that was written is read");
}

/// Eleven columns of anything.
void any_row(Input& in) {
  static const Table table;
  static Statement select = table.prepared("SELECT ?,?,?,?,?,?,?,?,?,?,?");
  std::list<Bytes> alive;
  for (int i = 1; i <= 11; ++i) bind(select, i, in, alive);
  require(select.step() == true, "SQLite");
  const auto row = BlockRow::read(select);
  const auto block = row ? row->decode() : std::nullopt;
  if (block) require(block->header.block_hash() == row->hash, "hashes fit");
  select.reset();
}

void account_row(Input& in) {
  static const Table table;
  static Statement select = table.prepared("SELECT ?,?,?,?");
  std::list<Bytes> alive;
  for (int i = 1; i <= 3; ++i) bind(select, i, in, alive);
  const Account account{0, 0};
  const Bytes sum = daemon::account_checksum(alive.front(), account);
  if (in.byte() % 2 == 1) {
    select.bind_unsigned(2, 0).bind_unsigned(3, 0).bind(4, ByteView(sum));
  } else {
    bind(select, 4, in, alive);
  }
  require(select.step() == true, "SQLite");
  const auto row = daemon::read_account_row(select);
  select.reset();
  if (row) require(row->account == account && same(row->key.bytes, alive.front()), "a sound row is what was written");
}

void undo(ByteView bytes) {
  const auto undo = BlockUndo::decode(bytes);
  if (undo) return require(same(encoded(*undo), bytes), "undo: encode(decode(x)) == x");
  using enum RejectCode;
  require_refusal(undo.error(), Blame::kSender,
                  {kTruncated, kTrailingBytes, kNonCanonicalSize, kTooLarge, kBadEncoding});
}

void claim(ByteView bytes) {
  const auto record = ClaimRecord::decode(bytes);
  if (record) return require(same(encoded(*record), bytes), "claim: encode(decode(x)) == x");
  using enum RejectCode;
  require_refusal(record.error(), Blame::kSender, {kTruncated, kTrailingBytes, kBadEncoding});
}

void head(ByteView bytes) {
  const auto head = daemon::ChainHead::decode(bytes);
  require(head.has_value() == (bytes.size() == 88), "88 bytes are a head");
  if (head) require(same(head->encode(), bytes), "head: encode(decode(x)) == x");
}

void waiting(ByteView bytes) {
  const auto count = daemon::WaitingCount::decode(bytes);
  require(count.has_value() == (bytes.size() == 16), "16 bytes are a count");
  if (count) require(same(count->encode(), bytes), "waiting: encode(decode(x)) == x");
}

void set_aside(ByteView bytes) {
  const auto blocks = daemon::decode_set_aside(bytes);
  require(blocks.has_value() == (bytes.size() % 32 == 0), "hashes of 32 bytes each");
  if (!blocks) return;
  Writer out;
  for (const Hash256& hash : *blocks) out.hash(hash);
  require(same(out.data(), bytes), "set-aside: encode(decode(x)) == x");
}

/// The mark beside the database: what was set is read, and of any other bytes nothing or what they would have been
/// written for.
void tip_mark(Input& in) {
  static const Scratch scratch;
  const auto file = scratch.path() / "m.sqlite";
  const ByteView raw = in.bytes(in.byte() % 40U);
  std::ofstream(file.string() + "-tip", std::ios::binary)
      .write(as_text(raw).data(), static_cast<std::streamsize>(raw.size()));
  daemon::TipMark mark(file);
  const auto found = mark.read();
  if (found.blocks != 0 || found.transactions != 0) {
    mark.forget();
    mark.set(found);
    const auto written = daemon::read_file(file.string() + "-tip", 100);
    require(written && same(ByteView(*written).first(24), raw.first(24)), "one encoding");
  }
  mark.forget();
  require(mark.read().blocks == 0, "forgotten");
  const daemon::TipMark::Acknowledged set{in.integer<std::uint64_t>(), in.integer<std::uint64_t>()};
  mark.set(set);
  require(mark.read().blocks == set.blocks && mark.read().transactions == set.transactions, "read(set(x)) == x");
}

/// A row of what waits: one that was written is kept; with anything in place of a column it is kept as it was, mended,
/// or lost, and never another.
void mempool_row(Input& in) {
  static const Scratch scratch;
  static const std::unique_ptr<daemon::Database> database = [] {
    auto opened = std::move(*daemon::Database::open(scratch.path() / "mempool.sqlite"));
    require(opened->execute("PRAGMA synchronous = OFF").has_value(), "SQLite");
    require(opened->execute(daemon::MempoolTable::kCreate).has_value(), "SQLite");
    return opened;
  }();
  static daemon::MempoolTable table = [] {
    daemon::MempoolTable made;
    require(made.prepare(*database).has_value(), "SQLite");
    return made;
  }();
  static constexpr std::string_view kColumns[] = {"id", "received", "local", "data", "checksum"};
  static std::vector<Statement> updates = [] {
    std::vector<Statement> list;
    for (const std::string_view c : kColumns) {
      list.push_back(std::move(*database->prepare("UPDATE mempool SET " + std::string(c) + " = ?")));
    }
    return list;
  }();
  daemon::KeptTransaction kept;
  kept.received = in.byte();
  kept.local = in.byte() % 2 == 1;
  Statement& update = updates[in.byte() % std::size(kColumns)];
  std::list<Bytes> alive;
  bind(update, 1, in, alive);
  auto transaction = Transaction::decode(in.rest());
  if (!transaction) return update.reset();
  kept.transaction = *std::move(transaction);
  std::uint64_t rows = 0;
  require(table.clear(rows).has_value() && table.put(kept, rows).has_value() && rows == 1, "SQLite");
  daemon::WaitingTransactions found;
  require(table.load(found).has_value() && found.sound() && found.kept.size() == 1, "read(write(row)) == row");
  const auto same_as_kept = [&](const daemon::KeptTransaction& k) {
    return k.transaction == kept.transaction && k.received == kept.received && k.local == kept.local;
  };
  require(same_as_kept(found.kept.front()), "read(write(row)) == row");
  if (!update.run()) return;  // NULL, where the table wants a value
  daemon::WaitingTransactions after;
  require(table.load(after).has_value(), "SQLite");
  require(after.kept.size() + after.mended.size() + after.lost.size() == 1, "one row, whatever it is now");
  for (const auto& k : after.kept) require(same_as_kept(k), "no other row than the one that was written is kept");
  for (const auto& t : after.mended) require(t == kept.transaction, "mended is as it was");
}

/// A row of the index: found as it was added, and refused with anything in place of a column.
void index_row(Input& in) {
  static const Scratch scratch;
  static const std::unique_ptr<daemon::Database> database = [] {
    auto opened = std::move(*daemon::Database::open(scratch.path() / "index.sqlite"));
    require(opened->execute("PRAGMA synchronous = OFF").has_value(), "SQLite");
    require(opened->execute(daemon::TransactionIndex::kCreate).has_value(), "SQLite");
    return opened;
  }();
  static daemon::TransactionIndex index = [] {
    daemon::TransactionIndex made;
    require(made.prepare(*database).has_value(), "SQLite");
    return made;
  }();
  static constexpr std::string_view kColumns[] = {"height", "position", "id", "sender", "receiver", "checksum"};
  static std::vector<Statement> updates = [] {
    std::vector<Statement> list;
    for (const std::string_view c : kColumns) {
      list.push_back(std::move(*database->prepare("UPDATE transactions SET " + std::string(c) + " = ?")));
    }
    return list;
  }();
  const std::uint64_t height = in.byte() + 1U;
  Statement& update = updates[in.byte() % std::size(kColumns)];
  std::list<Bytes> alive;
  bind(update, 1, in, alive);
  const auto transaction = Transaction::decode(in.rest());
  if (!transaction) return update.reset();
  const std::vector<Transaction> one{*transaction};
  require(index.cut(0).has_value() && index.add(height, one).has_value() && index.check().has_value(), "SQLite");
  const auto is_it = [&](const Result<std::optional<daemon::TransactionPlace>>& found) {
    return found && *found && (*found)->height == height && (*found)->position == 0;
  };
  require(is_it(index.find(transaction->id())), "found(add(x)) == x");
  if (update.run()) {
    const auto sound = index.check();
    require(!sound || is_it(index.find(transaction->id())), "no other row than the one that was written is read");
    if (!sound) require(daemon::is_damage(sound.error()), "damage is called that");
  }
  require(database->execute("DELETE FROM transactions").has_value(), "SQLite");
}

}  // namespace

/// The rows of the chain database, by the first byte.
void chain_rows(ByteView input) {
  Input in(input);
  switch (in.byte() % 11) {
    case 0: return undo(in.rest());
    case 1: return head(in.rest());
    case 2: return account_row(in);
    case 3: return any_row(in);
    case 4: return claim(in.rest());
    case 5: return waiting(in.rest());
    case 6: return set_aside(in.rest());
    case 7: return tip_mark(in);
    case 8: return mempool_row(in);
    case 9: return index_row(in);
    default: return written_row(in);
  }
}

}  // namespace freezenet::fuzz
