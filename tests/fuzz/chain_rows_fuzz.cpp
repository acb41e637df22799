#include <list>
#include <vector>

#include "daemon/storage/chain_rows.h"
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

}  // namespace

/// The rows of the chain database, by the first byte.
void chain_rows(ByteView input) {
  Input in(input);
  switch (in.byte() % 6) {
    case 0: return undo(in.rest());
    case 1: return head(in.rest());
    case 2: return account_row(in);
    case 3: return any_row(in);
    case 4: return claim(in.rest());
    default: return written_row(in);
  }
}

}  // namespace freezenet::fuzz
