#include "daemon/storage/mempool_table.h"

#include <algorithm>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

/// An id as everybody shows it, where the key still is one.
std::string shown(ByteView key) {
  Hash256 id;
  if (key.size() != id.bytes.size()) return to_hex(key);
  std::ranges::copy(key, id.bytes.begin());
  return to_hex(id);
}

}  // namespace

std::vector<KeptTransaction> WaitingTransactions::all(std::uint64_t now) const {
  std::vector<KeptTransaction> all = kept;
  for (const Transaction& transaction : mended) all.push_back({transaction, now, true});
  return all;
}

void WaitingTransactions::compare(const WaitingCount& count, std::uint64_t acknowledged) {
  const std::uint64_t found = kept.size() + mended.size() + lost.size();
  missing = count.rows - std::min(count.rows, found);
  cut_off = acknowledged - std::min(acknowledged, count.acknowledged);
}

std::string WaitingTransactions::what_is_lost() const {
  constexpr std::size_t kNamed = 20;
  std::string line = "the database is damaged where transactions wait for a block:";
  if (!mended.empty()) line += " " + std::to_string(mended.size()) + " could be mended;";
  if (!lost.empty()) line += " " + std::to_string(lost.size()) + " cannot be read:";
  for (std::size_t i = 0; i < std::min(lost.size(), kNamed); ++i) line += " " + lost[i];
  if (lost.size() > kNamed) line += " ...";
  if (!lost.empty()) line += ";";
  if (missing > 0) line += " " + std::to_string(missing) + " are gone;";
  if (cut_off > 0)
    line += " the " + std::to_string(cut_off) + " newest of this node's user are gone with the end of the log;";
  if (unknown) line += " how many there were cannot be read;";
  if (lost.empty() && missing == 0 && cut_off == 0 && !unknown) return line + " nothing is lost";
  return line + " ask listtransactions for each payment that no block holds yet, and send again what is not there";
}

Result<> MempoolTable::prepare(const Database& database) {
  database_ = &database;
  return database.prepare_into(put_, "INSERT INTO mempool(id, received, local, data, checksum) VALUES(?,?,?,?,?)")
      .and_then([&] { return database.prepare_into(remove_, "DELETE FROM mempool WHERE id = ?"); })
      .and_then([&] { return database.prepare_into(clear_, "DELETE FROM mempool"); })
      .and_then([&] {
        return database.prepare_into(all_,
                                     "SELECT id, received, local, data, checksum FROM mempool ORDER BY received, id");
      });
}

Result<> MempoolTable::put(const KeptTransaction& kept, std::uint64_t& rows) {
  Writer data;
  kept.transaction.encode(data);
  const Hash256 id = kept.transaction.id();
  if (auto removed = remove(id, rows); !removed) return removed;
  const Bytes checksum = mempool_checksum(id.bytes, kept.received, kept.local, data.data());
  put_.bind(1, ByteView(id.bytes)).bind_unsigned(2, kept.received).bind(3, std::int64_t{kept.local ? 1 : 0});
  return put_.bind(4, ByteView(data.data())).bind(5, ByteView(checksum)).run().map([&] { ++rows; });
}

Result<> MempoolTable::remove(const Hash256& id, std::uint64_t& rows) {
  return remove_.bind(1, ByteView(id.bytes)).run().map([&] { rows -= std::min(rows, database_->changes()); });
}

Result<> MempoolTable::clear(std::uint64_t& rows) {
  return clear_.run().map([&] { rows = 0; });
}

Result<> MempoolTable::load(WaitingTransactions& found) {
  const Statement::Reset reset(all_);
  for (auto row = all_.step(); !row || *row; row = all_.step()) {
    if (!row) return tl::unexpected(row.error());
    sort_out(found);
  }
  return {};
}

void MempoolTable::sort_out(WaitingTransactions& found) const {
  const ByteView key = all_.blob(0), data = all_.blob(3), sum = all_.blob(4);
  const std::uint64_t received = all_.unsigned_integer(1);
  const bool local = all_.integer(2) == 1;
  auto transaction = Transaction::decode(data);
  if (!transaction) {
    found.lost.push_back(shown(key));
    return;
  }
  const Hash256 id = transaction->id();
  const bool fits =
      same_bytes(mempool_checksum(id.bytes, received, local, data), sum) && (local || all_.integer(2) == 0);
  if (fits && same_bytes(key, id.bytes)) {
    found.kept.push_back({*std::move(transaction), received, local});
  } else if (fits || same_bytes(key, id.bytes)) {
    // The one bears out the other: it is the transaction that was written.
    found.mended.push_back(*std::move(transaction));
  } else {
    found.lost.push_back(shown(key));
  }
}

}  // namespace freezenet::daemon
