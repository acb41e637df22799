#include "training/replay.h"

#include <string>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"

namespace freezenet::training {

Result<> replay_step(Segment& segment, const SegmentClaim& claim) {
  if (claim.digests.size() != segment.steps()) {
    return reject(RejectCode::kWrongDigestCount,
                  std::to_string(claim.digests.size()) + " digests, expected " + std::to_string(segment.steps()));
  }
  const auto digest = segment.step();
  if (!digest) return tl::unexpected(digest.error());
  const Hash256& claimed = claim.digests[segment.steps_done() - 1];
  if (*digest == claimed) return {};
  return reject(RejectCode::kWrongTrace, "step " + std::to_string(segment.steps_done()) + " of " +
                                             std::to_string(segment.steps()) + ": digest " + to_hex(*digest) +
                                             ", claimed " + to_hex(claimed));
}

Result<> replay_model(const Segment& segment, const SegmentClaim& claim) {
  const Hash256 root = chunked_root(as_bytes(segment.weights()));
  if (root == claim.model_root) return {};
  return reject(RejectCode::kWrongReplayedModel,
                "model root " + to_hex(root) + ", claimed " + to_hex(claim.model_root));
}

ReplayOutcome replay(Segment& segment, const SegmentClaim& claim, const std::stop_token& stop) {
  while (!segment.done()) {
    if (stop.stop_requested()) {
      return {reject(RejectCode::kCancelled, "after step " + std::to_string(segment.steps_done())),
              segment.steps_done()};
    }
    if (auto ok = replay_step(segment, claim); !ok) return {ok, segment.steps_done()};
  }
  return {replay_model(segment, claim), segment.steps_done()};
}

}  // namespace freezenet::training
