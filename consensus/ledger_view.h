#pragma once

#include <map>
#include <set>
#include <span>

#include "consensus/ledger.h"

namespace freezenet {

/// A reward that becomes spendable with the block that is being connected.
struct MaturedReward {
  XOnlyKey miner;
  std::uint64_t amount = 0;
};

/// What a block does to the ledger.
struct BlockMoney {
  std::uint64_t height = 0;
  std::optional<MaturedReward> matured;  ///< credited first, so that the block's own transactions may spend it
  std::span<const Transaction> transactions;
};

/// The ledger as it would be after some blocks were taken back and others connected: changes over a ledger that stays
/// as it is. Forks are judged in one, reorganisations are prepared in one, and the mempool asks one what could follow.
///
/// Refers to the ledger, which must not change meanwhile. Memory: the touched accounts and the new claims.
class LedgerView {
 public:
  explicit LedgerView(const Ledger& base)
      : base_(&base),
        claims_below_(base.claims().size()),
        claims_below_digest_(base.claims_digest()),
        claims_digest_(base.claims_digest()) {}

  /// Credits what matures, then makes the transactions in their order. kWrongNonce, kInsufficientFunds, kDuplicateClaim
  /// or kOverflow, with the transaction that it is about, leave the view as it was. Signatures are not looked at.
  Result<BlockUndo> connect(const BlockMoney& block);
  /// Exact inverse of the connect() that returned `undo`, newest block first.
  void disconnect(const BlockUndo& undo);

  [[nodiscard]] std::optional<Account> find(const XOnlyKey& key) const;
  [[nodiscard]] bool has_claim(const Hash256& id) const;
  [[nodiscard]] const Hash256& claims_digest() const { return claims_digest_; }
  /// As Ledger::accounts_hash().
  [[nodiscard]] Hash256 accounts_hash() const;

  /// Touched accounts as they are now; nullopt: gone.
  [[nodiscard]] const std::map<XOnlyKey, std::optional<Account>>& changed() const { return changed_; }
  /// How many of the ledger's claims are left, their digest, and those after them.
  [[nodiscard]] std::uint64_t claims_below() const { return claims_below_; }
  [[nodiscard]] const Hash256& claims_below_digest() const { return claims_below_digest_; }
  [[nodiscard]] const std::vector<ClaimRecord>& new_claims() const { return new_claims_; }

 private:
  [[nodiscard]] std::uint64_t claim_count() const { return claims_below_ + new_claims_.size(); }
  Result<> make(const Transaction& transaction, std::uint64_t height,
                std::map<XOnlyKey, std::optional<Account>>& before);
  Result<> credit(const XOnlyKey& key, std::uint64_t amount, std::map<XOnlyKey, std::optional<Account>>& before);
  void put(const XOnlyKey& key, const Account& account, std::map<XOnlyKey, std::optional<Account>>& before);
  void cut_claims(std::uint64_t count, const Hash256& digest);

  const Ledger* base_;
  std::map<XOnlyKey, std::optional<Account>> changed_;
  std::uint64_t claims_below_;
  Hash256 claims_below_digest_;
  std::vector<ClaimRecord> new_claims_;
  std::set<Hash256> new_claim_ids_;
  Hash256 claims_digest_;
};

}  // namespace freezenet
