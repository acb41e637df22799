#include "daemon/storage/reindex.h"

#include <algorithm>
#include <map>

#include <fcntl.h>

#include "consensus/base/hex.h"
#include "consensus/chain/chain.h"
#include "consensus/crypto/merkle.h"
#include "daemon/durable_file.h"
#include "daemon/storage/chain_rows.h"
#include "daemon/storage/sqlite_chain_store.h"
#include "daemon/storage/tip_mark.h"

namespace freezenet::daemon {
namespace {

namespace fs = std::filesystem;

fs::path with(const fs::path& file, const char* suffix) { return file.string() + suffix; }

/// A file of SQLite's, and what belongs to it.
Result<> remove_database(const fs::path& file) {
  for (const char* suffix : {"-wal", "-shm", ""}) {
    std::error_code error;
    fs::remove(with(file, suffix), error);
    if (error) return tl::unexpected(storage_error("remove", with(file, suffix), error.value()));
  }
  return {};
}

Result<> rename_durably(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return tl::unexpected(storage_error("rename to", to, error.value()));
  return sync_folder(to.parent_path());
}

/// The new file is whole and synced. Its own log is gone; the old one's must be before the new one bears the name, or
/// SQLite would fold the one into the other.
Result<> put_in_place(const fs::path& rebuilt, const fs::path& database, bool keep_old) {
  for (const char* suffix : {"-wal", "-shm", "-tip"}) {
    std::error_code error;
    fs::remove(with(database, suffix), error);
    if (error) return tl::unexpected(storage_error("remove", with(database, suffix), error.value()));
  }
  if (auto synced = sync_folder(database.parent_path()); !synced) return synced;
  std::error_code error;
  if (keep_old && fs::exists(database, error)) {
    if (auto kept = rename_durably(database, with(database, ".old")); !kept) return kept;
  }
  return rename_durably(rebuilt, database);
}

/// Rows of a database that may be damaged anywhere: each is asked for by its number, so that a page that cannot be read
/// costs the rows on it and no others.
class OldRows {
 public:
  explicit OldRows(const fs::path& file) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return;
    auto opened = Database::open(file);
    if (!opened) return;
    database_ = *std::move(opened);
    auto prepared = database_->prepare("SELECT " + std::string(BlockRow::kColumns) + " FROM blocks WHERE seq = ?");
    if (!prepared) return;
    by_seq_ = *std::move(prepared);
    // None of the three is sure to be readable, and a row of a number too many costs nothing.
    for (const char* sql : {"SELECT max(seq) FROM blocks", "SELECT count(*) FROM blocks NOT INDEXED"}) {
      if (const auto found = database_->integer(sql); found && *found > 0) last_ = std::max(last_, seq(*found));
    }
    auto mark = TipMark(file).read();
    last_ = std::max(last_, mark);
  }
  [[nodiscard]] std::uint64_t last() const { return last_; }

  /// nullopt: there is none, or it is not what was written.
  std::optional<BlockRow> row(std::uint64_t number) {
    by_seq_.bind_unsigned(1, number);
    const auto found = by_seq_.step();
    auto row = found && *found ? BlockRow::read(by_seq_) : std::nullopt;
    by_seq_.reset();
    if (row && row->seq != number) return std::nullopt;
    return row;
  }

 private:
  /// A damaged page may hold any number; a chain does not.
  static std::uint64_t seq(std::int64_t value) {
    constexpr std::int64_t kMost = 100'000'000;
    return static_cast<std::uint64_t>(std::min(value, kMost));
  }

  std::unique_ptr<Database> database_;
  Statement by_seq_;
  std::uint64_t last_ = 0;
};

class Rebuild {
 public:
  Rebuild(OldRows& old, const NetworkParams& params, SqliteChainStore& store,
          const std::function<void(const std::string&)>& say)
      : old_(old), chain_(params, store), say_(say) {}

  Result<ReindexReport> run() {
    take_headers();
    // The order in which the blocks were complete decides between branches of equal work, and is not that of the rows.
    for (const auto& [completed, entry] : completed_) chain_.mark_complete(*entry);
    for (std::uint64_t seq = 1; seq <= old_.last(); ++seq) {
      if (auto taken = take_block(seq); !taken) return tl::unexpected(taken.error());
      if (seq % 1000 == 0) say_(std::to_string(seq) + " of " + std::to_string(old_.last()) + " blocks");
    }
    return report_;
  }

 private:
  void take_headers() {
    for (std::uint64_t seq = 1; seq <= old_.last(); ++seq) {
      const auto row = old_.row(seq);
      const auto block = row ? row->decode() : std::nullopt;
      if (!block) {
        ++report_.damaged;
        continue;
      }
      // Its own time for the clock: the block was taken once.
      const auto entry = chain_.add_header(block->header, block->header.candidate.time);
      if (entry) {
        completed_.emplace(block->completed, *entry);
      } else {
        ++report_.loose;
      }
    }
  }

  Result<> take_block(std::uint64_t seq) {
    const auto row = old_.row(seq);
    const auto block = row ? row->decode() : std::nullopt;
    const BlockEntry* entry = block ? chain_.find(row->hash) : nullptr;
    if (entry == nullptr) return {};
    if (!chain_.ready(*entry) || !chain_.check_body(*entry, block->body)) {
      ++report_.loose;
      return {};
    }
    const BlockOutcome& outcome = block->outcome;
    auto update = chain_.accept(*entry, block->body, {outcome.canonical_root, outcome.score, outcome.adopted});
    if (!update) return tl::unexpected(update.error());
    if (*entry->outcome != outcome) {
      return reject(RejectCode::kStorage, "block " + to_hex(row->hash) +
                                              " has another outcome than its row says: the database was written by "
                                              "other rules; move it away and start again to sync from peers");
    }
    ++report_.blocks;
    return {};
  }

  OldRows& old_;
  Chain chain_;
  const std::function<void(const std::string&)>& say_;
  std::multimap<std::uint64_t, const BlockEntry*> completed_;
  ReindexReport report_;
};

Result<> sync_file(const fs::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return tl::unexpected(storage_error("sync", file, errno));
  return {};
}

}  // namespace

bool reindex_was_cut_short(const fs::path& database) {
  std::error_code error;
  return fs::exists(with(database, ".building"), error) || fs::exists(with(database, ".rebuilt"), error);
}

Result<ReindexReport> reindex(const fs::path& database, const NetworkParams& params,
                              const std::function<void(const std::string&)>& say) {
  const fs::path building = with(database, ".building"), rebuilt = with(database, ".rebuilt");
  std::error_code error;
  if (fs::exists(rebuilt, error)) {
    ReindexReport report;
    report.finished_before = true;
    if (auto placed = put_in_place(rebuilt, database, true); !placed) return tl::unexpected(placed.error());
    return report;
  }
  if (auto removed = remove_database(building); !removed) return tl::unexpected(removed.error());
  Result<ReindexReport> report;
  {
    // Before the first row is read: a start without the option must go on with this.
    auto store = SqliteChainStore::open_unsynced(building, params.genesis_hash());
    if (!store) return tl::unexpected(store.error());
    OldRows old(database);
    report = Rebuild(old, params, **store, say).run();
    if (!report) return report;
    if (auto finished = (*store)->finish(); !finished) return tl::unexpected(finished.error());
  }
  auto placed = sync_file(building).and_then([&] { return rename_durably(building, rebuilt); }).and_then([&] {
    return put_in_place(rebuilt, database, report->damaged + report->loose > 0 || report->blocks == 0);
  });
  if (!placed) return tl::unexpected(placed.error());
  return report;
}

Result<std::size_t> remove_damaged_models(ModelStore& models, std::uint64_t most) {
  const auto roots = models.roots();
  if (!roots) return tl::unexpected(roots.error());
  std::size_t removed = 0;
  for (const Hash256& root : *roots) {
    const auto intact = models.intact(root, most);
    if (!intact) return tl::unexpected(intact.error());
    if (*intact) continue;
    if (auto gone = models.remove(root); !gone) return tl::unexpected(gone.error());
    ++removed;
  }
  return removed;
}

}  // namespace freezenet::daemon
