#pragma once

#include "consensus/ledger.h"
#include "daemon/storage/sqlite.h"

namespace freezenet::daemon {

/// The claims of the active chain, the first one first: rows `place`, record, checksum. Part of ChainTables.
class ClaimTable {
 public:
  static constexpr const char* kCreate =
      "CREATE TABLE claims(place INTEGER PRIMARY KEY, record BLOB NOT NULL, checksum BLOB NOT NULL);";

  Result<> prepare(const Database& database);
  /// Leaves the first `below`, then appends.
  Result<> replace(std::uint64_t below, const std::vector<ClaimRecord>& records);
  /// All of them, each checked.
  Result<std::vector<ClaimRecord>> load();

 private:
  const Database* database_ = nullptr;
  Statement put_, cut_, all_;
};

}  // namespace freezenet::daemon
