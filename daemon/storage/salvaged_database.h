#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/storage/chain_rows.h"
#include "daemon/storage/mempool_table.h"

namespace freezenet::daemon {

/// A chain database of any schema that may be damaged anywhere: what can be read of it, and nothing that is not as it
/// was written. Each block is asked for by its number, so that a page that cannot be read costs the rows on it alone.
///
/// Where there is no file, or one that is not a database at all, it has nothing.
class SalvagedDatabase {
 public:
  /// kStorage where the file may be sound and cannot be opened now: another user's, in use, no memory.
  static Result<SalvagedDatabase> open(const std::filesystem::path& file);

  /// No block has a greater number.
  [[nodiscard]] std::uint64_t last() const { return last_; }
  /// nullopt: there is none, or it is not what was written.
  std::optional<BlockRow> row(std::uint64_t number);
  /// What the operator declared invalid; empty where that cannot be read.
  std::vector<Hash256> set_aside();
  /// Transactions that wait for a block.
  WaitingTransactions waiting();

 private:
  SalvagedDatabase() = default;
  /// The value of a row of `meta`, where it is what was written.
  std::optional<Bytes> meta(std::string_view key);

  std::unique_ptr<Database> database_;
  Statement by_seq_;
  std::uint64_t last_ = 0;
  std::uint64_t acknowledged_ = 0;  // of the user's transactions, by the mark beside the file
};

}  // namespace freezenet::daemon
