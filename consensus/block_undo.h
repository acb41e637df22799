#pragma once

#include <optional>
#include <vector>

#include "consensus/base/serialize.h"

namespace freezenet {

/// Balance in units of 10^-8 coin; nonce counts the account's transactions.
struct Account {
  std::uint64_t balance = 0;
  std::uint64_t nonce = 0;
  friend bool operator==(const Account&, const Account&) = default;
};

/// What one block changed: each touched account as it was before, nullopt where it did not exist; and how many claims
/// there were. Stored beside the block. Each key stands once.
struct BlockUndo {
  struct Entry {
    XOnlyKey key;
    std::optional<Account> before;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> entries;  ///< in ascending order of key
  std::uint64_t claims = 0;    ///< how many the ledger had
  Hash256 claims_digest;       ///< and their digest
  friend bool operator==(const BlockUndo&, const BlockUndo&) = default;

  void encode(Writer& out) const;
  static Result<BlockUndo> decode(ByteView data);
};

}  // namespace freezenet
