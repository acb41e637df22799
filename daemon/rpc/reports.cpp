#include "daemon/rpc/reports.h"

#include <algorithm>
#include <cstdio>

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "consensus/crypto/address.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;

std::string_view state_name(const BlockEntry& entry) {
  switch (entry.state) {
    case BlockState::kHeader: return "header";
    case BlockState::kVerified: return entry.outcome && entry.outcome->assumed ? "assumed" : "verified";
    case BlockState::kInvalid: return "invalid";
  }
  return "unknown";
}

std::string bits_text(std::uint32_t bits) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", bits);
  return text;
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Segments that all miners together need for one block at this target, on average.
double segments_per_block(const Uint256& target) { return 0x1p256 / (target.to_double() + 1.0); }

json accuracy_of(const Task& task, std::optional<std::uint32_t> score) {
  return score ? json(ratio(*score, task.evaluation_slice)) : json();
}

/// Where the branch that ends with `entry` leaves the active chain. What is active ends at one height, so halving finds
/// it.
std::uint64_t fork_height(const Chain& chain, const BlockEntry& entry) {
  std::uint64_t active = 0, above = entry.height + 1;
  while (above - active > 1) {
    const std::uint64_t middle = active + (above - active) / 2;
    (chain.is_active(ancestor(entry, middle)) ? active : above) = middle;
  }
  return active;
}

std::string_view tip_status(const Chain& chain, const BlockEntry& entry) {
  if (chain.is_active(entry)) return "active";
  switch (entry.state) {
    case BlockState::kHeader: return "headers-only";
    case BlockState::kVerified: return "valid-fork";
    case BlockState::kInvalid: return "invalid";
  }
  return "unknown";
}

std::uint64_t confirmations(const Chain& chain, const BlockEntry& entry) {
  return chain.is_active(entry) ? chain.tip().height - entry.height + 1 : 0;
}

}  // namespace

const BlockEntry* find_block(const Chain& chain, const BlockId& id) {
  if (const auto* height = std::get_if<std::uint64_t>(&id)) return chain.at_height(*height);
  return chain.find(std::get<Hash256>(id));
}

Reject unknown_block(const BlockId& id) {
  if (const auto* height = std::get_if<std::uint64_t>(&id)) {
    return {RejectCode::kNotFound, "the active chain has no block of height " + std::to_string(*height)};
  }
  return {RejectCode::kNotFound, "no block " + to_hex(std::get<Hash256>(id)) + " is known here"};
}

json block_report(const Chain& chain, const BlockEntry& entry) {
  const bool genesis = entry.parent == nullptr;
  const NetworkParams& params = chain.params();
  const Task& task = params.tasks[params.task_index(entry.height)];
  const CandidateHeader& candidate = entry.header.candidate;
  const BlockEntry* next = chain.is_active(entry) ? chain.at_height(entry.height + 1) : nullptr;
  json report = {
      {"hash", to_hex(entry.hash)},
      {"height", entry.height},
      {"previous", nullptr},
      {"next", next == nullptr ? json() : json(to_hex(next->hash))},
      {"time", genesis ? params.genesis_time : candidate.time},
      {"state", state_name(entry)},
      {"active", chain.is_active(entry)},
      {"confirmations", confirmations(chain, entry)},
      {"total_work", to_hex(entry.total_work)},
  };
  // Genesis is the network's parameters: no candidate, no work, no signature.
  for (const char* key : {"bits", "target", "nonce", "miner", "task", "start_root", "trace_root", "model_root",
                          "signature", "candidate_hash", "header_hex"})
    report[key] = nullptr;
  for (const char* key : {"score", "evaluation_slice", "accuracy", "adopted", "canonical_root", "canonical_score"})
    report[key] = nullptr;
  if (genesis) return report;
  report["previous"] = to_hex(candidate.prev_block);
  report["bits"] = bits_text(candidate.bits);
  report["target"] = to_hex(chain.target_of(entry));
  report["nonce"] = candidate.nonce;
  report["miner"] = encode_address(params.address_prefix, candidate.miner_key);
  report["task"] = task.name;
  report["start_root"] = to_hex(candidate.start_root);
  report["trace_root"] = to_hex(entry.header.trace_root);
  report["model_root"] = to_hex(entry.header.model_root);
  report["signature"] = to_hex(ByteView(entry.header.signature.bytes));
  report["candidate_hash"] = to_hex(entry.candidate_hash);
  Writer encoded;
  entry.header.encode(encoded);
  report["header_hex"] = to_hex(encoded.data());
  report["evaluation_slice"] = task.evaluation_slice;
  if (entry.outcome) {
    report["adopted"] = entry.outcome->adopted;
    report["canonical_root"] = to_hex(entry.outcome->canonical_root);
  }
  if (entry.outcome && !entry.outcome->assumed) {  // else nobody knows its scores here
    report["score"] = entry.outcome->score;
    report["accuracy"] = accuracy_of(task, entry.outcome->score);
    report["canonical_score"] = entry.outcome->canonical_score;
  }
  return report;
}

json chain_report(const Chain& chain) {
  constexpr std::uint64_t kRecent = 100;
  const NetworkParams& params = chain.params();
  const BlockEntry& tip = chain.tip();
  const BlockEntry& best = chain.best_header();
  const std::size_t task_index = params.task_index(tip.height + 1);
  const Task& task = params.tasks[task_index];
  const std::optional<std::uint32_t> score = chain.canonical_score(tip, task_index);
  const bool known = score && !(tip.outcome && tip.outcome->assumed);
  const Uint256 target = chain.next_target();
  const std::uint64_t behind = best.height > tip.height ? best.height - tip.height : 0;
  return {
      {"network", params.name},
      {"genesis", to_hex(chain.genesis().hash)},
      {"height", tip.height},
      {"hash", to_hex(tip.hash)},
      {"state_hash", to_hex(chain.state_hash())},
      {"time", tip.parent == nullptr ? params.genesis_time : tip.header.candidate.time},
      {"headers", best.height},
      {"behind", behind},
      {"syncing", best.total_work > tip.total_work},
      {"target", to_hex(target)},
      {"segments_per_block", segments_per_block(target)},
      {"total_work", to_hex(tip.total_work)},
      {"interval", params.interval},
      {"retarget", params.retarget},
      {"task", task.name},
      {"score", known ? json(*score) : json()},
      {"evaluation_slice", task.evaluation_slice},
      {"accuracy", known ? accuracy_of(task, score) : json()},
      {"useful_fraction_ppm", chain.useful_fraction_ppm(tip.height)},
      {"useful_fraction_100_ppm", chain.useful_fraction_ppm(kRecent)},
      {"stale_blocks", chain.stale_blocks()},
      {"unverified", chain.unverified()},
      {"assumed_blocks", chain.assumed_blocks()},
  };
}

json recent_blocks_report(const Chain& chain, std::size_t count) {
  json blocks = json::array();
  const NetworkParams& params = chain.params();
  for (const BlockEntry* entry = &chain.tip(); entry->parent != nullptr && blocks.size() < count;
       entry = entry->parent) {
    const Task& task = params.tasks[params.task_index(entry->height)];
    blocks.push_back({{"height", entry->height},
                      {"hash", to_hex(entry->hash)},
                      {"time", entry->header.candidate.time},
                      {"miner", encode_address(params.address_prefix, entry->header.candidate.miner_key)},
                      {"score", entry->outcome && !entry->outcome->assumed ? json(entry->outcome->score) : json()},
                      {"evaluation_slice", task.evaluation_slice},
                      {"adopted", entry->outcome ? json(entry->outcome->adopted) : json()}});
  }
  return blocks;
}

json tips_report(const Chain& chain) {
  std::vector<const BlockEntry*> tips{&chain.tip()};
  for (const BlockEntry* leaf : chain.leaves()) {
    if (leaf != &chain.tip()) tips.push_back(leaf);
  }
  std::ranges::sort(tips.begin() + 1, tips.end(), [](const BlockEntry* a, const BlockEntry* b) {
    return a->height != b->height ? a->height > b->height : a->hash < b->hash;
  });
  json report = json::array();
  for (const BlockEntry* tip : tips) {
    report.push_back({{"height", tip->height},
                      {"hash", to_hex(tip->hash)},
                      {"branch_length", tip->height - fork_height(chain, *tip)},
                      {"status", tip_status(chain, *tip)}});
  }
  return report;
}

json tasks_report(const Chain& chain) {
  const NetworkParams& params = chain.params();
  json report = json::array();
  for (std::size_t i = 0; i < params.tasks.size(); ++i) {
    const Task& task = params.tasks[i];
    const std::optional<std::uint32_t> score = chain.canonical_score(chain.tip(), i);
    report.push_back({{"name", task.name},
                      {"id", to_hex(task.id())},
                      {"dataset", task.dataset.name},
                      {"dataset_root", to_hex(task.dataset.root)},
                      {"steps", task.steps},
                      {"batch", task.batch},
                      {"parameters", chain.plan(i).parameters},
                      {"canonical_root", to_hex(chain.canonical_root(chain.tip(), i))},
                      {"score", score ? json(*score) : json()},
                      {"evaluation_slice", task.evaluation_slice},
                      {"accuracy", accuracy_of(task, score)},
                      {"target_factor", ratio(task.target_num, task.target_den)}});
  }
  return report;
}

json mining_report(const MiningInfo& info, const ReplayStats& replay) {
  return {
      {"enabled", info.enabled},
      {"refused", info.refused},
      {"state", info.state},
      {"height", info.height},
      {"kernel_path", info.kernel_path},
      {"threads", info.threads},
      {"segments", info.segments},
      {"blocks_found", info.blocks_found},
      {"blocks_accepted", info.blocks_accepted},
      {"segments_per_second",
       {{"10s", info.segments_per_second_10s},
        {"60s", info.segments_per_second_60s},
        {"15m", info.segments_per_second_15m}}},
      {"last_segment_ms", info.last_segment_ms},
      {"expected_seconds_to_block", info.expected_seconds_to_block},
      {"replay",
       {{"verified", replay.verified},
        {"refused", replay.refused},
        {"steps", replay.steps},
        {"queued", replay.queued},
        {"last_watermark_ms", replay.last_watermark_ms},
        {"last_replay_ms", replay.last_replay_ms},
        {"last_evaluation_ms", replay.last_evaluation_ms}}},
  };
}

json pause_report(const std::string& why) { return why.empty() ? json() : json(why); }

json reject_report(const std::optional<LastReject>& reject) {
  if (!reject) return nullptr;
  return {{"time", reject->time}, {"what", reject->what}, {"advice", reject->advice}};
}

}  // namespace freezenet::daemon
