#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {

std::vector<Signature> mining_signatures() {
  return {
      {"getmininginfo",
       "mining",
       "whether this node mines, how fast, and what came of it",
       {},
       "{enabled, refused, state, height, kernel_path, threads, segments, blocks_found, blocks_accepted, "
       "segments_per_second: {10s, 60s, 15m}, "
       "last_segment_ms, expected_seconds_to_block, replay: {verified, refused, steps, queued, "
       "last_watermark_ms, last_replay_ms, last_evaluation_ms}}",
       "getmininginfo"},
      {"setmining",
       "mining",
       "starts or stops mining; a running segment is given up",
       {{"on", ArgumentType::kBoolean, true, "true or false"}},
       "{... of getmininginfo}",
       "setmining true"},
  };
}

}  // namespace freezenet::daemon
