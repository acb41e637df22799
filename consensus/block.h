#pragma once

#include <optional>
#include <vector>

#include "consensus/base/serialize.h"
#include "consensus/transaction.h"

namespace freezenet {

inline constexpr std::uint32_t kBlockVersion = 1;
/// Version of the arithmetic in docs/numerics.md. Nodes with another one compute other bits, so they do not connect.
inline constexpr std::uint32_t kNumericProfile = 1;

/// What a miner fixes before any work is done: 184 bytes (docs/protocol.md section 3).
struct CandidateHeader {
  static constexpr std::size_t kSize = 184;
  std::uint32_t version = kBlockVersion;
  Hash256 prev_block;
  Hash256 body_root;
  Hash256 task_id;
  Hash256 start_root;
  XOnlyKey miner_key;
  std::uint64_t time = 0;  ///< Unix seconds
  std::uint32_t bits = 0;  ///< compact base target
  std::uint64_t nonce = 0;
  friend bool operator==(const CandidateHeader&, const CandidateHeader&) = default;

  void encode(Writer& out) const;
  static CandidateHeader read(Reader& in);
  /// tagged("FreezeNet/candidate", encoding): seed of everything that the work depends on.
  [[nodiscard]] Hash256 candidate_hash() const;
};

/// A candidate with the result of its work and the miner's signature: 312 bytes.
struct SealedHeader {
  static constexpr std::size_t kSize = CandidateHeader::kSize + 32 + 32 + 64;
  CandidateHeader candidate;
  Hash256 trace_root;
  Hash256 model_root;
  Signature signature;
  friend bool operator==(const SealedHeader&, const SealedHeader&) = default;

  void encode(Writer& out) const;
  static SealedHeader read(Reader& in);
  static Result<SealedHeader> decode(ByteView data);
  /// tagged("FreezeNet/block", candidate || trace_root || model_root): ticket and id. The signature is not part of it.
  [[nodiscard]] Hash256 block_hash() const;
};

/// What travels beside the header. Shares have their place in the encoding and must be empty in version 1 of the chain;
/// the digests are those of the S steps.
struct Body {
  static constexpr std::size_t kMaxSize = 1 << 20;
  std::vector<Transaction> transactions;  ///< in the order in which they are made
  std::vector<Hash256> digests;
  friend bool operator==(const Body&, const Body&) = default;

  void encode(Writer& out) const;
  static Result<Body> decode(ByteView data);
  /// tagged("FreezeNet/body", tx_root || shares_root), fixed before the work; digests are in trace_root instead.
  /// tx_root is over the ids of the transactions.
  [[nodiscard]] Hash256 body_root() const;
  [[nodiscard]] Hash256 trace_root() const;
  /// Of all transactions; nullopt beyond 64 bits, which no valid block reaches.
  [[nodiscard]] std::optional<std::uint64_t> fees() const;
};

}  // namespace freezenet
