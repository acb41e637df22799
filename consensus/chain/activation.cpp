// The second half of Chain: from a good verdict to the active chain, and from the store back to it.

#include <algorithm>
#include <iterator>

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "consensus/chain/chain.h"
#include "consensus/rules.h"

namespace freezenet {

namespace {

Result<std::uint64_t> fees_of(const Body& body) {
  const auto fees = body.fees();
  if (!fees) return reject(RejectCode::kInvalidTransaction, "the fees do not fit into 64 bits");
  return *fees;
}

}  // namespace

Result<> Chain::check_transactions(const BlockEntry& entry, const Body& body) {
  if (auto fees = fees_of(body); !fees) return tl::unexpected(fees.error());
  auto view = view_after(*entry.parent);
  if (!view) return tl::unexpected(view.error());
  const auto undo = (*view)->connect({entry.height, matured_after(*entry.parent), body.transactions});
  if (!undo) return reject(RejectCode::kInvalidTransaction, undo.error().message());
  (*view)->disconnect(*undo);
  return {};
}

Result<ChainUpdate> Chain::accept(const BlockEntry& entry, const Body& body, const ProofOutcome& proof) {
  if (auto ok = ready_but_for_gate(entry); !ok) return tl::unexpected(ok.error());
  if (!decidable(entry)) return reject(RejectCode::kParentUnverified, to_hex(entry.hash) + " has no gate yet");
  return take(entry, body, judge(entry, proof));
}

Result<ChainUpdate> Chain::take(const BlockEntry& entry, const Body& body, const BlockOutcome& outcome) {
  const auto fees = fees_of(body);
  if (!fees) return tl::unexpected(fees.error());
  BlockEntry& own = *entries_.at(entry.hash);
  mark_complete(entry);
  const bool wins = better(own, tip());
  // Also on a branch that does not win: what is verified can be connected, whenever its turn comes. On one that wins,
  // connecting it is the check.
  if (auto ok = wins ? Result<>{} : check_transactions(entry, body); !ok) return tl::unexpected(ok.error());

  own.outcome = outcome;
  own.fees = *fees;
  own.total_adopted_steps =
      own.parent->total_adopted_steps + (outcome.adopted ? params_.tasks[params_.task_index(own.height)].steps : 0);
  const StoredBlock verified{own.header, body, outcome, own.completed};
  auto update = activate(wins ? own : tip(), &verified);
  if (!update) {
    own.outcome.reset();
    return update;
  }
  own.state = BlockState::kVerified;
  ++verified_;
  room_.remove(own);
  // Only a replay tells which seal of a candidate is the valid one.
  if (outcome.assumed) {
    assumed_.insert(&own);
  } else {
    seals_.emplace(own.candidate_hash, own.hash);
  }
  return update;
}

bool Chain::better(const BlockEntry& a, const BlockEntry& b) const {
  if (a.total_work != b.total_work) return a.total_work > b.total_work;
  return a.completed < b.completed;
}

Result<ChainUpdate> Chain::activate(const BlockEntry& best, const StoredBlock* verified,
                                    const std::vector<Hash256>* set_aside) {
  ChainUpdate update;
  const BlockEntry* fork = &best;
  for (; !is_active(*fork); fork = fork->parent) update.connected.push_back(fork);
  std::ranges::reverse(update.connected);
  for (std::uint64_t h = tip().height; h > fork->height; --h) update.disconnected.push_back(active_[h]);

  ChainChange change;
  LedgerView view(ledger_);
  if (auto moved = go_to(best, view, verified, &change); !moved) return tl::unexpected(moved.error());
  if (verified != nullptr) change.verified = *verified;
  for (const auto& [key, account] : view.changed()) change.accounts.push_back({key, account});
  change.claims_below = view.claims_below();
  change.claims = view.new_claims();
  if (set_aside != nullptr) change.set_aside = *set_aside;
  change.tip = best.hash;
  change.tip_height = best.height;
  change.state_hash = state_hash_of(best, view.accounts_hash(), view.claims_digest());
  if (auto stored = store_.commit(change); !stored) return tl::unexpected(stored.error());

  view_.reset();
  ledger_.apply(view);
  state_hash_ = change.state_hash;
  for (ChainChange::Connected& connected : change.connected) {
    std::ranges::move(connected.transactions, std::back_inserter(update.made));
  }
  active_.resize(fork->height + 1);
  active_.insert(active_.end(), update.connected.begin(), update.connected.end());
  return update;
}

Result<> Chain::go_to(const BlockEntry& after, LedgerView& view, const StoredBlock* verified, ChainChange* change) {
  std::vector<const BlockEntry*> path;
  const BlockEntry* fork = &after;
  for (; !is_active(*fork); fork = fork->parent) path.push_back(fork);
  for (std::uint64_t h = tip().height; h > fork->height; --h) {
    auto undo = store_.undo(active_[h]->hash);
    if (!undo) return tl::unexpected(undo.error());
    view.disconnect(*undo);
    if (change != nullptr) change->disconnected.push_back(active_[h]->hash);
  }
  for (auto e = path.rbegin(); e != path.rend(); ++e) {
    const BlockEntry& block = **e;
    const bool newest = verified != nullptr && &block == &after && block.state != BlockState::kVerified;
    Result<Body> body = newest ? Result<Body>(verified->body) : store_.body(block.hash);
    if (!body) return tl::unexpected(body.error());
    auto undo = view.connect({block.height, matured_after(*block.parent), body->transactions});
    if (!undo) return reject(RejectCode::kInvalidTransaction, undo.error().message());
    if (change != nullptr) {
      change->connected.push_back({block.hash, block.height, std::move(*undo), std::move(body->transactions)});
    }
  }
  return {};
}

Result<LedgerView*> Chain::view_after(const BlockEntry& entry) {
  if (view_ && view_at_ == &entry) return view_.get();
  if (view_ && view_at_ == entry.parent) {
    // The block after the one before: what a branch that is being verified asks for, again and again.
    auto body = store_.body(entry.hash);
    if (!body) return tl::unexpected(body.error());
    const auto undo = view_->connect({entry.height, matured_after(*entry.parent), body->transactions});
    if (!undo) return reject(RejectCode::kStorage, "verified block " + to_hex(entry.hash) + ": " + undo.error().detail);
  } else {
    auto view = std::make_unique<LedgerView>(ledger_);
    if (auto there = go_to(entry, *view, nullptr, nullptr); !there) return tl::unexpected(there.error());
    view_ = std::move(view);
  }
  view_at_ = &entry;
  return view_.get();
}

std::optional<MaturedReward> Chain::matured_after(const BlockEntry& parent) const {
  if (parent.height < params_.maturity) return std::nullopt;
  const BlockEntry& earned = ancestor(parent, parent.height + 1 - params_.maturity);
  if (earned.height == 0) return std::nullopt;
  return MaturedReward{earned.header.candidate.miner_key, params_.subsidy_at(earned.height) + earned.fees};
}

BlockOutcome Chain::judge(const BlockEntry& entry, const ProofOutcome& proof) const {
  const std::size_t index = params_.task_index(entry.height);
  const auto best = best_recent(*entry.parent);
  const bool adopted = best ? adopts(params_.tasks[index], *best, proof.score, proof.sound)
                            : proof.sound && root_by_headers(entry) == proof.thawed_root;
  if (adopted) {
    return {proof.thawed_root, proof.score, proof.score, true};
  }
  return {canonical_root(*entry.parent, index), proof.score, canonical_score(*entry.parent, index).value_or(0), false};
}

Result<> Chain::restore() {
  const auto damaged = [](const std::string& what) {
    return reject(RejectCode::kStorage, "the chain database contradicts itself: " + what);
  };
  auto saved = store_.load([&](const StoredBlock& block) -> Result<> {
    const Hash256 hash = block.header.block_hash();
    const BlockEntry* parent = find(block.header.candidate.prev_block);
    if (parent == nullptr) return damaged("block " + to_hex(hash) + " has no parent");
    if (find(hash) != nullptr) return damaged("block " + to_hex(hash) + " stands twice");
    const Hash256& task_id = task_ids_[params_.task_index(parent->height + 1)];
    if (auto ok = check_header(params_, task_id, block.header, hash, *parent); !ok) {
      return damaged("block " + to_hex(hash) + ": " + ok.error().message());
    }
    if (auto ok = check_start(block.header, *parent); !ok) {
      return damaged("block " + to_hex(hash) + ": " + ok.error().message());
    }
    BlockEntry* entry = insert(block.header, hash, block.header.candidate.candidate_hash(), *parent);
    entry->state = BlockState::kVerified;
    entry->outcome = block.outcome;
    entry->fees = block.body.fees().value_or(0);
    entry->completed = block.completed;
    entry->total_adopted_steps = parent->total_adopted_steps +
                                 (block.outcome.adopted ? params_.tasks[params_.task_index(entry->height)].steps : 0);
    completions_ = std::max(completions_, block.completed);
    ++verified_;
    if (!block.outcome.assumed) seals_.emplace(entry->candidate_hash, hash);
    return {};
  });
  if (!saved) return tl::unexpected(saved.error());
  for (const auto& row : saved->accounts) ledger_.set(row.key, row.account);
  for (const ClaimRecord& claim : saved->claims) ledger_.add_claim(claim);
  if (saved->tip.is_zero()) {
    return verified_ == 0 ? Result<>{} : damaged("blocks, but no tip");
  }
  const BlockEntry* tip = find(saved->tip);
  if (tip == nullptr) return damaged("the tip " + to_hex(saved->tip) + " is not among the blocks");
  active_.resize(tip->height + 1);
  for (const BlockEntry* e = tip; e != nullptr; e = e->parent) active_[e->height] = e;
  mark_set_aside(saved->set_aside);
  state_hash_ = state_hash_of(*tip, ledger_.accounts_hash(), ledger_.claims_digest());
  if (state_hash_ != saved->state_hash) return damaged("the accounts are not those of the tip");
  return {};
}

}  // namespace freezenet
