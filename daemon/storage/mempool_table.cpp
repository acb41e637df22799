#include "daemon/storage/mempool_table.h"

#include "daemon/storage/chain_rows.h"

namespace freezenet::daemon {

Result<> MempoolTable::prepare(const Database& database) {
  return database
      .prepare_into(put_, "INSERT OR REPLACE INTO mempool(id, received, local, data, checksum) VALUES(?,?,?,?,?)")
      .and_then([&] { return database.prepare_into(remove_, "DELETE FROM mempool WHERE id = ?"); })
      .and_then([&] {
        return database.prepare_into(all_,
                                     "SELECT id, received, local, data, checksum FROM mempool ORDER BY received, id");
      });
}

Result<> MempoolTable::put(const KeptTransaction& kept) {
  Writer data;
  kept.transaction.encode(data);
  const Hash256 id = kept.transaction.id();
  const Bytes checksum = mempool_checksum(id.bytes, kept.received, kept.local, data.data());
  put_.bind(1, ByteView(id.bytes)).bind_unsigned(2, kept.received).bind(3, std::int64_t{kept.local ? 1 : 0});
  return put_.bind(4, ByteView(data.data())).bind(5, ByteView(checksum)).run();
}

Result<> MempoolTable::remove(const Hash256& id) { return remove_.bind(1, ByteView(id.bytes)).run(); }

Result<> MempoolTable::load(std::vector<KeptTransaction>& kept, std::size_t& damaged) {
  const Statement::Reset reset(all_);
  for (auto row = all_.step(); !row || *row; row = all_.step()) {
    if (!row) return tl::unexpected(row.error());
    const std::uint64_t received = all_.unsigned_integer(1);
    const std::int64_t local = all_.integer(2);
    auto transaction = Transaction::decode(all_.blob(3));
    const Bytes checksum = mempool_checksum(all_.blob(0), received, local == 1, all_.blob(3));
    if (!transaction || (local != 0 && local != 1) || !same_bytes(checksum, all_.blob(4))) {
      ++damaged;
      continue;
    }
    kept.push_back({*std::move(transaction), received, local == 1});
  }
  return {};
}

}  // namespace freezenet::daemon
