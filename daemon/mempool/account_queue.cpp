#include "daemon/mempool/account_queue.h"

#include <limits>
#include <utility>

namespace freezenet::daemon {

std::uint64_t AccountQueue::spent() const {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t sum = 0;
  for (const PooledTransaction& e : waiting_) sum += std::min(e.transaction.spent(), kMost - sum);
  return sum;
}

const PooledTransaction* AccountQueue::at_nonce(std::uint64_t nonce) const {
  if (empty() || nonce < waiting_.front().transaction.nonce || nonce >= next_nonce()) return nullptr;
  return &waiting_[nonce - waiting_.front().transaction.nonce];
}

PooledTransaction AccountQueue::replace(PooledTransaction transaction) {
  PooledTransaction& place = waiting_[transaction.transaction.nonce - waiting_.front().transaction.nonce];
  return std::exchange(place, std::move(transaction));
}

PooledTransaction AccountQueue::pop_front() {
  PooledTransaction first = std::move(waiting_.front());
  waiting_.pop_front();
  return first;
}

PooledTransaction AccountQueue::pop_back() {
  PooledTransaction last = std::move(waiting_.back());
  waiting_.pop_back();
  return last;
}

AccountQueue::Prefix AccountQueue::best_prefix(std::size_t skip) const {
  Prefix best;
  FeeRate sum{0, 0};
  for (std::size_t i = skip; i < waiting_.size(); ++i) {
    sum.fee += waiting_[i].transaction.fee;
    sum.bytes += waiting_[i].transaction.size();
    if (best.count == 0 || best.rate < sum) best = {i + 1 - skip, sum};
  }
  return best;
}

}  // namespace freezenet::daemon
