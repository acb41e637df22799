#include "daemon/storage/transaction_index.h"

#include <algorithm>

#include "daemon/storage/chain_rows.h"

namespace freezenet::daemon {

namespace {

constexpr const char* kColumns = "SELECT height, position, id, sender, receiver, checksum FROM transactions ";

}  // namespace

Result<> TransactionIndex::prepare(const Database& database) {
  database_ = &database;
  const std::string columns = kColumns;
  return database
      .prepare_into(add_,
                    "INSERT INTO transactions(height, position, id, sender, receiver, checksum) VALUES(?,?,?,?,?,?)")
      .and_then([&] { return database.prepare_into(cut_, "DELETE FROM transactions WHERE height > ?"); })
      .and_then([&] { return database.prepare_into(by_id_, columns + "WHERE id = ?"); })
      .and_then([&] { return database.prepare_into(all_, columns); })
      // Two indexed searches, so that neither walks the whole table; one that was sent to oneself stands once.
      .and_then([&] {
        return database.prepare_into(by_account_, columns + "WHERE sender = ?1 UNION " + columns +
                                                      "WHERE receiver = ?1 ORDER BY height DESC, position DESC "
                                                      "LIMIT ?2 OFFSET ?3");
      });
}

Result<> TransactionIndex::add(std::uint64_t height, std::span<const Transaction> transactions) {
  for (std::size_t position = 0; position < transactions.size(); ++position) {
    const Transaction& transaction = transactions[position];
    const Hash256 id = transaction.id();
    const auto* transfer = std::get_if<Transfer>(&transaction.action);
    const ByteView receiver = transfer != nullptr ? ByteView(transfer->to.bytes) : ByteView();
    const Bytes checksum = transaction_checksum(height, position, id.bytes, transaction.from.bytes, receiver);
    add_.bind_unsigned(1, height).bind_unsigned(2, position).bind(3, ByteView(id.bytes));
    add_.bind(4, ByteView(transaction.from.bytes)).bind(5, receiver).bind(6, ByteView(checksum));
    if (auto added = add_.run(); !added) return added;
  }
  return {};
}

Result<> TransactionIndex::cut(std::uint64_t height) { return cut_.bind_unsigned(1, height).run(); }

Result<std::optional<TransactionPlace>> TransactionIndex::find(const Hash256& id) {
  by_id_.bind(1, ByteView(id.bytes));
  const auto found = places(by_id_);
  if (!found) return tl::unexpected(found.error());
  return found->empty() ? std::nullopt : std::optional(found->front());
}

Result<std::vector<TransactionPlace>> TransactionIndex::of_account(const XOnlyKey& account, std::size_t skip,
                                                                   std::size_t count) {
  by_account_.bind(1, ByteView(account.bytes)).bind_unsigned(2, std::min<std::size_t>(count, 10'000));
  by_account_.bind_unsigned(3, std::min<std::size_t>(skip, 1'000'000'000));
  return places(by_account_);
}

Result<std::vector<TransactionPlace>> TransactionIndex::places(Statement& query) {
  const Statement::Reset reset(query);
  std::vector<TransactionPlace> places;
  for (auto row = query.step(); !row || *row; row = query.step()) {
    if (!row) return tl::unexpected(row.error());
    const auto found = place(query);
    if (!found) return tl::unexpected(found.error());
    places.push_back(*found);
  }
  return places;
}

Result<> TransactionIndex::check() {
  const Statement::Reset reset(all_);
  for (auto row = all_.step(); !row || *row; row = all_.step()) {
    if (!row) return tl::unexpected(row.error());
    if (auto sound = place(all_); !sound) return tl::unexpected(sound.error());
  }
  return {};
}

Result<TransactionPlace> TransactionIndex::place(const Statement& row) const {
  const std::uint64_t height = row.unsigned_integer(0), position = row.unsigned_integer(1);
  const Bytes checksum = transaction_checksum(height, position, row.blob(2), row.blob(3), row.blob(4));
  if (row.blob(2).size() != 32 || !same_bytes(checksum, row.blob(5))) {
    return tl::unexpected(damaged_database(database_->file(), "transaction row " + std::to_string(height) + "/" +
                                                                  std::to_string(position) + " fails its checksum"));
  }
  TransactionPlace place{{}, height, static_cast<std::uint32_t>(position)};
  std::ranges::copy(row.blob(2), place.id.bytes.begin());
  return place;
}

}  // namespace freezenet::daemon
