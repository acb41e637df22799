#include "daemon/storage/salvaged_database.h"

#include <algorithm>

#include "daemon/durable_file.h"
#include "daemon/storage/tip_mark.h"

namespace freezenet::daemon {
namespace {

/// A damaged page may hold any number; a chain does not.
std::uint64_t bounded(std::int64_t value) {
  constexpr std::int64_t kMost = 100'000'000;
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(value, 0, kMost));
}

}  // namespace

Result<SalvagedDatabase> SalvagedDatabase::open(const std::filesystem::path& file) {
  SalvagedDatabase salvaged;
  const TipMark::Acknowledged mark = TipMark(file).read();
  salvaged.acknowledged_ = mark.transactions;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (error) return tl::unexpected(storage_error("open", file, error.value()));
    return salvaged;
  }
  auto opened = Database::open(file);
  if (!opened)
    return is_damage(opened.error()) ? Result<SalvagedDatabase>(std::move(salvaged)) : tl::unexpected(opened.error());
  salvaged.database_ = *std::move(opened);
  auto prepared =
      salvaged.database_->prepare("SELECT " + std::string(BlockRow::kColumns) + " FROM blocks WHERE seq = ?");
  if (!prepared) {
    if (!is_damage(prepared.error())) return tl::unexpected(prepared.error());
    salvaged.database_.reset();
    return salvaged;
  }
  salvaged.by_seq_ = *std::move(prepared);
  // None of the three is sure to be readable, and a row of a number too many costs nothing.
  for (const char* sql : {"SELECT max(seq) FROM blocks", "SELECT count(*) FROM blocks NOT INDEXED"}) {
    if (const auto found = salvaged.database_->integer(sql)) salvaged.last_ = std::max(salvaged.last_, bounded(*found));
  }
  salvaged.last_ = std::max(salvaged.last_, mark.blocks);
  return salvaged;
}

std::optional<BlockRow> SalvagedDatabase::row(std::uint64_t number) {
  by_seq_.bind_unsigned(1, number);
  const auto found = by_seq_.step();
  auto row = found && *found ? BlockRow::read(by_seq_) : std::nullopt;
  by_seq_.reset();
  if (row && row->seq != number) return std::nullopt;
  return row;
}

std::optional<Bytes> SalvagedDatabase::meta(std::string_view key) {
  if (!database_) return std::nullopt;
  auto statement = database_->prepare("SELECT value, checksum FROM meta WHERE key = ?");
  if (!statement) return std::nullopt;
  const auto found = statement->bind(1, key).step();
  if (!found || !*found) return std::nullopt;
  const ByteView value = statement->blob(0);
  if (!same_bytes(meta_checksum(key, value), statement->blob(1))) return std::nullopt;
  return Bytes(value.begin(), value.end());
}

std::vector<Hash256> SalvagedDatabase::set_aside() {
  const auto value = meta("set-aside");
  return value ? decode_set_aside(*value).value_or(std::vector<Hash256>()) : std::vector<Hash256>();
}

WaitingTransactions SalvagedDatabase::waiting() {
  WaitingTransactions found;
  MempoolTable table;
  const bool whole = database_ && table.prepare(*database_) && table.load(found).has_value();
  const auto value = meta("waiting");
  const auto count = value ? WaitingCount::decode(*value) : std::nullopt;
  if (count) found.compare(*count, acknowledged_);
  // An older schema has no count, and no mark.
  found.unknown = acknowledged_ > 0 && (!whole || !count);
  return found;
}

}  // namespace freezenet::daemon
