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
       "last_watermark_ms, last_replay_ms, last_evaluation_ms}, workers: {accepted, stale, refused, waiting}}",
       "getmininginfo"},
      {"setmining",
       "mining",
       "starts or stops mining; a running segment is given up",
       {{"on", ArgumentType::kBoolean, true, "true or false"}},
       "{... of getmininginfo}",
       "setmining true"},
      {"getblocktemplate",
       "mining",
       "a candidate block for a worker to train on; waits for the next one where it is given a longpollid",
       {{"miner", ArgumentType::kText, false, "address or key of the reward; default: this node's miner key"},
        {"longpollid", ArgumentType::kText, false,
         "of an answer before: answers once tip or body are others, or after 30 s"}},
       "{network, header, body, transactions, reward, height, previous, time, bits, target, task, task_name, task_id, "
       "start_root, body_root, miner, signed_by: node|miner, longpollid}; transactions: how many",
       "getblocktemplate"},
      {"submitblock",
       "mining",
       "a trained block: checked, replayed and, if it is right, signed where need be and connected; waits for it",
       {{"header", ArgumentType::kText, true,
         "hex: 248 bytes, candidate, trace_root and model_root, for this node to sign; 312 with the miner's signature"},
        {"body", ArgumentType::kText, true, "hex: the template's body with the digests of the steps"}},
       "{hash, outcome: accepted|stale|queued}; queued: the replay takes over 60 s, getblockheader tells later",
       "submitblock HEADER BODY"},
      {"generatetoaddress",
       "mining",
       "mines blocks at once on this node; regtest and localnet only",
       {{"blocks", ArgumentType::kInteger, true, "how many, 1 to 1000"},
        {"address", ArgumentType::kText, false, "address or key that this node holds; default: its miner key"}},
       "[hash ...]",
       "generatetoaddress 1"},
  };
}

}  // namespace freezenet::daemon
