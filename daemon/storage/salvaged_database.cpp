#include "daemon/storage/salvaged_database.h"

#include <algorithm>

#include "daemon/storage/tip_mark.h"

namespace freezenet::daemon {
namespace {

/// A damaged page may hold any number; a chain does not.
std::uint64_t bounded(std::int64_t value) {
  constexpr std::int64_t kMost = 100'000'000;
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(value, 0, kMost));
}

}  // namespace

SalvagedDatabase::SalvagedDatabase(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return;
  auto opened = Database::open(file);
  if (!opened) return;
  database_ = *std::move(opened);
  auto prepared = database_->prepare("SELECT " + std::string(BlockRow::kColumns) + " FROM blocks WHERE seq = ?");
  if (!prepared) return;
  by_seq_ = *std::move(prepared);
  // None of the three is sure to be readable, and a row of a number too many costs nothing.
  for (const char* sql : {"SELECT max(seq) FROM blocks", "SELECT count(*) FROM blocks NOT INDEXED"}) {
    if (const auto found = database_->integer(sql)) last_ = std::max(last_, bounded(*found));
  }
  last_ = std::max(last_, TipMark(file).read());
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
  if (!same_bytes(meta_checksum("set-aside", value), statement->blob(1)) || value.size() % 32 != 0) return {};
  Reader in(value);
  std::vector<Hash256> blocks(value.size() / 32);
  for (Hash256& hash : blocks) hash = in.hash();
  return blocks;
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
