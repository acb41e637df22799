#include "net/transaction_relay.h"

#include <algorithm>

namespace freezenet::net {

TransactionRelay::TransactionRelay(PeerLink& link, ChainPort& chain, const Limits& limits,
                                   const asio::any_io_executor& strand)
    : link_(link),
      chain_(chain),
      limits_(limits),
      signal_(strand),
      bucket_(limits.transactions_per_second, limits.transaction_burst, Clock::now()) {}

Awaitable<> TransactionRelay::run(std::uint64_t peer_height) {
  for (const Hash256& id : co_await chain_.waiting_transactions(kMaxTransactions)) tell(id);
  while (!stopped_) {
    if (!received_.empty()) {
      co_await offer();
    } else if (!announced_.empty() && caught_up_) {
      co_await ask();
    } else if (!announced_.empty() && chain_moved_) {
      chain_moved_ = false;
      caught_up_ = (co_await chain_.summary()).height >= peer_height;
    } else if (!news_.empty()) {
      co_await link_.wait_for_room();
      send_news();
    } else {
      co_await signal_.wait();
    }
  }
}

void TransactionRelay::stop() {
  stopped_ = true;
  signal_.notify();
}

void TransactionRelay::tell(const Hash256& id) {
  // One that does not get through is in a block soon, or told by others.
  if (known_.contains(id) || news_.size() >= limits_.max_pending_transactions) return;
  news_.push_back(id);
  signal_.notify();
}

void TransactionRelay::send_news() {
  HaveTransactions message;
  while (!news_.empty() && message.ids.size() < kMaxTransactions) {
    if (!known_.contains(news_.front())) message.ids.push_back(news_.front());
    remember(news_.front());
    news_.pop_front();
  }
  if (!stopped_ && !message.ids.empty()) link_.send(message);
}

Result<> TransactionRelay::on(HaveTransactions message) {
  for (const Hash256& id : message.ids) {
    remember(id);
    if (announced_.size() < limits_.max_pending_transactions) announced_.push_back(id);
  }
  signal_.notify();
  return {};
}

Awaitable<> TransactionRelay::ask() {
  std::vector<Hash256> ids;
  while (!announced_.empty() && ids.size() < kMaxTransactions) {
    if (!asked_.contains(announced_.front())) ids.push_back(announced_.front());
    announced_.pop_front();
  }
  ids = co_await chain_.unknown_transactions(std::move(ids));
  GetTransactions message;
  for (const Hash256& id : ids) {
    // A peer that never answers is asked for so many and no more.
    if (asked_.size() >= limits_.max_pending_transactions || !bucket_.take(Clock::now())) break;
    asked_.insert(id);
    message.ids.push_back(id);
  }
  if (!stopped_ && !message.ids.empty()) link_.send(message);
}

Result<> TransactionRelay::on(Transactions message) {
  for (const Hash256& id : message.missing) {
    if (asked_.erase(id) == 0) return reject(RejectCode::kUnexpectedMessage, "a transaction that was not asked for");
  }
  for (const Transaction& transaction : message.transactions) {
    if (asked_.erase(transaction.id()) == 0)
      return reject(RejectCode::kUnexpectedMessage, "a transaction that was not asked for");
  }
  if (!message.transactions.empty()) received_.push_back(std::move(message));
  signal_.notify();
  return {};
}

Awaitable<> TransactionRelay::offer() {
  std::vector<Transaction> transactions = std::move(received_.front().transactions);
  received_.pop_front();
  const Result<> taken = co_await chain_.offer_transactions(link_.id(), std::move(transactions));
  if (!taken && !stopped_ && blame(taken.error().code) == Blame::kSender) link_.fail(taken.error());
}

void TransactionRelay::remember(const Hash256& id) {
  if (known_.insert(id).second) known_order_.push_back(id);
  for (; known_order_.size() > kMaxKnown; known_order_.pop_front()) known_.erase(known_order_.front());
}

}  // namespace freezenet::net
