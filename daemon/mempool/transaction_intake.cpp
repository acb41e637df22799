#include "daemon/mempool/transaction_intake.h"

#include <algorithm>
#include <utility>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

/// Room in a body beside its transactions: the three counts, each at most nine bytes.
constexpr std::size_t kCounts = 27;

}  // namespace

Result<> TransactionIntake::restore(const std::function<void(const std::string&)>& lost) {
  const auto found = store_.waiting();
  if (!found) return tl::unexpected(found.error());
  const std::vector<KeptTransaction> whole = found->all(clock_.unix_seconds());
  early_ = whole;
  // By nonce, because each needs the one before.
  std::ranges::stable_sort(early_, {}, [](const KeptTransaction& k) { return k.transaction.nonce; });
  retry_early();
  if (!early_.empty()) lost(what_waits_for_others());
  if (!found->sound()) {
    // First the word, then the rows: a crash between the two has it said once more.
    lost(found->what_is_lost());
    if (auto kept = store_.keep_only(whole); !kept) return kept;
  }
  note_removed(pool_.expire(clock_.unix_seconds()));
  return flush();
}

std::string TransactionIntake::what_waits_for_others() const {
  std::string line = std::to_string(early_.size()) +
                     " transactions of this node's user are whole and wait on the disk until one before them is in a "
                     "block or sent again; do not send these again:";
  for (const KeptTransaction& k : early_) line += " " + to_hex(k.transaction.id());
  return line;
}

bool TransactionIntake::may_come(const KeptTransaction& kept) const {
  const std::uint64_t now = clock_.unix_seconds();
  const bool young = now < kept.received || now - kept.received < pool_.limits().expiry;
  const Account account = chain_.ledger().find(kept.transaction.from).value_or(Account{});
  return kept.local && young && pool_.find(kept.transaction.id()) == nullptr && kept.transaction.nonce >= account.nonce;
}

void TransactionIntake::retry_early() {
  for (KeptTransaction& k : std::exchange(early_, {})) {
    Mempool::Removed removed;
    const bool added = pool_.add(k.transaction, k.received, k.local, chain_.ledger(), removed).has_value();
    note_removed(removed);
    if (added) continue;
    if (may_come(k)) {
      early_.push_back(std::move(k));
    } else if (pool_.find(k.transaction.id()) == nullptr) {
      removed_on_disk_.push_back(k.transaction.id());
    }
  }
}

Result<> TransactionIntake::add(const Transaction& transaction, bool local) {
  std::optional<PooledTransaction> replaced;
  if (const auto queue = pool_.queues().find(transaction.from); local && queue != pool_.queues().end()) {
    if (const PooledTransaction* old = queue->second.at_nonce(transaction.nonce)) replaced = *old;
  }
  Mempool::Removed removed;
  auto added = pool_.add(transaction, clock_.unix_seconds(), local, chain_.ledger(), removed);
  note_removed(removed);
  if (!added) {
    if (!local && refused_.size() < kMaxRefused) refused_.insert(transaction.id());
    return added;
  }
  const Hash256 id = transaction.id();
  unwritten_.push_back(id);
  if (!local) return {};
  auto written = flush();
  if (written) return {};
  // Refused is refused: it must not be paid later, beside the one that the user makes in its place.
  std::erase(unwritten_, id);
  if (replaced) std::erase(removed_on_disk_, replaced->id);
  pool_.take_back(id, std::move(replaced));
  return written;
}

Result<> TransactionIntake::follow(const ChainUpdate& update) {
  if (update.connected.empty() && update.disconnected.empty()) return {};
  refused_.clear();
  for (const Transaction& transaction : update.made) note_paid(transaction.id());
  std::vector<PooledTransaction> freed;
  for (auto block = update.disconnected.rbegin(); block != update.disconnected.rend(); ++block) {
    auto body = blocks_.body((*block)->hash);
    if (!body) return tl::unexpected(body.error());
    for (Transaction& transaction : body->transactions) {
      const Hash256 id = transaction.id();
      freed.push_back({std::move(transaction), id, clock_.unix_seconds(), own_.contains(id)});
    }
  }
  if (update.disconnected.empty()) {
    note_removed(pool_.connected(update.made, chain_.ledger()));
  } else {
    for (const PooledTransaction& e : freed) unwritten_.push_back(e.id);
    note_removed(pool_.reorganised(std::move(freed), chain_.ledger()));
  }
  retry_early();
  note_removed(pool_.expire(clock_.unix_seconds()));
  return flush();
}

Result<> TransactionIntake::flush() {
  std::vector<KeptTransaction> added;
  for (const Hash256& id : unwritten_) {
    if (const PooledTransaction* e = pool_.find(id)) added.push_back({e->transaction, e->received, e->local});
  }
  if (added.empty() && removed_on_disk_.empty()) {
    unwritten_.clear();
    return {};
  }
  if (auto written = store_.keep_waiting(added, removed_on_disk_); !written) return written;
  unwritten_.clear();
  removed_on_disk_.clear();
  return {};
}

void TransactionIntake::note_paid(const Hash256& id) {
  const PooledTransaction* waiting = pool_.find(id);
  if (waiting == nullptr || !waiting->local || !own_.insert(id).second) return;
  own_order_.push_back(id);
  if (own_order_.size() <= kMaxOwn) return;
  own_.erase(own_order_.front());
  own_order_.pop_front();
}

void TransactionIntake::note_removed(const Mempool::Removed& removed) {
  removed_on_disk_.insert(removed_on_disk_.end(), removed.begin(), removed.end());
}

const TransactionIntake::Selection& TransactionIntake::selection() {
  if (selected_version_ == pool_.version() && selected_on_ == &chain_.tip()) return selection_;
  const NetworkParams& params = chain_.params();
  const std::uint64_t height = chain_.tip().height + 1;
  const std::size_t digests = params.tasks[params.task_index(height)].steps * sizeof(Hash256);
  Body body;
  body.transactions = pool_.select(Body::kMaxSize - kCounts - digests);
  // The mempool's invariant says that they can be made. A block that could not would cost a segment, so that is not
  // left to an invariant.
  LedgerView view(chain_.ledger());
  if (!view.connect({height, chain_.matured_next(), body.transactions})) body.transactions.clear();
  selection_.body_root = body.body_root();
  selection_.fees = body.fees().value_or(0);
  selection_.transactions = std::move(body.transactions);
  selected_version_ = pool_.version();
  selected_on_ = &chain_.tip();
  return selection_;
}

}  // namespace freezenet::daemon
