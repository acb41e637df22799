#include "daemon/mempool/signature_checker.h"

#include "consensus/rules.h"

namespace freezenet::daemon {

boost::asio::awaitable<Result<>> SignatureChecker::check(std::vector<Transaction> transactions) {
  auto work = [this, transactions = std::move(transactions)] {
    auto checked = check_signatures(transactions, genesis_, [this](const Hash256& id) { return knows(id); });
    if (checked) remember(transactions);
    return checked;
  };
  return worker_.run(std::move(work));
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
