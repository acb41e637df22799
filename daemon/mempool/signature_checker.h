#pragma once

#include <deque>
#include <mutex>
#include <unordered_set>

#include <boost/asio/awaitable.hpp>

#include "consensus/transaction.h"
#include "daemon/workers.h"

namespace freezenet::daemon {

/// Checks signatures of transactions on a thread of its own, so that a full block (0.3 s) holds up neither the chain's
/// thread nor the peers. What was found signed is remembered by id: a block's transactions were mostly seen before.
///
/// Any thread. Memory: the ids of the newest kRemembered.
class SignatureChecker {
 public:
  static constexpr std::size_t kRemembered = 100'000;

  explicit SignatureChecker(const Hash256& genesis) : genesis_(genesis) {}
  void stop() { worker_.stop(); }

  /// kInvalidTransaction, with the first one that is not signed. Completes on the caller's executor.
  boost::asio::awaitable<Result<>> check(std::vector<Transaction> transactions);

 private:
  [[nodiscard]] bool knows(const Hash256& id) const;
  void remember(const std::vector<Transaction>& transactions);

  const Hash256 genesis_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_set<Hash256> known_;
  std::deque<Hash256> order_;
  Workers worker_{1};
};

}  // namespace freezenet::daemon
