#pragma once

#include "consensus/chain/block_entry.h"
#include "consensus/network_params.h"

namespace freezenet {

/// The entry of a block that follows `parent`: height and sums, everything that the header and its ancestors decide.
/// Its hash is given, since whoever asks has it; candidate_hash and skip stay empty.
BlockEntry child_entry(const NetworkParams& params, const SealedHeader& header, const Hash256& hash,
                       const BlockEntry& parent);

/// What `skip` of a child of `parent` has to be.
const BlockEntry* skip_of_child(const BlockEntry& parent);

/// The ancestor at this height, `entry` itself where it has it; height <= entry.height. At most log2(height)^2 / 2
/// steps.
const BlockEntry& ancestor(const BlockEntry& entry, std::uint64_t height);

/// The lowest entry up to `entry` that has no verdict. `entry` has none itself; verdicts come in the order of heights.
const BlockEntry& first_unverified(const BlockEntry& entry);

}  // namespace freezenet
