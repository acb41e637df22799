#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "consensus/base/uint256.h"
#include "consensus/block.h"
#include "consensus/crypto/merkle.h"

namespace freezenet::net {

/// A connection's number, never used twice in one run. 0 is this node itself.
using PeerId = std::uint64_t;

/// Where this node's verified chain stands, as its handshake says it.
struct ChainSummary {
  Hash256 tip;
  std::uint64_t height = 0;
  Uint256 work;
};

/// What became of a batch of offered headers.
struct HeadersVerdict {
  std::size_t added = 0;
  Hash256 last;                   ///< hash of the last header that is now known; zero where none is
  std::optional<Reject> refused;  ///< why the rest was not taken
};

/// A block to fetch for a peer's chain, oldest first.
struct WantedBlock {
  Hash256 hash;
  std::uint64_t height = 0;
  Hash256 model_root;
  std::uint64_t model_bytes = 0;  ///< known from the task before a byte is read
};

struct ModelChunk {
  Bytes data;
  MerkleProof proof;
};

/// What the network asks of the chain. Implemented by the daemon over the chain's thread. Callable from any strand;
/// each call completes on the caller's executor and never waits for a replay.
class ChainPort {
 public:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;
  virtual ~ChainPort() = default;

  virtual Awaitable<ChainSummary> summary() = 0;
  /// Hashes of this node's best header chain, newest first, for get_headers.
  virtual Awaitable<std::vector<Hash256>> locator() = 0;
  /// Headers of the active verified chain after the last common block, at most `max`.
  virtual Awaitable<std::vector<SealedHeader>> headers_after(std::vector<Hash256> locator, std::size_t max) = 0;
  virtual Awaitable<HeadersVerdict> offer_headers(PeerId from, std::vector<SealedHeader> headers) = 0;
  /// Blocks up to `peer_best` that this node still needs data for, oldest first, at most `max`, none that can no longer
  /// win.
  virtual Awaitable<std::vector<WantedBlock>> wanted(Hash256 peer_best, std::size_t max) = 0;
  /// Encoded body of a verified block; kNotFound.
  virtual Awaitable<Result<Bytes>> body(Hash256 block) = 0;
  /// Chunk of the signed model of a verified block; kNotFound where this node does not keep it.
  virtual Awaitable<Result<ModelChunk>> chunk(Hash256 block, std::uint64_t index) = 0;
  /// Body and signed model (nullopt: derive by replay). An error is the verdict of tier 1; success means queued. The
  /// verdicts of tiers 2-4 come later, through PeerManager::punish() and announce().
  virtual Awaitable<Result<>> offer_block(PeerId from, Hash256 block, Bytes body, std::optional<Bytes> model) = 0;
};

}  // namespace freezenet::net
