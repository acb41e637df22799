#include "consensus/chain/chain.h"

#include <algorithm>
#include <unordered_set>

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "consensus/crypto/merkle.h"
#include "consensus/rules.h"
#include "consensus/watermark.h"

namespace freezenet {

Chain::Chain(NetworkParams params, ChainStore& store, const HeaderLimits& limits)
    : params_(std::move(params)), store_(store), room_(limits) {
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
  leaves_.insert(genesis.get());
  entries_.emplace(genesis->hash, std::move(genesis));
  state_hash_ = state_hash_of(tip(), ledger_.accounts_hash(), ledger_.claims_digest());
}

Result<const BlockEntry*> Chain::add_header(const SealedHeader& header, std::uint64_t now, std::uint64_t source) {
  const Hash256 hash = header.block_hash();
  if (const auto known = entries_.find(hash); known != entries_.end()) {
    if (known->second->set_aside) return reject(RejectCode::kSetAside, to_hex(hash));
    if (known->second->state == BlockState::kInvalid) return reject(RejectCode::kKnownInvalid, to_hex(hash));
    room_.adopt(*known->second, source);
    return reject(RejectCode::kDuplicate, to_hex(hash));
  }
  const BlockEntry* parent = find(header.candidate.prev_block);
  if (parent == nullptr) {
    return reject(RejectCode::kUnknownParent, "no block " + to_hex(header.candidate.prev_block));
  }
  if (parent->set_aside) return reject(RejectCode::kSetAside, to_hex(parent->hash));
  if (parent->state == BlockState::kInvalid) return reject(RejectCode::kInvalidParent, to_hex(parent->hash));
  if (auto ok = check_child(header, hash, *parent); !ok) return tl::unexpected(ok.error());
  if (parent->state == BlockState::kVerified) {
    if (auto ok = check_start(header, *parent); !ok) return tl::unexpected(ok.error());
  }
  const Hash256 candidate_hash = header.candidate.candidate_hash();
  if (auto ok = check_seal(candidate_hash, hash); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_clock(params_, header.candidate, now); !ok) return tl::unexpected(ok.error());
  if (source != 0 && room_.free_for(source) == 0) {
    return reject(RejectCode::kTooManyHeaders, std::to_string(room_.waiting()) + " headers wait for their replay");
  }
  BlockEntry* entry = insert(header, hash, candidate_hash, *parent);
  entry->source = source;
  room_.add(*entry);
  return entry;
}

Result<> Chain::check_child(const SealedHeader& header, const Hash256& hash, const BlockEntry& parent) const {
  return check_header(params_, task_ids_[params_.task_index(parent.height + 1)], header, hash, parent);
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
  auto entry = std::make_unique<BlockEntry>(child_entry(params_, header, hash, parent));
  entry->candidate_hash = candidate_hash;
  entry->skip = skip_of_child(parent);
  BlockEntry* raw = entry.get();
  children_[parent.hash].push_back(raw);
  leaves_.erase(&parent);
  leaves_.insert(raw);
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
  if (auto ok = ready_but_for_gate(entry); !ok) return ok;
  if (decidable(entry) || assumed_outcome(entry)) return {};
  return reject(RejectCode::kParentUnverified, "blocks below " + to_hex(entry.hash) + " are assumed, not replayed");
}

Result<> Chain::ready_but_for_gate(const BlockEntry& entry) const {
  if (entry.parent->set_aside) return reject(RejectCode::kSetAside, to_hex(entry.parent->hash));
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
    room_.condemn(own);
    const auto below = children(own);
    doomed.insert(doomed.end(), below.begin(), below.end());
  }
}

void Chain::make_room(std::uint64_t source, std::size_t count, const Hash256& branch,
                      std::span<const BlockEntry* const> keep) {
  const BlockEntry* followed = find(branch);
  if (source == 0 || followed == nullptr || room_.free_for(source) >= count) return;
  std::unordered_set<const BlockEntry*> pinned;  // few: what is replayed is near the verified part of its branch
  for (const BlockEntry* e : keep) {
    while (e->state != BlockState::kVerified && pinned.insert(e).second) e = e->parent;
  }
  const HeaderRoom::Kept kept = [&](const BlockEntry& e) {
    return pinned.contains(&e) || (e.height <= followed->height && &ancestor(*followed, e.height) == &e);
  };
  // What stands on an entry goes with it, so each round asks anew.
  for (auto victims = room_.victims(source, count, kept); !victims.empty();
       victims = room_.victims(source, count, kept)) {
    for (const BlockEntry* e : victims) drop_subtree(*e);
  }
}

void Chain::drop_subtree(const BlockEntry& root) {
  auto& siblings = children_.at(root.parent->hash);
  std::erase(siblings, &root);
  if (siblings.empty()) {
    children_.erase(root.parent->hash);
    leaves_.insert(root.parent);
  }
  std::vector<const BlockEntry*> doomed{&root};
  while (!doomed.empty()) {
    const BlockEntry* e = doomed.back();
    doomed.pop_back();
    const auto below = children_.extract(e->hash);
    if (!below.empty()) doomed.insert(doomed.end(), below.mapped().begin(), below.mapped().end());
    leaves_.erase(e);
    room_.remove(*e);
    entries_.erase(Hash256(e->hash));
  }
}

const BlockEntry& Chain::best_header() const {
  const BlockEntry* claimed = room_.heaviest();
  return claimed != nullptr && claimed->total_work > tip().total_work ? *claimed : tip();
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
