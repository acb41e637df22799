#include "daemon/storage/reindex.h"

#include <algorithm>
#include <map>

#include "consensus/base/hex.h"
#include "consensus/chain/chain.h"
#include "consensus/crypto/merkle.h"
#include "daemon/durable_file.h"
#include "daemon/storage/salvaged_database.h"
#include "daemon/storage/sqlite_chain_store.h"

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

/// What an earlier repair put aside may hold what this one has not: it is never overwritten.
fs::path free_name(const fs::path& wanted) {
  std::error_code error;
  fs::path name = wanted;
  for (int n = 2; fs::exists(name, error) || fs::exists(with(name, "-wal"), error); ++n) {
    name = wanted.string() + std::to_string(n);
  }
  return name;
}

/// The new file is whole and synced. Its own log is gone; the old one's must be before the new one bears the name, or
/// SQLite would fold the one into the other.
Result<> put_in_place(const fs::path& rebuilt, const fs::path& database, bool keep_old) {
  std::error_code error;
  keep_old = keep_old && fs::exists(database, error);
  const fs::path old = keep_old ? free_name(with(database, ".old")) : fs::path();
  if (keep_old && fs::exists(with(database, "-wal"), error)) {
    if (auto kept = rename_durably(with(database, "-wal"), with(old, "-wal")); !kept) return kept;
  }
  for (const char* suffix : {"-wal", "-shm", "-tip"}) {
    fs::remove(with(database, suffix), error);
    if (error) return tl::unexpected(storage_error("remove", with(database, suffix), error.value()));
  }
  if (auto synced = sync_folder(database.parent_path()); !synced) return synced;
  if (keep_old) {
    if (auto kept = rename_durably(database, old); !kept) return kept;
  }
  return rename_durably(rebuilt, database);
}

class Rebuild {
 public:
  Rebuild(SalvagedDatabase& old, const NetworkParams& params, SqliteChainStore& store,
          const std::function<void(const std::string&)>& say, bool keep_assumed)
      : old_(old), chain_(params, store), store_(store), say_(say), keep_assumed_(keep_assumed) {}

  Result<ReindexReport> run() {
    take_headers();
    // The order in which the blocks were complete decides between branches of equal work, and is not that of the rows.
    for (const auto& [completed, entry] : completed_) chain_.mark_complete(*entry);
    for (std::uint64_t seq = 1; seq <= old_.last(); ++seq) {
      if (auto taken = take_block(seq); !taken) return tl::unexpected(taken.error());
      if (seq % 1000 == 0) say_(std::to_string(seq) + " of " + std::to_string(old_.last()) + " blocks");
    }
    for (const Hash256& hash : old_.set_aside()) {
      const BlockEntry* entry = chain_.find(hash);
      if (entry == nullptr || !entry->outcome) {
        say_("block " + to_hex(hash) + ", which was declared invalid, is lost; if it comes back, declare it again");
        continue;
      }
      if (auto moved = chain_.set_aside(*entry); !moved) return tl::unexpected(moved.error());
    }
    if (auto kept = take_waiting(); !kept) return tl::unexpected(kept.error());
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
    const BlockOutcome& outcome = block->outcome;
    // What nobody replayed here is kept as it is, and so is what was decided by headers above it.
    const bool told = outcome.assumed || (entry->parent->outcome && !chain_.gate_known(*entry->parent));
    const bool dropped = outcome.assumed && !keep_assumed_;
    if (dropped || (!told && !chain_.ready(*entry)) || !chain_.check_body(*entry, block->body)) {
      ++report_.loose;
      return {};
    }
    auto update = told ? chain_.accept_stored(*entry, block->body, outcome)
                       : chain_.accept(*entry, block->body, {outcome.canonical_root, outcome.score, outcome.adopted});
    if (!update && told && blame(update.error().code) != Blame::kOurselves) {
      ++report_.loose;
      return {};
    }
    if (!update) return tl::unexpected(update.error());
    if (*entry->outcome != outcome) {
      return reject(RejectCode::kStorage, "block " + to_hex(row->hash) +
                                              " has another outcome than its row says: the database was written by "
                                              "other rules; move it away and start again to sync from peers");
    }
    ++report_.blocks;
    return {};
  }

  Result<> take_waiting() {
    const WaitingTransactions found = old_.waiting();
    if (!found.sound()) say_(found.what_is_lost());
    report_.damaged += found.mended.size() + found.lost.size() + found.missing;
    // Of what came nobody knows when, the tip is no older than that.
    const auto waiting = found.all(chain_.tip().header.candidate.time);
    report_.waiting = waiting.size();
    return store_.keep_waiting(waiting, {});
  }

  SalvagedDatabase& old_;
  Chain chain_;
  SqliteChainStore& store_;
  const std::function<void(const std::string&)>& say_;
  const bool keep_assumed_;
  std::multimap<std::uint64_t, const BlockEntry*> completed_;
  ReindexReport report_;
};

}  // namespace

bool reindex_was_cut_short(const fs::path& database) {
  std::error_code error;
  return fs::exists(with(database, ".building"), error) || fs::exists(with(database, ".rebuilt"), error);
}

Result<ReindexReport> reindex(const fs::path& database, const NetworkParams& params,
                              const std::function<void(const std::string&)>& say, bool keep_assumed) {
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
    auto old = SalvagedDatabase::open(database);
    if (!old) return tl::unexpected(old.error());
    report = Rebuild(*old, params, **store, say, keep_assumed).run();
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
    const auto gone = models.remove_damaged(root, most);
    if (!gone) return tl::unexpected(gone.error());
    if (*gone) ++removed;
  }
  return removed;
}

}  // namespace freezenet::daemon
