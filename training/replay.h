#pragma once

#include <span>
#include <stop_token>

#include "training/segment.h"

namespace freezenet::training {

/// What a block claims to have computed.
struct SegmentClaim {
  std::span<const Hash256> digests;
  Hash256 model_root;
};

struct ReplayOutcome {
  Result<> verdict;
  std::uint32_t steps_replayed = 0;  ///< steps computed, the differing one included
};

/// The next step of a replay: kWrongTrace, naming the step, where its digest is not the claimed one; kWrongDigestCount
/// where a segment of this length cannot have that many digests; the errors of Segment::step(). For schedulers that
/// take turns between blocks.
Result<> replay_step(Segment& segment, const SegmentClaim& claim);
/// After the last step: kWrongReplayedModel where the trained weights do not hash to the claimed root.
Result<> replay_model(const Segment& segment, const SegmentClaim& claim);
/// A whole fresh segment; stops at the first difference, and with kCancelled between two steps once `stop` asks for it.
ReplayOutcome replay(Segment& segment, const SegmentClaim& claim, const std::stop_token& stop);

}  // namespace freezenet::training
