#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "consensus/network_params.h"
#include "daemon/storage/model_store.h"

namespace freezenet::daemon {

/// What a reindex found and kept.
struct ReindexReport {
  std::uint64_t blocks = 0;      ///< that are in the database now
  std::uint64_t damaged = 0;     ///< rows that could not be read as they were written
  std::uint64_t loose = 0;       ///< sound rows whose parent is not among the others
  std::uint64_t waiting = 0;     ///< transactions that wait for a block, kept too
  bool finished_before = false;  ///< an earlier reindex was complete; only its file had to be put in place
};

/// Where a reindex that a crash cut short has left its files: the next start must go on with it.
bool reindex_was_cut_short(const std::filesystem::path& database);

/// Builds index, accounts and undo anew from the block rows of the database that are intact, without peers and without
/// training, in the order in which the blocks were verified: the chain takes each one with the outcome that its row
/// tells, so that what comes out is what a node has that was given these blocks. What the operator declared invalid
/// stays so, and what waits for a block goes on waiting. The new database is a file of its own, FILE.building, until it
/// is whole; then FILE.rebuilt, which takes the place of FILE. Killed anywhere and begun again, with the database or
/// without it, it ends the same. Where a row was lost, the old database stays, as FILE.old.
///
/// `keep_assumed` false: blocks that were taken without a replay (BlockOutcome::assumed) count as lost, with what
/// stands on them: for whoever does not trust any more what they were taken on.
///
/// `say` gets a line for each stretch of blocks. kStorage where the new file cannot be written, kDiskFull where there
/// is no room for it. Memory: a Chain.
Result<ReindexReport> reindex(const std::filesystem::path& database, const NetworkParams& params,
                              const std::function<void(const std::string&)>& say, bool keep_assumed = true);

/// Removes every model whose file is not what its name says; `most` is the longest that a model of the network may be.
/// Returns how many. What the chain needs of them is computed again.
Result<std::size_t> remove_damaged_models(ModelStore& models, std::uint64_t most);

}  // namespace freezenet::daemon
