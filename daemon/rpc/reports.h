#pragma once

#include <nlohmann/json.hpp>

#include "consensus/chain/chain.h"
#include "daemon/node_status.h"
#include "daemon/rpc/arguments.h"

namespace freezenet::daemon {

/// What the node knows, as RPC says it. Pure functions: those that take the chain run on its thread.

/// nullptr where the block is not known, or the height is beyond the active chain.
const BlockEntry* find_block(const Chain& chain, const BlockId& id);
/// kNotFound, in words for the caller.
Reject unknown_block(const BlockId& id);

/// One block; what it does not have (genesis: a miner; unverified: a score) is null. Amounts of time in seconds,
/// targets and work as hex.
nlohmann::json block_report(const Chain& chain, const BlockEntry& entry);
/// The active chain as a whole.
nlohmann::json chain_report(const Chain& chain);
/// The newest blocks of the active chain, newest first, without genesis, each as a line of a table.
nlohmann::json recent_blocks_report(const Chain& chain, std::size_t count);

/// The ends of all branches: the active one first, the others from the highest to the lowest.
nlohmann::json tips_report(const Chain& chain);
/// The network's tasks and what became of their models up to the tip.
nlohmann::json tasks_report(const Chain& chain);

nlohmann::json mining_report(const MiningInfo& info, const ReplayStats& replay);
/// Why the chain takes nothing for now; null where it does.
nlohmann::json pause_report(const std::string& why);
nlohmann::json reject_report(const std::optional<LastReject>& reject);

}  // namespace freezenet::daemon
