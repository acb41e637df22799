#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {

std::vector<Signature> chain_signatures() {
  return {
      {"getblockchaininfo",
       "chain",
       "the chain of this node: tip, difficulty, accuracy, useful fraction",
       {},
       "{network, genesis, height, hash, time, headers, behind, syncing, target, segments_per_block, total_work, "
       "interval, retarget, task, score, "
       "evaluation_slice, accuracy, useful_fraction_ppm, useful_fraction_100_ppm, stale_blocks, unverified, "
       "assumed_blocks, "
       "state_hash, paused: null or why nothing is mined or accepted}",
       "getblockchaininfo"},
      {"getbestblockhash", "chain", "hash of the newest block of the active chain", {}, "hash", "getbestblockhash"},
      {"getblockhash",
       "chain",
       "hash of a block of the active chain",
       {{"height", ArgumentType::kInteger, true, "0 is genesis"}},
       "hash",
       "getblockhash 0"},
      {"getblockheader",
       "chain",
       "one block without its step digests",
       {{"block", ArgumentType::kBlock, true, kBlockHelp}},
       "{hash, height, previous, next, time, bits, target, nonce, miner, task, start_root, trace_root, model_root, "
       "signature, candidate_hash, header_hex, state, "
       "active, confirmations, total_work, score, evaluation_slice, accuracy, adopted, canonical_root, "
       "canonical_score}",
       "getblockheader 0"},
      {"getblock",
       "chain",
       "one block with its transactions and the digests of its training steps",
       {{"block", ArgumentType::kBlock, true, kBlockHelp}},
       "{... of getblockheader, transactions: [{id, kind, from, to, amount, fee, nonce, size, model_root, "
       "scheme, commitment, hex}], digests: [hash ...]}",
       "getblock 0"},
      {"invalidateblock",
       "chain",
       "declares a verified block invalid on this node, with all that is built on it; the chain moves to the most work "
       "of what is left",
       {{"block", ArgumentType::kBlock, true, kBlockHelp}},
       "{... of getstatehash}",
       "invalidateblock 1"},
      {"reconsiderblock",
       "chain",
       "takes back what invalidateblock declared of a block, of one below it or above it",
       {{"block", ArgumentType::kBlock, true, kBlockHelp}},
       "{... of getstatehash}",
       "reconsiderblock 1"},
      {"getstatehash",
       "chain",
       "one hash over accounts, tip and models: equal on two nodes only if they agree on everything",
       {},
       "{height, tip, state_hash}",
       "getstatehash"},
      {"getchaintips",
       "chain",
       "the ends of all known branches; the active one first",
       {},
       "[{height, hash, branch_length, status: active|valid-fork|headers-only|invalid}]",
       "getchaintips"},
      {"getassumevalid",
       "chain",
       "the text for --assumevalid of a node that trusts this one: a block of the active chain that was replayed here, "
       "with all below it",
       {{"block", ArgumentType::kBlock, false, "default: the newest one"}},
       "{height, block, canonical_root, text}",
       "getassumevalid 1"},
      {"verifychain",
       "chain",
       "looks at stored blocks again while the node goes on; see --check-level",
       {{"level", ArgumentType::kInteger, false, "0 to 4; default 3"},
        {"blocks", ArgumentType::kInteger, false, "the newest so many, 0: all; default 288"}},
       "{valid, reason: what is wrong and what to do or null, level, blocks, height}",
       "verifychain 3 10"},
  };
}

}  // namespace freezenet::daemon
