#include "daemon/rpc/signature.h"

namespace freezenet::daemon {
namespace {

constexpr auto kBlockHelp = "height on the active chain, or hash of any known block";

std::vector<Signature> chain_signatures() {
  return {
      {"getblockchaininfo",
       "chain",
       "the chain of this node: tip, difficulty, accuracy, useful fraction",
       {},
       "{network, genesis, height, hash, time, headers, behind, syncing, target, segments_per_block, total_work, "
       "interval, retarget, task, score, "
       "evaluation_slice, accuracy, useful_fraction_ppm, useful_fraction_100_ppm, stale_blocks, unverified, "
       "state_hash, paused: why nothing is mined or accepted for now, or null}",
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
       "one block with the digests of its training steps",
       {{"block", ArgumentType::kBlock, true, kBlockHelp}},
       "what getblockheader returns, and digests: [hash ...]",
       "getblock 0"},
      {"getstatehash",
       "chain",
       "one hash over accounts, tip and models: equal on two nodes only if they agree on everything",
       {},
       "{height, tip, state_hash}",
       "getstatehash"},
      {"verifychain",
       "chain",
       "looks at stored blocks again while the node goes on; see --check-level",
       {{"level", ArgumentType::kInteger, false, "0 to 4; default 3"},
        {"blocks", ArgumentType::kInteger, false, "the newest so many, 0: all; default 288"}},
       "{valid, reason: what is wrong and what to do, or null, level, blocks, height}",
       "verifychain 3 10"},
  };
}

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
       "what getmininginfo returns",
       "setmining true"},
  };
}

std::vector<Signature> network_signatures() {
  return {
      {"getpeerinfo",
       "network",
       "the connected peers",
       {},
       "[{id, address, direction: in|out, ready, node_id, user_agent, height, listen_port, connected_seconds, ping_ms, "
       "bytes_received, bytes_sent}]",
       "getpeerinfo"},
      {"getnetworkinfo",
       "network",
       "this node as its peers see it, the addresses that it dials, and why connections ended",
       {},
       "{version, user_agent, network, node_id, listen_port, connections, connections_in, connections_out, dials: "
       "[{address, connected, failures, "
       "last_error}], ended: [{time, address, node_id, by_peer, reason}]}",
       "getnetworkinfo"},
      {"addnode",
       "network",
       "adds or removes a peer that this node keeps a connection to, or tries one once",
       {{"node", ArgumentType::kText, true, "HOST:PORT; [ADDRESS]:PORT for IPv6"},
        {"action", ArgumentType::kText, true, "add, remove or onetry", {"add", "remove", "onetry"}}},
       "true",
       "addnode 127.0.0.1:19555 onetry"},
  };
}

std::vector<Signature> model_signatures() {
  return {
      {"getmodel",
       "model",
       "the weights of a block as a safetensors file; freezenet-cli writes it to disk",
       {{"block", ArgumentType::kBlock, true, kBlockHelp},
        {"kind",
         ArgumentType::kText,
         false,
         "sealed: as the miner signed it, watermark included (default); canonical: as the chain goes on with it",
         {"sealed", "canonical"}}},
       "{filename, kind, block, height, task, score, evaluation_slice, root, bytes, data: base64}",
       "getmodel 0 canonical"},
      {"verifymodel",
       "model",
       "whether a model file proves a block: root, chain and watermark; with freezenet-cli, give the file's name",
       {{"data", ArgumentType::kBase64, true, "the safetensors file (freezenet-cli: its name)"}},
       "{valid, reason, root, block, height, miner, time, positions, differing}; what is not known is null",
       "verifymodel model.safetensors"},
  };
}

std::vector<Signature> control_signatures() {
  return {
      {"status",
       "control",
       "everything that an operator looks at, in one answer; freezenet-cli shows it as a screen",
       {},
       "{version, network, now, uptime, chain, mining, replay, blocks, peers, dials, last_reject}",
       "status"},
      {"uptime", "control", "seconds since this node started", {}, "integer", "uptime"},
      {"help",
       "control",
       "all methods, or all about one",
       {{"method", ArgumentType::kText, false, "name of a method"}},
       "text",
       "help getblock"},
      {"stop", "control", "stops the node cleanly; answers before it does", {}, "text", "stop"},
  };
}

}  // namespace

const std::vector<Signature>& signatures() {
  static const std::vector<Signature> all = [] {
    std::vector<Signature> list;
    for (auto part :
         {chain_signatures(), mining_signatures(), network_signatures(), model_signatures(), control_signatures()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    return list;
  }();
  return all;
}

}  // namespace freezenet::daemon
