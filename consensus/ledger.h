#pragma once

#include <map>
#include <optional>
#include <vector>

#include "consensus/base/serialize.h"
#include "consensus/block.h"

namespace freezenet {

/// Balance in units of 10^-8 coin; nonce counts the account's transactions.
struct Account {
  std::uint64_t balance = 0;
  std::uint64_t nonce = 0;
  friend bool operator==(const Account&, const Account&) = default;
};

/// What one block changed: each touched account as it was before; nullopt where it did not exist. Stored beside the
/// block.
struct BlockUndo {
  struct Entry {
    XOnlyKey key;
    std::optional<Account> before;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> entries;
  friend bool operator==(const BlockUndo&, const BlockUndo&) = default;

  void encode(Writer& out) const;
  static Result<BlockUndo> decode(ByteView data);
};

/// A reward that becomes spendable with the block that is being connected.
struct MaturedReward {
  XOnlyKey miner;
  std::uint64_t amount = 0;
};

/// The spendable accounts after one block (docs/protocol.md section 9). Immature rewards are not here: they follow from
/// the headers of the last `maturity` blocks. Owned by Chain; memory grows with the number of accounts.
class Ledger {
 public:
  /// Credits what matures with this block. kOverflow leaves the ledger unchanged.
  Result<BlockUndo> connect(const std::optional<MaturedReward>& matured);
  /// Exact inverse of the connect() that returned `undo`, newest block first.
  void disconnect(const BlockUndo& undo);

  /// Puts an account as it was kept by the store; nullopt removes it.
  void set(const XOnlyKey& key, const std::optional<Account>& account);

  /// nullopt for a key that never received anything, or whose every reward was undone.
  [[nodiscard]] std::optional<Account> find(const XOnlyKey& key) const;
  [[nodiscard]] const std::map<XOnlyKey, Account>& accounts() const { return accounts_; }
  [[nodiscard]] std::uint64_t total() const;
  /// tagged("FreezeNet/accounts", count u64 || (key, balance u64, nonce u64) in ascending order of key).
  [[nodiscard]] Hash256 hash() const;

 private:
  std::map<XOnlyKey, Account> accounts_;
};

}  // namespace freezenet
