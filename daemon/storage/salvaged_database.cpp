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
  salvaged.last_ = std::max(salvaged.last_, TipMark(file).read());
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

std::vector<Hash256> SalvagedDatabase::set_aside() {
  if (!database_) return {};
  auto statement = database_->prepare("SELECT value, checksum FROM meta WHERE key = 'set-aside'");
  if (!statement) return {};
  const auto found = statement->step();
  if (!found || !*found) return {};
  const ByteView value = statement->blob(0);
  if (!same_bytes(meta_checksum("set-aside", value), statement->blob(1))) return {};
  return decode_set_aside(value).value_or(std::vector<Hash256>());
}

std::vector<KeptTransaction> SalvagedDatabase::waiting(std::uint64_t& damaged) {
  std::vector<KeptTransaction> kept;
  MempoolTable table;
  if (!database_ || !table.prepare(*database_)) return kept;  // none: an older schema
  std::size_t rows = 0;
  if (!table.load(kept, rows)) ++rows;
  damaged += rows;
  return kept;
}

}  // namespace freezenet::daemon
