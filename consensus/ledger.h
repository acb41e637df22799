#pragma once

#include <map>
#include <optional>
#include <vector>

#include "consensus/block_undo.h"
#include "consensus/transaction.h"

namespace freezenet {

/// A claim as the chain keeps it.
struct ClaimRecord {
  Claim claim;
  XOnlyKey claimant;
  std::uint64_t height = 0;  ///< of the block that it stands in
  Hash256 transaction;
  friend bool operator==(const ClaimRecord&, const ClaimRecord&) = default;

  /// model_root 32 || scheme u8 || commitment 32 || claimant 32 || height u64 || transaction 32.
  void encode(Writer& out) const;
  static Result<ClaimRecord> decode(ByteView data);
  /// tagged("FreezeNet/claim", model_root || scheme || commitment || claimant): the same claim twice has one id.
  [[nodiscard]] Hash256 id() const;
};

/// digest of the claims up to a record, from the digest of those before it (zero: none).
Hash256 extend_claims(const Hash256& digest, const ClaimRecord& record);

class LedgerView;

/// Accounts and claims after one block (docs/protocol.md section 9). Immature rewards are not here: they follow from
/// the last `maturity` blocks. Changes come from a LedgerView, which knows the rules. Owned by Chain; memory: about 100
/// bytes an account, 300 a claim.
class Ledger {
 public:
  /// Takes over what the view, which is over this ledger, has changed.
  void apply(const LedgerView& view);

  /// Puts an account as it was kept by the store; nullopt removes it.
  void set(const XOnlyKey& key, const std::optional<Account>& account);
  /// The next claim, as it was kept by the store.
  void add_claim(const ClaimRecord& record);

  /// nullopt for a key that never received anything, or whose every block was undone.
  [[nodiscard]] std::optional<Account> find(const XOnlyKey& key) const;
  [[nodiscard]] const std::map<XOnlyKey, Account>& accounts() const { return accounts_; }
  [[nodiscard]] std::uint64_t total() const;

  /// All claims, the first one first.
  [[nodiscard]] const std::vector<ClaimRecord>& claims() const { return claims_; }
  [[nodiscard]] const Hash256& claims_digest() const { return claims_digest_; }
  /// Place of a claim among claims(); nullopt where nobody made it.
  [[nodiscard]] std::optional<std::uint64_t> find_claim(const Hash256& id) const;
  /// Places of the claims of one model, the first one first.
  [[nodiscard]] std::vector<std::uint64_t> claims_of(const Hash256& model_root) const;

  /// tagged("FreezeNet/accounts", count u64 || (key, balance u64, nonce u64) in ascending order of key).
  [[nodiscard]] Hash256 accounts_hash() const;

 private:
  void cut_claims(std::size_t count, const Hash256& digest);

  std::map<XOnlyKey, Account> accounts_;
  std::vector<ClaimRecord> claims_;
  std::map<Hash256, std::uint64_t> claim_places_;
  std::multimap<Hash256, std::uint64_t> claims_by_model_;
  Hash256 claims_digest_;
};

}  // namespace freezenet
