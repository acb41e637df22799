#pragma once

#include <cstdint>
#include <deque>

#include "consensus/transaction.h"

namespace freezenet::daemon {

/// A transaction that waits for its block.
struct PooledTransaction {
  Transaction transaction;
  Hash256 id;
  std::uint64_t received = 0;  ///< Unix seconds
  bool local = false;          ///< of this node's user
};

/// Units for bytes, compared without rounding.
struct FeeRate {
  std::uint64_t fee = 0;
  std::uint64_t bytes = 1;
  static FeeRate of(const Transaction& transaction) { return {transaction.fee, transaction.size()}; }
  friend bool operator<(const FeeRate& a, const FeeRate& b) {
    return static_cast<unsigned __int128>(a.fee) * b.bytes < static_cast<unsigned __int128>(b.fee) * a.bytes;
  }
};

/// What one account wants, nonce after nonce without a gap: a later one cannot be in a block before an earlier one.
class AccountQueue {
 public:
  [[nodiscard]] const std::deque<PooledTransaction>& waiting() const { return waiting_; }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  /// Nonce of the next one; only where there is one before it.
  [[nodiscard]] std::uint64_t next_nonce() const { return waiting_.back().transaction.nonce + 1; }
  /// What leaves the account with all of them; saturating.
  [[nodiscard]] std::uint64_t spent() const;
  /// nullptr: none has this nonce.
  [[nodiscard]] const PooledTransaction* at_nonce(std::uint64_t nonce) const;

  void append(PooledTransaction transaction) { waiting_.push_back(std::move(transaction)); }
  /// Takes the place of the one with the same nonce, which is there.
  PooledTransaction replace(PooledTransaction transaction);
  PooledTransaction pop_front();
  PooledTransaction pop_back();

  /// The first transactions whose fees for their bytes are highest taken together, after the first `skip`: a high fee
  /// pays for those that must come before it. The queue is longer than `skip`.
  struct Prefix {
    std::size_t count = 0;
    FeeRate rate;
  };
  [[nodiscard]] Prefix best_prefix(std::size_t skip) const;

 private:
  std::deque<PooledTransaction> waiting_;
};

}  // namespace freezenet::daemon
