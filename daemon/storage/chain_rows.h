#pragma once

#include <optional>
#include <string_view>

#include "consensus/chain/store.h"
#include "daemon/storage/sqlite.h"

namespace freezenet::daemon {

// The rows of the chain database and their checksums: the first eight bytes of a tagged hash over table, key and
// values. They tell a row as it was written from one that a disk changed or that stands under another key. They are no
// defence against somebody who edits the file.

/// Row of `blocks`, in the columns' order.
struct BlockRow {
  static constexpr std::string_view kColumns =
      "seq, hash, model_root, header, body, canonical_root, score, canonical_score, adopted, completed, checksum";

  std::uint64_t seq = 0;  ///< 1, 2, 3, ... in the order in which blocks were verified
  Hash256 hash;
  Hash256 model_root;  ///< the header's, for the index
  Bytes header, body;
  BlockOutcome outcome;  ///< the column `adopted`: 1 adopted, 2 assumed, 3 both
  std::uint64_t completed = 0;

  static BlockRow from(const StoredBlock& block, std::uint64_t seq);
  /// nullopt where the row is not what was written.
  static std::optional<BlockRow> read(const Statement& row);
  /// Inserts all columns.
  Result<> write(Statement& insert) const;
  /// nullopt where the encodings do not belong to the hashes beside them.
  [[nodiscard]] std::optional<StoredBlock> decode() const;

 private:
  [[nodiscard]] Bytes checksum() const;
};

Bytes account_checksum(ByteView key, const Account& account);
Bytes undo_checksum(ByteView block, ByteView entries);
Bytes claim_checksum(std::uint64_t place, ByteView record);
Bytes transaction_checksum(std::uint64_t height, std::uint64_t position, ByteView id, ByteView sender,
                           ByteView receiver);
Bytes mempool_checksum(ByteView id, std::uint64_t received, bool local, ByteView data);
Bytes meta_checksum(std::string_view key, ByteView value);

/// The value of the row "set-aside" of `meta`: hashes, 32 bytes each.
std::optional<std::vector<Hash256>> decode_set_aside(ByteView value);

/// Row of `accounts`: key, balance, nonce, checksum.
std::optional<ChainChange::AccountRow> read_account_row(const Statement& row);

/// Where the chain stands: the value of the row "head" of `meta`.
struct ChainHead {
  Hash256 tip;  ///< zero for an empty store
  std::uint64_t tip_height = 0;
  Hash256 state_hash;
  std::uint64_t blocks = 0;  ///< rows in `blocks`: none is ever removed
  std::uint64_t claims = 0;  ///< rows in `claims`

  [[nodiscard]] Bytes encode() const;
  static std::optional<ChainHead> decode(ByteView data);
};

/// What waits for a block: the value of the row "waiting" of `meta`.
struct WaitingCount {
  std::uint64_t rows = 0;          ///< in `mempool`
  std::uint64_t acknowledged = 0;  ///< of the user's, how often one was ever kept

  [[nodiscard]] Bytes encode() const;
  static std::optional<WaitingCount> decode(ByteView data);
};

bool same_bytes(ByteView a, ByteView b);

}  // namespace freezenet::daemon
