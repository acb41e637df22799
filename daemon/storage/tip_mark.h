#pragma once

#include <cstdint>
#include <filesystem>

#include "daemon/durable_file.h"

namespace freezenet::daemon {

/// How many blocks and how many of the user's transactions the database beside it has acknowledged, in the file
/// DATABASE-tip. SQLite takes a damaged end of its log for a crash in the middle of a commit, and drops it without a
/// word; the mark tells that there was more.
///
/// Written after the commit is durable and never synced itself, so it cannot be ahead of the database: a power cut may
/// leave an older one, which says less and nothing wrong. One that cannot be read or written counts for nothing.
/// The store's thread.
class TipMark {
 public:
  explicit TipMark(const std::filesystem::path& database);
  struct Acknowledged {
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;  ///< WaitingCount::acknowledged
  };
  /// Zeros where there is no mark.
  [[nodiscard]] Acknowledged read() const;
  void set(const Acknowledged& acknowledged);
  /// The database was made anew.
  void forget();

 private:
  FileDescriptor fd_;
};

}  // namespace freezenet::daemon
