#pragma once

#include <functional>
#include <vector>

#include "consensus/chain/block_entry.h"
#include "consensus/ledger.h"

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
  struct Connected {
    Hash256 hash;
    BlockUndo undo;
  };
  std::vector<Hash256> disconnected;  ///< newest first
  std::vector<Connected> connected;   ///< oldest first
  struct AccountRow {
    XOnlyKey key;
    std::optional<Account> account;  ///< nullopt: the account is gone
  };
  std::vector<AccountRow> accounts;  ///< every account that the above touched, as it is afterwards
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
    std::vector<StoredBlock> blocks;  ///< every verified block, parents before children
    std::vector<ChainChange::AccountRow> accounts;
    Hash256 tip;  ///< zero for an empty store
    Hash256 state_hash;
  };
  virtual Result<Saved> load() = 0;
};

}  // namespace freezenet
