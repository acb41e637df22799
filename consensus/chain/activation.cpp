// The second half of Chain: from a good verdict to the active chain, and from the store back to it.

#include <algorithm>
#include <set>

#include "consensus/base/hex.h"
#include "consensus/chain/chain.h"
#include "consensus/rules.h"

namespace freezenet {
namespace {

/// Ledger steps taken so far, so that a failure half way takes back exactly these.
class LedgerMove {
 public:
  explicit LedgerMove(Ledger& ledger) : ledger_(ledger) {}
  LedgerMove(const LedgerMove&) = delete;
  LedgerMove& operator=(const LedgerMove&) = delete;
  ~LedgerMove() {
    for (auto row = before_.rbegin(); row != before_.rend(); ++row) ledger_.set(row->first, row->second);
  }

  void disconnect(const BlockUndo& undo) {
    remember(undo, true);
    ledger_.disconnect(undo);
  }
  Result<BlockUndo> connect(const std::optional<MaturedReward>& matured) {
    auto undo = ledger_.connect(matured);
    if (undo) remember(*undo, false);
    return undo;
  }
  void keep() { before_.clear(); }
  [[nodiscard]] std::vector<ChainChange::AccountRow> rows() const {
    std::set<XOnlyKey> keys;
    for (const auto& [key, account] : before_) keys.insert(key);
    std::vector<ChainChange::AccountRow> rows;
    for (const XOnlyKey& key : keys) rows.push_back({key, ledger_.find(key)});
    return rows;
  }

 private:
  void remember(const BlockUndo& undo, bool not_yet_applied) {
    for (const BlockUndo::Entry& e : undo.entries) {
      before_.emplace_back(e.key, not_yet_applied ? ledger_.find(e.key) : e.before);
    }
  }
  Ledger& ledger_;
  std::vector<std::pair<XOnlyKey, std::optional<Account>>> before_;
};

}  // namespace

Result<ChainUpdate> Chain::accept(const BlockEntry& entry, const Body& body, const ProofOutcome& proof) {
  if (auto ok = ready(entry); !ok) return tl::unexpected(ok.error());
  BlockEntry& own = *entries_.at(entry.hash);
  const BlockOutcome outcome = judge(entry, proof);
  mark_complete(entry);

  own.outcome = outcome;
  own.total_adopted_steps =
      own.parent->total_adopted_steps + (outcome.adopted ? params_.tasks[params_.task_index(own.height)].steps : 0);
  auto update = activate(better(own, tip()) ? own : *entries_.at(tip().hash),
                         StoredBlock{own.header, body, outcome, own.completed});
  if (!update) {
    own.outcome.reset();
    return update;
  }
  own.state = BlockState::kVerified;
  seals_.emplace(own.candidate_hash, own.hash);
  room_.remove(own);
  return update;
}

bool Chain::better(const BlockEntry& a, const BlockEntry& b) const {
  if (a.total_work != b.total_work) return a.total_work > b.total_work;
  return a.completed < b.completed;
}

Result<ChainUpdate> Chain::activate(BlockEntry& best, StoredBlock verified) {
  ChainUpdate update;
  for (const BlockEntry* e = &best; !is_active(*e); e = e->parent) update.connected.push_back(e);
  std::ranges::reverse(update.connected);
  const std::uint64_t fork = update.connected.empty() ? tip().height : update.connected.front()->height - 1;
  for (std::uint64_t h = tip().height; h > fork; --h) update.disconnected.push_back(active_[h]);

  ChainChange change;
  LedgerMove move(ledger_);
  for (const BlockEntry* e : update.disconnected) {
    auto undo = store_.undo(e->hash);
    if (!undo) return tl::unexpected(undo.error());
    move.disconnect(*undo);
    change.disconnected.push_back(e->hash);
  }
  for (const BlockEntry* e : update.connected) {
    auto undo = move.connect(matured_by(*e));
    if (!undo) return tl::unexpected(undo.error());
    change.connected.push_back({e->hash, std::move(*undo)});
  }
  change.verified = std::move(verified);
  change.accounts = move.rows();
  change.tip = best.hash;
  change.tip_height = best.height;
  change.state_hash = state_hash_at(best);
  if (auto stored = store_.commit(change); !stored) return tl::unexpected(stored.error());

  move.keep();
  active_.resize(fork + 1);
  active_.insert(active_.end(), update.connected.begin(), update.connected.end());
  return update;
}

std::optional<MaturedReward> Chain::matured_by(const BlockEntry& entry) const {
  if (entry.height <= params_.maturity) return std::nullopt;
  const BlockEntry* earned = &entry;
  for (std::uint32_t i = 0; i < params_.maturity; ++i) earned = earned->parent;
  return MaturedReward{earned->header.candidate.miner_key, params_.subsidy_at(earned->height)};
}

BlockOutcome Chain::judge(const BlockEntry& entry, const ProofOutcome& proof) const {
  const std::size_t index = params_.task_index(entry.height);
  std::int64_t best_recent = -1;
  const BlockEntry* e = entry.parent;
  for (std::uint32_t seen = 0; e->height > 0 && seen < params_.adoption_window; e = e->parent) {
    if (params_.task_index(e->height) != index) continue;
    best_recent = std::max(best_recent, std::int64_t{e->outcome->canonical_score});
    ++seen;
  }
  if (adopts(params_.tasks[index], best_recent, proof.score, proof.sound)) {
    return {proof.thawed_root, proof.score, proof.score, true};
  }
  return {canonical_root(*entry.parent, index), proof.score, canonical_score(*entry.parent, index).value_or(0), false};
}

Result<> Chain::restore() {
  auto saved = store_.load();
  if (!saved) return tl::unexpected(saved.error());
  const auto damaged = [](const std::string& what) {
    return reject(RejectCode::kStorage, "the chain database contradicts itself: " + what);
  };
  for (const StoredBlock& block : saved->blocks) {
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
    entry->completed = block.completed;
    entry->total_adopted_steps = parent->total_adopted_steps +
                                 (block.outcome.adopted ? params_.tasks[params_.task_index(entry->height)].steps : 0);
    completions_ = std::max(completions_, block.completed);
    seals_.emplace(entry->candidate_hash, hash);
  }
  for (const auto& row : saved->accounts) ledger_.set(row.key, row.account);
  if (saved->tip.is_zero()) {
    return saved->blocks.empty() ? Result<>{} : damaged("blocks, but no tip");
  }
  const BlockEntry* tip = find(saved->tip);
  if (tip == nullptr) return damaged("the tip " + to_hex(saved->tip) + " is not among the blocks");
  active_.resize(tip->height + 1);
  for (const BlockEntry* e = tip; e != nullptr; e = e->parent) active_[e->height] = e;
  if (state_hash() != saved->state_hash) return damaged("the accounts are not those of the tip");
  return {};
}

}  // namespace freezenet
