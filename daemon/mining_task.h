#pragma once

#include <cstdint>

#include "consensus/base/uint256.h"
#include "consensus/block.h"

namespace freezenet::daemon {

/// What a miner works on: a child of the tip, complete but for its nonce. The chain makes it; a worker process reads
/// it from its node's answer.
struct MiningTask {
  CandidateHeader header;
  std::uint64_t height = 0;
  std::size_t task = 0;      ///< index among the network's tasks
  Uint256 target;            ///< of the ticket
  Body body;                 ///< what header.body_root commits to; its digests come with the work
  std::uint64_t reward = 0;  ///< units: subsidy and fees; a worker leaves it at 0, it changes nothing of the work
};

}  // namespace freezenet::daemon
