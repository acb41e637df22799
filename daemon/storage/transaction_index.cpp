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
    const std::uint64_t height = query.unsigned_integer(0), position = query.unsigned_integer(1);
    const Bytes checksum = transaction_checksum(height, position, query.blob(2), query.blob(3), query.blob(4));
    if (query.blob(2).size() != 32 || !same_bytes(checksum, query.blob(5))) {
      return tl::unexpected(damaged_database(database_->file(), "transaction row " + std::to_string(height) + "/" +
                                                                    std::to_string(position) + " fails its checksum"));
    }
    TransactionPlace place{{}, height, static_cast<std::uint32_t>(position)};
    std::ranges::copy(query.blob(2), place.id.bytes.begin());
    places.push_back(place);
  }
  return places;
}

}  // namespace freezenet::daemon
