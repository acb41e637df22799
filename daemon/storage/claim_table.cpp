#include "daemon/storage/claim_table.h"

#include "daemon/storage/chain_rows.h"

namespace freezenet::daemon {

Result<> ClaimTable::prepare(const Database& database) {
  database_ = &database;
  return database.prepare_into(put_, "INSERT INTO claims(place, record, checksum) VALUES(?,?,?)")
      .and_then([&] { return database.prepare_into(cut_, "DELETE FROM claims WHERE place >= ?"); })
      .and_then(
          [&] { return database.prepare_into(all_, "SELECT place, record, checksum FROM claims ORDER BY place"); });
}

Result<> ClaimTable::replace(std::uint64_t below, const std::vector<ClaimRecord>& records) {
  if (auto cut = cut_.bind_unsigned(1, below).run(); !cut) return cut;
  for (const ClaimRecord& record : records) {
    Writer out;
    record.encode(out);
    const Bytes checksum = claim_checksum(below, out.data());
    auto put = put_.bind_unsigned(1, below).bind(2, ByteView(out.data())).bind(3, ByteView(checksum)).run();
    if (!put) return put;
    ++below;
  }
  return {};
}

Result<std::vector<ClaimRecord>> ClaimTable::load() {
  const Statement::Reset reset(all_);
  std::vector<ClaimRecord> records;
  for (auto row = all_.step(); !row || *row; row = all_.step()) {
    if (!row) return tl::unexpected(row.error());
    const std::string name = "claim row " + std::to_string(records.size());
    if (all_.unsigned_integer(0) != records.size())
      return tl::unexpected(damaged_database(database_->file(), name + " is missing"));
    const auto record = ClaimRecord::decode(all_.blob(1));
    if (!record || !same_bytes(claim_checksum(records.size(), all_.blob(1)), all_.blob(2)))
      return tl::unexpected(damaged_database(database_->file(), name + " fails its checksum"));
    records.push_back(*record);
  }
  return records;
}

}  // namespace freezenet::daemon
