#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "consensus/base/uint256.h"
#include "consensus/block.h"
#include "consensus/chain/proof_verifier.h"
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

/// What became of a batch of offered headers, in their order: `known` of them are in the tree now, the next `streamed`
/// were right and only counted for what their branch claims, since there is no room for them yet.
struct HeadersVerdict {
  std::size_t added = 0;  ///< of the known ones, those that were new
  std::size_t known = 0;
  std::size_t streamed = 0;
  Hash256 stored;                 ///< hash of the last known one; zero where none is
  Hash256 last;                   ///< of the last known or streamed one
  bool enough = false;            ///< the rest was not looked at: the branch claims more work than the tip already
  std::optional<Reject> refused;  ///< why the next one was not taken
  Hash256 held;                   ///< it is early: it will be in the tree when its time has come; zero where none is

  [[nodiscard]] std::size_t taken() const { return known + streamed; }
};

/// A block to fetch for a peer's chain, oldest first; or a model alone.
struct WantedBlock {
  Hash256 hash;
  std::uint64_t height = 0;
  Hash256 model_root;
  std::uint64_t model_bytes = 0;  ///< known from the task before a byte is read
  bool body_only = false;         ///< the block needs no model
  bool model_only = false;        ///< no block: the model of this root, which stands in the place of the hash too
};

/// Which of a peer's headers to ask for, beside what it announces.
enum class HeadersToAsk : std::uint8_t {
  kNone,
  kFromTheFork,  ///< its best header is not in the tree (any more)
  kAfterStored,  ///< there is room again for some that were only streamed
  kAfterLast,    ///< of those streamed: the branch does not claim more than the tip yet
};

/// What is to be had from a peer.
struct Wanted {
  std::vector<WantedBlock> blocks;  ///< models alone, then blocks, oldest first
  HeadersToAsk headers = HeadersToAsk::kNone;
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
  /// `end`: the peer has no more headers than these.
  virtual Awaitable<HeadersVerdict> offer_headers(PeerId from, std::vector<SealedHeader> headers, bool end) = 0;
  /// Blocks up to `peer_best` that this node still needs data for, at most `max`. None of a branch that can no longer
  /// win: what counts is the work that its headers claim, those included that were only streamed.
  virtual Awaitable<Wanted> wanted(PeerId from, Hash256 peer_best, std::size_t max) = 0;
  /// The peer is gone: its headers are the first to give way.
  virtual Awaitable<void> left(PeerId peer) = 0;
  /// Encoded body of a verified block; kNotFound.
  virtual Awaitable<Result<Bytes>> body(Hash256 block) = 0;
  /// Chunk of the signed model of a verified block; kNotFound where this node does not keep it.
  virtual Awaitable<Result<ModelChunk>> chunk(Hash256 block, std::uint64_t index) = 0;
  /// Chunk of any model that is kept here; kNotFound.
  virtual Awaitable<Result<ModelChunk>> model_chunk(Hash256 root, std::uint64_t index) = 0;
  /// A model that was wanted alone, whose bytes have this root.
  virtual Awaitable<Result<>> offer_model(Hash256 root, Bytes model) = 0;
  /// Body and signed model (nullopt: derive by replay). An error is the verdict of tier 1; success means queued. The
  /// verdicts of tiers 2-4 come later, through PeerManager::punish() and announce().
  virtual Awaitable<Result<>> offer_block(ProofSource from, Hash256 block, Bytes body, std::optional<Bytes> model) = 0;

  /// Ids of transactions that wait for a block here, those first that pay most; at most `max`.
  virtual Awaitable<std::vector<Hash256>> waiting_transactions(std::size_t max) = 0;
  /// Of these ids those that neither wait here nor were refused a moment ago.
  virtual Awaitable<std::vector<Hash256>> unknown_transactions(std::vector<Hash256> ids) = 0;
  /// Those of these that wait here.
  virtual Awaitable<std::vector<Transaction>> transactions(std::vector<Hash256> ids) = 0;
  /// kBadSignature blames the sender; what the ledger or the fee does not allow is passed over.
  virtual Awaitable<Result<>> offer_transactions(PeerId from, std::vector<Transaction> transactions) = 0;
};

}  // namespace freezenet::net
