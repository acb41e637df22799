// ChainService's side of transactions: from users, from peers, and to peers.

#include "daemon/chain_service.h"

namespace freezenet::daemon {

boost::asio::awaitable<Result<Hash256>> ChainService::submit_transaction(Transaction transaction) {
  if (auto ok = transaction.check_signature(chain_.genesis().hash); !ok) co_return tl::unexpected(ok.error());
  // It is known from now on, so that the block which holds it is checked faster.
  std::vector<Transaction> alone{transaction};
  if (auto ok = co_await signatures_.check(std::move(alone)); !ok) co_return tl::unexpected(ok.error());
  auto add = [this, &transaction] { return add_transaction(transaction, 0); };
  co_return co_await on_chain(std::move(add));
}

net::ChainPort::Awaitable<std::vector<Hash256>> ChainService::waiting_transactions(std::size_t max) {
  return query_mempool([max](const Chain&, const Mempool& pool) {
    std::vector<Hash256> ids;
    for (const Transaction& transaction : pool.select(max * Transaction::kMinSize)) ids.push_back(transaction.id());
    return ids;
  });
}

net::ChainPort::Awaitable<std::vector<Hash256>> ChainService::unknown_transactions(std::vector<Hash256> ids) {
  return on_chain([this, ids = std::move(ids)]() mutable {
    std::erase_if(ids, [this](const Hash256& id) { return transactions_.knows(id); });
    return std::move(ids);
  });
}

net::ChainPort::Awaitable<std::vector<Transaction>> ChainService::transactions(std::vector<Hash256> ids) {
  return query_mempool([ids = std::move(ids)](const Chain&, const Mempool& pool) {
    std::vector<Transaction> found;
    for (const Hash256& id : ids) {
      if (const PooledTransaction* e = pool.find(id)) found.push_back(e->transaction);
    }
    return found;
  });
}

net::ChainPort::Awaitable<Result<>> ChainService::offer_transactions(net::PeerId from,
                                                                     std::vector<Transaction> transactions) {
  if (auto ok = co_await signatures_.check(transactions); !ok) {
    co_return reject(RejectCode::kBadSignature, ok.error().detail);
  }
  auto add = [this, from, &transactions] {
    for (const Transaction& transaction : transactions) (void)add_transaction(transaction, from);
  };
  co_await on_chain(std::move(add));
  co_return Result<>{};
}

Result<Hash256> ChainService::add_transaction(const Transaction& transaction, net::PeerId from) {
  if (auto open = check_open(); !open) return tl::unexpected(open.error());
  if (auto added = transactions_.add(transaction, from == 0); !added) {
    if (blame(added.error().code) == Blame::kOurselves) give_up(added.error());
    return tl::unexpected(added.error());
  }
  const Hash256 id = transaction.id();
  events_->on_transaction(id, from);
  return id;
}

}  // namespace freezenet::daemon
