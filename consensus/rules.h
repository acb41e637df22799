#pragma once

#include <functional>
#include <span>
#include <vector>

#include "consensus/chain/block_entry.h"
#include "consensus/network_params.h"

namespace freezenet {

/// The rules of tier 0 as pure functions of a block's ancestors (docs/protocol.md section 7 and 8). `parent` is the
/// last known ancestor.

/// Median of the last 11 block times up to and including `parent` (fewer near genesis).
std::uint64_t median_time_past(const BlockEntry& parent);
/// Compact base target of a child of `parent`: ASERT from genesis, on virtual time.
std::uint32_t next_bits(const NetworkParams& params, const BlockEntry& parent);
/// The target that a block's hash must not exceed: the base target times its task's factor.
Uint256 ticket_target(const Task& task, std::uint32_t bits);
/// Training steps that a block at this target stands for: expected tickets times S, saturating.
Uint256 spent_steps(const Task& task, const Uint256& target);
/// Everything about a header that its ancestors decide, cheapest first, except start_root.
Result<> check_header(const NetworkParams& params, const Hash256& task_id, const SealedHeader& header,
                      const Hash256& block_hash, const BlockEntry& parent);
/// kTimeTooEarly. To be asked last, because it is the only fault that time heals: what is early and false is false.
Result<> check_clock(const NetworkParams& params, const CandidateHeader& header, std::uint64_t now);

/// Every transaction is signed by its sender, for the network of this genesis; kInvalidTransaction. About 50
/// microseconds each, so never on the chain's thread. `known`: ids that were found signed before.
Result<> check_signatures(std::span<const Transaction> transactions, const Hash256& genesis,
                          const std::function<bool(const Hash256&)>& known);

/// The adoption gate (section 6): a score may be `margin_ppm` of the slice below the best recent one. `best_recent` <
/// 0: none yet.
bool adopts(const Task& task, std::int64_t best_recent, std::uint32_t score, bool sound);

}  // namespace freezenet
