#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "consensus/ledger_view.h"
#include "daemon/mempool/account_queue.h"

namespace freezenet::daemon {

/// Transactions that wait for a block. Policy of this node, nothing of it is part of validity.
///
/// Pure: time and ledger are arguments. Invariant: each account's queue starts at the account's nonce, has no gap, and
/// the account can pay all of it out of what it has now; so that whatever a block takes from the front of the queues is
/// valid. The chain's thread only. Memory: Limits::bytes.
class Mempool {
 public:
  /// Memory of one transaction beside its encoding, about.
  static constexpr std::size_t kOverhead = 400;
  struct Limits {
    std::size_t bytes = std::size_t{32} << 20;  ///< of memory
    std::size_t of_one_account = 64;            ///< transactions
    std::uint64_t fee_per_kilobyte = 1'000;     ///< units for 1,000 bytes: the least that is taken, and the least more
                                                ///< for which one takes the place of another
    std::uint64_t expiry = 14 * 24 * 3600;      ///< seconds
  };
  explicit Mempool(const Limits& limits) : limits_(limits) {}

  using Removed = std::vector<Hash256>;
  /// The signature was checked. kDuplicate; kWrongNonce, kInsufficientFunds, kDuplicateClaim; kFeeTooLow, with the fee
  /// that would do; kBusy where the account has too many here. `removed` grows by what had to go for it, even where
  /// that was not enough.
  Result<> add(Transaction transaction, std::uint64_t now, bool local, const Ledger& ledger, Removed& removed);

  /// What the last add() took in could not be kept: as if it had not been asked. `replaced`: what stood in its place.
  void take_back(const Hash256& id, std::optional<PooledTransaction> replaced);

  /// The ledger has moved on by blocks with these transactions: what they hold, and what they made impossible, goes.
  Removed connected(std::span<const Transaction> transactions, const Ledger& ledger);
  /// The ledger has moved in any other way. `freed` left the chain and may wait here again; all else is looked at anew.
  Removed reorganised(std::vector<PooledTransaction> freed, const Ledger& ledger);
  /// What waits for too long goes, with what depends on it.
  Removed expire(std::uint64_t now);

  /// For a block: most fees first, in an order in which they can be made, `bytes` at most.
  [[nodiscard]] std::vector<Transaction> select(std::size_t bytes) const;

  [[nodiscard]] const PooledTransaction* find(const Hash256& id) const;
  /// The nonce that the account's next transaction needs.
  [[nodiscard]] std::uint64_t next_nonce(const XOnlyKey& account, const Ledger& ledger) const;
  /// What leaves the account with all that it wants.
  [[nodiscard]] std::uint64_t pending(const XOnlyKey& account) const;
  [[nodiscard]] const std::map<XOnlyKey, AccountQueue>& queues() const { return queues_; }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  /// Grows with every change: whoever keeps a selection sees that it is old.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  struct Place {
    XOnlyKey account;
    std::uint64_t nonce = 0;
  };
  /// Of the last transaction of a queue, the only one that can go without another.
  struct Last {
    FeeRate rate;
    XOnlyKey account;
    friend bool operator<(const Last& a, const Last& b) {
      if (a.rate < b.rate || b.rate < a.rate) return a.rate < b.rate;
      return a.account < b.account;
    }
  };
  using Queue = std::map<XOnlyKey, AccountQueue>::iterator;
  [[nodiscard]] Result<> check_claim(const Transaction& transaction, const Ledger& ledger) const;
  [[nodiscard]] std::uint64_t least_fee(const Transaction& transaction) const;
  Result<> check_money(const Transaction& transaction, const PooledTransaction* old, const Account& account) const;
  void enter(const PooledTransaction& entry);
  void leave(const PooledTransaction& entry, Removed& removed);
  /// A queue is changed between these two; one that became empty is gone.
  void before_change(Queue queue);
  void after_change(Queue queue);
  /// Takes the last one of the account out.
  void drop_last(Queue queue, Removed& removed);
  void fit(const XOnlyKey& account, const Ledger& ledger, Removed& removed);
  /// Room for a transaction by letting cheaper ones of other accounts go; `given_up` bytes are in what it replaces.
  Result<> make_room(const Transaction& transaction, std::size_t given_up, Removed& removed);

  Limits limits_;
  std::map<XOnlyKey, AccountQueue> queues_;
  std::set<Last> lasts_;
  std::unordered_map<Hash256, Place> places_;
  std::set<Hash256> claims_;  ///< ids of the claims that wait
  std::size_t bytes_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace freezenet::daemon
