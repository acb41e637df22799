#include "daemon/mempool/mempool.h"

#include <algorithm>
#include <queue>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

std::size_t memory_of(const Transaction& transaction) { return transaction.size() + Mempool::kOverhead; }

std::optional<Hash256> claim_id(const Transaction& transaction) {
  const auto* claim = std::get_if<Claim>(&transaction.action);
  if (claim == nullptr) return std::nullopt;
  return ClaimRecord{*claim, transaction.from, 0, {}}.id();
}

}  // namespace

std::uint64_t Mempool::least_fee(const Transaction& transaction) const {
  return (limits_.fee_per_kilobyte * transaction.size() + 999) / 1000;
}

Result<> Mempool::check_claim(const Transaction& transaction, const Ledger& ledger) const {
  const auto id = claim_id(transaction);
  if (!id || (!ledger.find_claim(*id) && !claims_.contains(*id))) return {};
  return reject(RejectCode::kDuplicateClaim, "its sender has made the same claim before");
}

Result<> Mempool::check_money(const Transaction& transaction, const PooledTransaction* old,
                              const Account& account) const {
  const std::uint64_t others = pending(transaction.from) - (old != nullptr ? old->transaction.spent() : 0);
  if (others <= account.balance && transaction.spent() <= account.balance - others) return {};
  return reject(RejectCode::kInsufficientFunds, "it spends " + std::to_string(transaction.spent()) +
                                                    " units; the account has " + std::to_string(account.balance) +
                                                    ", of which others that wait spend " + std::to_string(others));
}

Result<> Mempool::add(Transaction transaction, std::uint64_t now, bool local, const Ledger& ledger, Removed& removed) {
  const Hash256 id = transaction.id();
  if (places_.contains(id)) return reject(RejectCode::kDuplicate, "transaction " + to_hex(id) + " waits here already");
  const std::uint64_t least = least_fee(transaction);
  if (transaction.fee < least) {
    return reject(RejectCode::kFeeTooLow,
                  "a fee of " + std::to_string(transaction.fee) + " units; at least " + std::to_string(least));
  }
  const Account account = ledger.find(transaction.from).value_or(Account{});
  auto queue = queues_.find(transaction.from);
  const bool known = queue != queues_.end();
  const std::uint64_t next = known ? queue->second.next_nonce() : account.nonce;
  const PooledTransaction* old = known ? queue->second.at_nonce(transaction.nonce) : nullptr;
  if (old == nullptr && transaction.nonce != next) {
    return reject(RejectCode::kWrongNonce, "its nonce is " + std::to_string(transaction.nonce) +
                                               ", the account's next is " + std::to_string(next));
  }
  if (old != nullptr && (transaction.fee < old->transaction.fee || transaction.fee - old->transaction.fee < least)) {
    return reject(RejectCode::kFeeTooLow, "another transaction of this nonce waits with a fee of " +
                                              std::to_string(old->transaction.fee) + "; to take its place, pay " +
                                              std::to_string(least) + " more");
  }
  if (auto ok = check_money(transaction, old, account); !ok) return ok;
  const bool same_claim = old != nullptr && claim_id(old->transaction) == claim_id(transaction);
  if (auto ok = check_claim(transaction, ledger); !ok && !same_claim) return ok;

  PooledTransaction entry{std::move(transaction), id, now, local};
  if (old != nullptr) {
    // A claim is larger than a transfer.
    if (auto room = make_room(entry.transaction, memory_of(old->transaction), removed); !room) return room;
    before_change(queue);
    leave(queue->second.replace(entry), removed);
    enter(entry);
    after_change(queue);
    return {};
  }
  if (known && queue->second.waiting().size() >= limits_.of_one_account) {
    return reject(RejectCode::kBusy,
                  std::to_string(limits_.of_one_account) + " transactions of this account wait here");
  }
  if (auto room = make_room(entry.transaction, 0, removed); !room) return room;
  enter(entry);
  if (known) {
    before_change(queue);
  } else {
    queue = queues_.try_emplace(entry.transaction.from).first;
  }
  queue->second.append(std::move(entry));
  after_change(queue);
  return {};
}

void Mempool::take_back(const Hash256& id, std::optional<PooledTransaction> replaced) {
  const auto queue = queues_.find(places_.at(id).account);
  Removed removed;
  if (!replaced) return drop_last(queue, removed);
  before_change(queue);
  leave(queue->second.replace(*replaced), removed);
  enter(*replaced);
  after_change(queue);
}

Result<> Mempool::make_room(const Transaction& transaction, std::size_t given_up, Removed& removed) {
  while (bytes_ - given_up + memory_of(transaction) > limits_.bytes) {
    // Its own queue is what it builds on.
    auto cheapest = lasts_.begin();
    if (cheapest != lasts_.end() && cheapest->account == transaction.from) ++cheapest;
    if (cheapest == lasts_.end() || !(cheapest->rate < FeeRate::of(transaction))) {
      return reject(RejectCode::kFeeTooLow,
                    "the waiting room is full of transactions that pay as much for their size, or more");
    }
    drop_last(queues_.find(cheapest->account), removed);
  }
  return {};
}

void Mempool::before_change(Queue queue) {
  lasts_.erase({FeeRate::of(queue->second.waiting().back().transaction), queue->first});
}

void Mempool::after_change(Queue queue) {
  if (queue->second.empty()) {
    queues_.erase(queue);
  } else {
    lasts_.insert({FeeRate::of(queue->second.waiting().back().transaction), queue->first});
  }
}

void Mempool::enter(const PooledTransaction& entry) {
  places_.emplace(entry.id, Place{entry.transaction.from, entry.transaction.nonce});
  if (const auto claim = claim_id(entry.transaction)) claims_.insert(*claim);
  bytes_ += memory_of(entry.transaction);
  ++version_;
}

void Mempool::leave(const PooledTransaction& entry, Removed& removed) {
  places_.erase(entry.id);
  if (const auto claim = claim_id(entry.transaction)) claims_.erase(*claim);
  bytes_ -= memory_of(entry.transaction);
  removed.push_back(entry.id);
  ++version_;
}

void Mempool::drop_last(Queue queue, Removed& removed) {
  before_change(queue);
  leave(queue->second.pop_back(), removed);
  after_change(queue);
}

void Mempool::fit(const XOnlyKey& key, const Ledger& ledger, Removed& removed) {
  const auto queue = queues_.find(key);
  if (queue == queues_.end()) return;
  const Account account = ledger.find(key).value_or(Account{});
  before_change(queue);
  while (!queue->second.empty() && queue->second.waiting().front().transaction.nonce < account.nonce) {
    leave(queue->second.pop_front(), removed);
  }
  // A claim that a block has taken under another nonce leaves a gap: what follows it goes too.
  std::size_t good = 0;
  for (const PooledTransaction& e : queue->second.waiting()) {
    const auto claim = claim_id(e.transaction);
    if (e.transaction.nonce != account.nonce + good || (claim && ledger.find_claim(*claim))) break;
    ++good;
  }
  while (queue->second.waiting().size() > good || (good > 0 && queue->second.spent() > account.balance)) {
    leave(queue->second.pop_back(), removed);
    good = std::min(good, queue->second.waiting().size());
  }
  after_change(queue);
}

Mempool::Removed Mempool::connected(std::span<const Transaction> transactions, const Ledger& ledger) {
  Removed removed;
  // Receivers only gain; a sender's nonce and balance have changed.
  for (const Transaction& transaction : transactions) fit(transaction.from, ledger, removed);
  return removed;
}

Mempool::Removed Mempool::reorganised(std::vector<PooledTransaction> freed, const Ledger& ledger) {
  Removed before;
  std::vector<PooledTransaction> again = std::move(freed);
  while (!queues_.empty()) {
    const auto first = queues_.begin();
    before_change(first);
    again.push_back(first->second.pop_front());
    leave(again.back(), before);
    after_change(first);
  }
  // By nonce, because each needs the one before; stable, so that what was in a block comes before what would take its
  // place.
  std::ranges::stable_sort(again, {}, [](const PooledTransaction& e) { return e.transaction.nonce; });
  for (PooledTransaction& e : again) (void)add(std::move(e.transaction), e.received, e.local, ledger, before);
  std::erase_if(before, [this](const Hash256& id) { return places_.contains(id); });
  return before;
}

Mempool::Removed Mempool::expire(std::uint64_t now) {
  Removed removed;
  std::vector<std::pair<XOnlyKey, std::size_t>> cuts;  // how many of an account stay
  for (const auto& [account, queue] : queues_) {
    const auto& waiting = queue.waiting();
    const auto old = std::ranges::find_if(
        waiting, [&](const PooledTransaction& e) { return now > e.received && now - e.received > limits_.expiry; });
    if (old != waiting.end()) cuts.emplace_back(account, old - waiting.begin());
  }
  for (const auto& [account, stay] : cuts) {
    const auto queue = queues_.find(account);
    for (std::size_t left = queue->second.waiting().size(); left > stay; --left) drop_last(queue, removed);
  }
  return removed;
}

std::vector<Transaction> Mempool::select(std::size_t bytes) const {
  struct Offer {
    const AccountQueue* queue;
    std::size_t taken;
    AccountQueue::Prefix next;
    bool operator<(const Offer& other) const { return next.rate < other.next.rate; }
  };
  std::priority_queue<Offer> offers;
  for (const auto& [account, queue] : queues_) offers.push({&queue, 0, queue.best_prefix(0)});
  std::vector<Transaction> selected;
  while (!offers.empty()) {
    Offer offer = offers.top();
    offers.pop();
    // What is too large for the rest is left out whole: half of it would pay less than what comes next.
    if (offer.next.rate.bytes > bytes) continue;
    for (std::size_t i = 0; i < offer.next.count; ++i) {
      selected.push_back(offer.queue->waiting()[offer.taken + i].transaction);
    }
    bytes -= offer.next.rate.bytes;
    offer.taken += offer.next.count;
    if (offer.taken == offer.queue->waiting().size()) continue;
    offer.next = offer.queue->best_prefix(offer.taken);
    offers.push(offer);
  }
  return selected;
}

const PooledTransaction* Mempool::find(const Hash256& id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : queues_.at(place->second.account).at_nonce(place->second.nonce);
}

std::uint64_t Mempool::next_nonce(const XOnlyKey& account, const Ledger& ledger) const {
  const auto queue = queues_.find(account);
  return queue != queues_.end() ? queue->second.next_nonce() : ledger.find(account).value_or(Account{}).nonce;
}

std::uint64_t Mempool::pending(const XOnlyKey& account) const {
  const auto queue = queues_.find(account);
  return queue == queues_.end() ? 0 : queue->second.spent();
}

}  // namespace freezenet::daemon
