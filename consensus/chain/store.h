#pragma once

#include <functional>
#include <vector>

#include "consensus/chain/block_entry.h"
#include "consensus/ledger_view.h"

namespace freezenet {

/// A verified block as it is kept.
struct StoredBlock {
  SealedHeader header;
  Body body;
  BlockOutcome outcome;
  std::uint64_t completed = 0;
};

/// One step of the chain. It is durable as a whole or not at all.
struct ChainChange {
  std::optional<StoredBlock> verified;  ///< the block whose verdict caused the change
  struct Confirmed {
    Hash256 hash;
    BlockOutcome outcome;
  };
  std::optional<Confirmed> confirmed;  ///< one that was assumed before: its outcome takes the place of the old one
  struct Connected {
    Hash256 hash;
    std::uint64_t height = 0;
    BlockUndo undo;
    std::vector<Transaction> transactions;
  };
  std::vector<Hash256> disconnected;  ///< newest first
  std::vector<Connected> connected;   ///< oldest first
  struct AccountRow {
    XOnlyKey key;
    std::optional<Account> account;  ///< nullopt: the account is gone
  };
  std::vector<AccountRow> accounts;               ///< every account that the above touched, as it is afterwards
  std::uint64_t claims_below = 0;                 ///< claims that stay, the first ones; all others are gone
  std::vector<ClaimRecord> claims;                ///< and those that follow them now
  std::optional<std::vector<Hash256>> set_aside;  ///< what the operator declared invalid, where that changed
  Hash256 tip;
  std::uint64_t tip_height = 0;
  Hash256 state_hash;  ///< after the change
};

/// Where the chain keeps what it acknowledged. Owned by the daemon, called from the chain's thread only.
class ChainStore {
 public:
  virtual ~ChainStore() = default;
  /// Returns once the change would survive a power cut; kStorage otherwise, and then nothing of it is kept.
  virtual Result<> commit(const ChainChange& change) = 0;
  /// kNotFound for a block that was never verified here.
  virtual Result<Body> body(const Hash256& block) = 0;
  virtual Result<BlockUndo> undo(const Hash256& block) = 0;

  /// What a restart begins with.
  struct Saved {
    std::vector<ChainChange::AccountRow> accounts;
    std::vector<ClaimRecord> claims;  ///< the first one first
    std::vector<Hash256> set_aside;
    Hash256 tip;  ///< zero for an empty store
    Hash256 state_hash;
  };
  /// Gives every verified block to `visit`, parents before children, one at a time because all of them together need
  /// not fit into memory; ends with the first error of `visit`.
  virtual Result<Saved> load(const std::function<Result<>(const StoredBlock&)>& visit) = 0;
};

}  // namespace freezenet
