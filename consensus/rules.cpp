#include "consensus/rules.h"

#include <algorithm>

#include "consensus/base/hex.h"
#include "consensus/crypto/schnorr.h"
#include "consensus/difficulty.h"

namespace freezenet {

std::uint64_t median_time_past(const BlockEntry& parent) {
  std::vector<std::uint64_t> times;
  for (const BlockEntry* e = &parent; e != nullptr && times.size() < 11; e = e->parent) {
    times.push_back(e->header.candidate.time);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

std::uint32_t next_bits(const NetworkParams& params, const BlockEntry& parent) {
  if (!params.retarget) return params.genesis_bits;
  // The anchor is genesis: as if its parent had come exactly one interval before it.
  const std::int64_t elapsed =
      parent.virtual_time - static_cast<std::int64_t>(params.genesis_time) + std::int64_t{params.interval};
  return asert_next_bits(params.genesis_bits, elapsed, parent.height, params.interval, params.half_life,
                         *target_from_compact(params.limit_bits));
}

Uint256 ticket_target(const Task& task, std::uint32_t bits) {
  const auto base = target_from_compact(bits);
  return base ? task_target(*base, task.target_num, task.target_den) : Uint256{};
}

Uint256 spent_steps(const Task& task, const Uint256& target) {
  return work_of(target).saturating_mul_div(task.steps, 1);
}

Result<> check_header(const NetworkParams& params, const Hash256& task_id, const SealedHeader& header,
                      const Hash256& block_hash, const BlockEntry& parent) {
  const CandidateHeader& c = header.candidate;
  if (c.version != kBlockVersion) {
    return reject(RejectCode::kBadVersion, "version " + std::to_string(c.version));
  }
  if (const std::uint32_t bits = next_bits(params, parent); c.bits != bits) {
    return reject(RejectCode::kWrongBits, "bits " + std::to_string(c.bits) + ", expected " + std::to_string(bits));
  }
  const Task& task = params.tasks[params.task_index(parent.height + 1)];
  if (c.task_id != task_id) return reject(RejectCode::kWrongTask, "not the task of this height: " + task.name);
  if (Uint256::from_hash(block_hash) > ticket_target(task, c.bits)) {
    return reject(RejectCode::kHighHash, "ticket " + to_hex(block_hash) + " is above the target");
  }
  if (const std::uint64_t median = median_time_past(parent); c.time <= median) {
    return reject(RejectCode::kTimeTooOld,
                  "time " + std::to_string(c.time) + ", the median of the last 11 is " + std::to_string(median));
  }
  if (!verify_schnorr(c.miner_key, block_hash, header.signature)) {
    return reject(RejectCode::kBadSignature, "not the signature of miner " + to_hex(c.miner_key));
  }
  return {};
}

Result<> check_clock(const NetworkParams& params, const CandidateHeader& header, std::uint64_t now) {
  if (header.time <= now || header.time - now <= max_seconds_ahead(params)) return {};
  return reject(RejectCode::kTimeTooEarly, std::to_string(header.time - now) + " s ahead of this node's clock");
}

Result<> check_signatures(std::span<const Transaction> transactions, const Hash256& genesis,
                          const std::function<bool(const Hash256&)>& known) {
  for (const Transaction& transaction : transactions) {
    if (known(transaction.id())) continue;
    if (auto ok = transaction.check_signature(genesis); !ok) {
      return reject(RejectCode::kInvalidTransaction, ok.error().detail);
    }
  }
  return {};
}

bool adopts(const Task& task, std::int64_t best_recent, std::uint32_t score, bool sound) {
  if (!sound) return false;
  if (best_recent < 0) return true;
  const std::uint64_t million = 1'000'000;
  const std::uint64_t allowance = std::uint64_t{task.margin_ppm} * task.evaluation_slice;
  return score * million + allowance >= static_cast<std::uint64_t>(best_recent) * million;
}

}  // namespace freezenet
