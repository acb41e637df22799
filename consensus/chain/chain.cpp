#include "consensus/chain/chain.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "consensus/difficulty.h"
#include "consensus/rules.h"
#include "consensus/watermark.h"

namespace freezenet {

Chain::Chain(NetworkParams params, ChainStore& store) : params_(std::move(params)), store_(store) {
  for (const Task& task : params_.tasks) {
    plans_.push_back(*plan_of(task));
    task_ids_.push_back(task.id());
    const std::vector<float> weights = genesis_weights(plans_.back(), task_ids_.back());
    genesis_roots_.push_back(chunked_root(as_bytes(std::span<const float>(weights))));
  }
  auto genesis = std::make_unique<BlockEntry>();
  genesis->hash = params_.genesis_hash();
  genesis->header.candidate.time = params_.genesis_time;
  genesis->header.candidate.bits = params_.genesis_bits;
  genesis->virtual_time = static_cast<std::int64_t>(params_.genesis_time);
  genesis->state = BlockState::kVerified;
  active_.push_back(genesis.get());
  best_header_ = genesis.get();
  entries_.emplace(genesis->hash, std::move(genesis));
}

Result<const BlockEntry*> Chain::add_header(const SealedHeader& header, std::uint64_t now, std::uint64_t source) {
  const Hash256 hash = header.block_hash();
  if (const BlockEntry* known = find(hash)) {
    if (known->state == BlockState::kInvalid) return reject(RejectCode::kKnownInvalid, to_hex(hash));
    return reject(RejectCode::kDuplicate, to_hex(hash));
  }
  const BlockEntry* parent = find(header.candidate.prev_block);
  if (parent == nullptr) {
    return reject(RejectCode::kUnknownParent, "no block " + to_hex(header.candidate.prev_block));
  }
  if (parent->state == BlockState::kInvalid) return reject(RejectCode::kInvalidParent, to_hex(parent->hash));
  const Hash256& task_id = task_ids_[params_.task_index(parent->height + 1)];
  if (auto ok = check_header(params_, task_id, header, hash, *parent); !ok) return tl::unexpected(ok.error());
  if (parent->state == BlockState::kVerified) {
    if (auto ok = check_start(header, *parent); !ok) return tl::unexpected(ok.error());
  }
  const Hash256 candidate_hash = header.candidate.candidate_hash();
  if (auto ok = check_seal(candidate_hash, hash); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_clock(params_, header.candidate, now); !ok) return tl::unexpected(ok.error());
  if (source != 0 && (!has_room() || waiting_of_[source] >= kMaxWaiting)) {
    return reject(RejectCode::kTooManyHeaders, std::to_string(unverified_) + " headers wait for their replay");
  }
  BlockEntry* entry = insert(header, hash, candidate_hash, *parent);
  entry->source = source;
  ++unverified_;
  ++waiting_of_[source];
  if (entry->total_work > best_header_->total_work) best_header_ = entry;
  return entry;
}

Result<> Chain::check_start(const SealedHeader& header, const BlockEntry& parent) const {
  const Hash256 expected = canonical_root(parent, params_.task_index(parent.height + 1));
  if (header.candidate.start_root == expected) return {};
  return reject(RejectCode::kWrongStartRoot,
                "start_root " + to_hex(header.candidate.start_root) + ", the canonical model is " + to_hex(expected));
}

Result<> Chain::check_seal(const Hash256& candidate_hash, const Hash256& block_hash) const {
  const auto seal = seals_.find(candidate_hash);
  if (seal == seals_.end() || seal->second == block_hash) return {};
  return reject(RejectCode::kSecondSeal, "the candidate's only valid seal is block " + to_hex(seal->second));
}

BlockEntry* Chain::insert(const SealedHeader& header, const Hash256& hash, const Hash256& candidate_hash,
                          const BlockEntry& parent) {
  auto entry = std::make_unique<BlockEntry>();
  const CandidateHeader& c = header.candidate;
  entry->header = header;
  entry->hash = hash;
  entry->candidate_hash = candidate_hash;
  entry->parent = &parent;
  entry->height = parent.height + 1;
  // Medians, not times: they never fall, so what one block's time is clamped by, a later one cannot give back
  // unclamped.
  entry->virtual_time =
      virtual_time(parent.virtual_time, median_time_past(parent), median_time_past(*entry), params_.interval);
  entry->total_work = parent.total_work.saturating_add(work_of(*target_from_compact(c.bits)));
  const Task& task = params_.tasks[params_.task_index(entry->height)];
  entry->total_spent_steps = parent.total_spent_steps.saturating_add(spent_steps(task, ticket_target(task, c.bits)));
  BlockEntry* raw = entry.get();
  children_[parent.hash].push_back(raw);
  entries_.emplace(hash, std::move(entry));
  return raw;
}

Result<> Chain::check_body(const BlockEntry& entry, const Body& body) const {
  const Task& task = params_.tasks[params_.task_index(entry.height)];
  if (body.digests.size() != task.steps) {
    return reject(RejectCode::kWrongDigestCount,
                  std::to_string(body.digests.size()) + " digests for " + std::to_string(task.steps) + " steps");
  }
  if (body.body_root() != entry.header.candidate.body_root) return reject(RejectCode::kWrongBodyRoot);
  if (body.trace_root() != entry.header.trace_root) return reject(RejectCode::kWrongTraceRoot);
  return {};
}

void Chain::mark_complete(const BlockEntry& entry) {
  BlockEntry& own = *entries_.at(entry.hash);
  if (own.completed == 0) own.completed = ++completions_;
}

Result<> Chain::ready(const BlockEntry& entry) const {
  if (entry.parent->state == BlockState::kInvalid) {
    return reject(RejectCode::kInvalidParent, to_hex(entry.parent->hash));
  }
  if (entry.parent->state != BlockState::kVerified) {
    return reject(RejectCode::kParentUnverified, to_hex(entry.parent->hash));
  }
  if (auto ok = check_start(entry.header, *entry.parent); !ok) return ok;
  return check_seal(entry.candidate_hash, entry.hash);
}

void Chain::mark_invalid(const BlockEntry& entry) {
  std::vector<const BlockEntry*> doomed{&entry};
  while (!doomed.empty()) {
    BlockEntry& own = *entries_.at(doomed.back()->hash);
    doomed.pop_back();
    if (own.state != BlockState::kHeader) continue;
    own.state = BlockState::kInvalid;
    settle_waiting(own);
    const auto below = children(own);
    doomed.insert(doomed.end(), below.begin(), below.end());
  }
  if (best_header_->state == BlockState::kInvalid) find_best_header();
}

void Chain::settle_waiting(const BlockEntry& entry) {
  --unverified_;
  const auto of = waiting_of_.find(entry.source);
  if (--of->second == 0) waiting_of_.erase(of);
}

void Chain::forget(std::span<const BlockEntry* const> keep) {
  std::unordered_set<const BlockEntry*> kept;
  for (const BlockEntry* e : keep) {
    while (e->state != BlockState::kVerified && kept.insert(e).second) e = e->parent;
  }
  std::vector<const BlockEntry*> unverified;
  for (const auto& [hash, entry] : entries_) {
    if (entry->state != BlockState::kVerified && !kept.contains(entry.get())) unverified.push_back(entry.get());
  }
  std::ranges::sort(unverified, std::ranges::greater{}, &BlockEntry::height);  // children before their parents
  for (const BlockEntry* e : unverified) {
    const bool on_false_ground = e->state == BlockState::kInvalid && e->parent->state == BlockState::kInvalid;
    if (!on_false_ground && e->total_work >= tip().total_work) continue;
    if (!children(*e).empty()) continue;
    auto& siblings = children_.at(e->parent->hash);
    std::erase(siblings, e);
    if (siblings.empty()) children_.erase(e->parent->hash);
    if (e->state == BlockState::kHeader) settle_waiting(*e);
    entries_.erase(Hash256(e->hash));
  }
  find_best_header();
}

void Chain::find_best_header() {
  best_header_ = &tip();
  for (const auto& [hash, candidate] : entries_) {
    if (candidate->state != BlockState::kInvalid && candidate->total_work > best_header_->total_work) {
      best_header_ = candidate.get();
    }
  }
}

const BlockEntry* Chain::find(const Hash256& hash) const {
  const auto it = entries_.find(hash);
  return it == entries_.end() ? nullptr : it->second.get();
}

const BlockEntry* Chain::at_height(std::uint64_t height) const {
  return height < active_.size() ? active_[height] : nullptr;
}

std::span<const BlockEntry* const> Chain::children(const BlockEntry& entry) const {
  const auto it = children_.find(entry.hash);
  return it == children_.end() ? std::span<const BlockEntry* const>{} : std::span(it->second);
}

}  // namespace freezenet
