// Chain's blocks that are taken for valid because a later one is trusted, and their replay afterwards.

#include <algorithm>

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "consensus/chain/chain.h"
#include "consensus/rules.h"

namespace freezenet {

void Chain::assume(std::optional<Assumption> assumption) {
  assumption_ = std::move(assumption);
  trail_.reset();
  boundary_.reset();
}

std::optional<HeaderTrail> Chain::begin_trail(const BlockEntry& at) const {
  if (!assumption_ || trail_ || tip().height >= assumption_->height) return std::nullopt;
  HeaderTrail trail(*assumption_, params_, std::min(at.height, tip().height));
  std::vector<const BlockEntry*> path;
  for (const BlockEntry* e = &at; e->height > trail.height(); e = e->parent) path.push_back(e);
  for (auto e = path.rbegin(); e != path.rend(); ++e) trail.add((*e)->hash, (*e)->header.candidate.start_root);
  return trail;
}

std::vector<Boundary> Chain::boundaries() const {
  std::vector<Boundary> usable;
  if (!trail_) return usable;
  for (const Boundary& boundary : trail_->boundaries()) {
    // Where the genesis weights still stand, nobody can tell from headers whether they were ever scored.
    bool trained = boundary.height > tip().height;
    for (std::size_t task = 0; task < genesis_roots_.size(); ++task)
      trained = trained && boundary.roots[task] != genesis_roots_[task];
    if (trained) usable.push_back(boundary);
  }
  return usable;
}

void Chain::skip_to(const Boundary& boundary, std::vector<std::uint32_t> scores) {
  boundary_ = boundary;
  boundary_scores_ = std::move(scores);
}

const BlockEntry* Chain::marked_above(const BlockEntry& entry, std::uint64_t height) const {
  const Hash256* mark = trail_ ? trail_->mark_from(height) : nullptr;
  const BlockEntry* above = mark == nullptr ? nullptr : find(*mark);
  return above != nullptr && &ancestor(*above, entry.height) == &entry ? above : nullptr;
}

bool Chain::nears_assumed() const {
  return boundary_ && tip().height < assumption_->height && marked_above(tip(), tip().height + 1) != nullptr;
}

bool Chain::under_assumption(const BlockEntry& entry) const { return marked_above(entry, entry.height) != nullptr; }

std::optional<Hash256> Chain::root_by_headers(const BlockEntry& entry) const {
  const std::uint64_t next = entry.height + params_.tasks.size();
  if (is_active(entry) && next <= tip().height) return at_height(next)->header.candidate.start_root;
  const BlockEntry* above = marked_above(entry, next);
  return above == nullptr ? std::nullopt : std::optional(ancestor(*above, next).header.candidate.start_root);
}

std::optional<BlockOutcome> Chain::assumed_outcome(const BlockEntry& entry) const {
  if (!boundary_ || entry.height > boundary_->height) return std::nullopt;
  const auto root = root_by_headers(entry);
  if (!root) return std::nullopt;
  BlockOutcome outcome{*root, 0, 0, *root != entry.header.candidate.start_root, true};
  // The gates above the boundary look back on what its models reach.
  const bool last_of_task = entry.height + params_.tasks.size() > boundary_->height;
  if (last_of_task) outcome.canonical_score = boundary_scores_[params_.task_index(entry.height)];
  return outcome;
}

Result<ChainUpdate> Chain::accept_assumed(const BlockEntry& entry, const Body& body) {
  if (auto ok = ready_but_for_gate(entry); !ok) return tl::unexpected(ok.error());
  const auto outcome = assumed_outcome(entry);
  if (!outcome) return reject(RejectCode::kParentUnverified, to_hex(entry.hash) + " needs a replay");
  return take(entry, body, *outcome);
}

Result<ChainUpdate> Chain::accept_stored(const BlockEntry& entry, const Body& body, const BlockOutcome& outcome) {
  if (auto ok = ready_but_for_gate(entry); !ok) return tl::unexpected(ok.error());
  return take(entry, body, outcome);
}

std::optional<std::int64_t> Chain::best_recent(const BlockEntry& parent) const {
  const std::size_t task = params_.task_index(parent.height + 1);
  std::int64_t best = -1;
  const BlockEntry* e = &parent;
  for (std::uint32_t seen = 0; e->height > 0 && seen < params_.adoption_window; e = e->parent) {
    if (params_.task_index(e->height) != task) continue;
    if (e->outcome->assumed) return std::nullopt;
    best = std::max(best, std::int64_t{e->outcome->canonical_score});
    ++seen;
  }
  return best;
}

bool Chain::decidable(const BlockEntry& entry) const {
  return gate_known(*entry.parent) || (root_by_headers(entry) && score_known(*entry.parent));
}

bool Chain::score_known(const BlockEntry& parent) const {
  const BlockEntry* last = last_of_task(parent, params_.task_index(parent.height + 1));
  return last == nullptr || !last->outcome->assumed || last->outcome->canonical_score > 0;
}

bool Chain::gate_known(const BlockEntry& parent) const { return best_recent(parent).has_value(); }

Result<const BlockEntry*> Chain::confirm(const BlockEntry& entry, const ProofOutcome& proof) {
  if (&entry != lowest_assumed()) return reject(RejectCode::kParentUnverified, to_hex(entry.hash));
  BlockEntry& own = *entries_.at(entry.hash);
  const BlockOutcome before = *own.outcome;
  const BlockOutcome now = judge(entry, proof);
  if (now.canonical_root != before.canonical_root) return &entry;
  own.outcome = now;
  assumed_.erase(&entry);
  const auto undo = [&] {
    own.outcome = before;
    assumed_.insert(&entry);
  };
  if (const BlockEntry* wrong = wrongly_adopted(entry)) {
    undo();
    return wrong;
  }
  ChainChange change;
  change.confirmed = {entry.hash, now};
  change.claims_below = LedgerView(ledger_).claims_below();
  change.tip = tip().hash;
  change.tip_height = tip().height;
  change.state_hash = state_hash_;
  if (auto stored = store_.commit(change); !stored) {
    undo();
    return tl::unexpected(stored.error());
  }
  seals_.emplace(own.candidate_hash, own.hash);
  if (now.adopted != before.adopted) count_adopted_again(own);
  return nullptr;
}

const BlockEntry* Chain::wrongly_adopted(const BlockEntry& entry) const {
  const std::uint64_t top = entry.height + std::uint64_t{params_.adoption_window} * params_.tasks.size();
  std::vector<const BlockEntry*> above{&entry};
  while (!above.empty()) {
    const BlockEntry& parent = *above.back();
    above.pop_back();
    const auto best = best_recent(parent);
    for (const BlockEntry* child : children(parent)) {
      if (child->state != BlockState::kVerified || child->height > top) continue;
      above.push_back(child);
      if (!best || child->outcome->assumed) continue;
      const std::size_t task = params_.task_index(child->height);
      const BlockOutcome& told = *child->outcome;
      const bool open = adopts(params_.tasks[task], *best, told.score, true);
      const bool moved = told.canonical_root != canonical_root(parent, task);
      // A model that is not sound scores 0 and is not adopted by any gate.
      if (moved ? !open : open && !told.adopted && told.score > 0) return child;
    }
  }
  return nullptr;
}

void Chain::count_adopted_again(BlockEntry& from) {
  std::vector<BlockEntry*> above{&from};
  while (!above.empty()) {
    BlockEntry& own = *above.back();
    above.pop_back();
    const std::uint32_t steps = own.outcome->adopted ? params_.tasks[params_.task_index(own.height)].steps : 0;
    own.total_adopted_steps = own.parent->total_adopted_steps + steps;
    for (const BlockEntry* child : children(own)) {
      if (child->outcome) above.push_back(entries_.at(child->hash).get());
    }
  }
}

void Chain::collect_assumed() {
  assumed_.clear();
  for (const auto& [hash, entry] : entries_) {
    if (entry->state == BlockState::kVerified && entry->outcome && entry->outcome->assumed)
      assumed_.insert(entry.get());
  }
}

}  // namespace freezenet
