#include "daemon/mempool/signature_checker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "consensus/rules.h"

namespace freezenet::daemon {

void SignatureChecker::stop() { pool_.join(); }

boost::asio::awaitable<Result<>> SignatureChecker::check(std::vector<Transaction> transactions) {
  // A named object: GCC 12 destroys a closure twice that is a temporary of a co_await expression.
  auto work = [this, transactions = std::move(transactions)]() -> boost::asio::awaitable<Result<>> {
    auto checked = check_signatures(transactions, genesis_, [this](const Hash256& id) { return knows(id); });
    if (checked) remember(transactions);
    co_return checked;
  };
  co_return co_await boost::asio::co_spawn(pool_, std::move(work), boost::asio::use_awaitable);
}

bool SignatureChecker::knows(const Hash256& id) const {
  const std::lock_guard lock(mutex_);
  return known_.contains(id);
}

void SignatureChecker::remember(const std::vector<Transaction>& transactions) {
  const std::lock_guard lock(mutex_);
  for (const Transaction& transaction : transactions) {
    const Hash256 id = transaction.id();
    if (known_.insert(id).second) order_.push_back(id);
  }
  for (; order_.size() > kRemembered; order_.pop_front()) known_.erase(order_.front());
}

}  // namespace freezenet::daemon
