#pragma once

#include <string>
#include <variant>
#include <vector>

#include "consensus/base/uint256.h"
#include "consensus/block.h"
#include "consensus/crypto/merkle.h"
#include "net/frame.h"

namespace freezenet::net {

inline constexpr std::uint32_t kWireVersion = 2;  // 1 had no transactions
inline constexpr std::size_t kMaxNetworkName = 16;
inline constexpr std::size_t kMaxUserAgent = 64;
inline constexpr std::size_t kMaxLocator = 64;
inline constexpr std::size_t kMaxHeaders = 500;
inline constexpr std::size_t kMaxProof = 48;
inline constexpr std::size_t kMaxTransactions = 500;
inline constexpr std::size_t kMaxRejectName = 64;
inline constexpr std::size_t kMaxRejectDetail = 256;

/// Bits of Hello::flags. Unknown bits are ignored.
inline constexpr std::uint32_t kServesModels = 1;
inline constexpr std::uint32_t kServesModelsByRoot = 2;  ///< answers get_model_chunk

/// First message of each side.
struct Hello {
  static constexpr MessageType kType = MessageType::kHello;
  std::uint32_t wire_version = kWireVersion;
  std::string network;
  Hash256 genesis;
  std::uint32_t engine = 0;  ///< version of the numeric profile: equal numbers compute equal bits
  std::uint64_t height = 0;  ///< of the verified tip
  Hash256 tip;
  Uint256 work;                   ///< verified work of the tip; a claim
  std::string user_agent;         ///< printable ASCII
  std::uint16_t listen_port = 0;  ///< 0: does not listen
  std::uint32_t flags = 0;
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct Ping {
  static constexpr MessageType kType = MessageType::kPing;
  std::uint64_t nonce = 0;
  friend bool operator==(const Ping&, const Ping&) = default;
};
struct Pong {
  static constexpr MessageType kType = MessageType::kPong;
  std::uint64_t nonce = 0;
  friend bool operator==(const Pong&, const Pong&) = default;
};
struct GetHeaders {
  static constexpr MessageType kType = MessageType::kGetHeaders;
  std::vector<Hash256> locator;  ///< newest first
  friend bool operator==(const GetHeaders&, const GetHeaders&) = default;
};
/// Fewer than kMaxHeaders: the sender has no more.
struct Headers {
  static constexpr MessageType kType = MessageType::kHeaders;
  std::vector<SealedHeader> headers;  ///< oldest first
  friend bool operator==(const Headers&, const Headers&) = default;
};
/// The sender's verified tip is now this block.
struct Announce {
  static constexpr MessageType kType = MessageType::kAnnounce;
  SealedHeader header;
  friend bool operator==(const Announce&, const Announce&) = default;
};
struct GetBody {
  static constexpr MessageType kType = MessageType::kGetBody;
  Hash256 block;
  friend bool operator==(const GetBody&, const GetBody&) = default;
};
struct BodyData {
  static constexpr MessageType kType = MessageType::kBody;
  Hash256 block;
  Bytes body;
  friend bool operator==(const BodyData&, const BodyData&) = default;
};
struct GetChunk {
  static constexpr MessageType kType = MessageType::kGetChunk;
  Hash256 block;
  std::uint64_t index = 0;
  friend bool operator==(const GetChunk&, const GetChunk&) = default;
};
struct Chunk {
  static constexpr MessageType kType = MessageType::kChunk;
  Hash256 block;
  std::uint64_t index = 0;
  Bytes data;
  MerkleProof proof;
  friend bool operator==(const Chunk& a, const Chunk& b) {
    return a.block == b.block && a.index == b.index && a.data == b.data && a.proof.siblings == b.proof.siblings;
  }
};
/// Of any model that the other side keeps, by its root; asked only of who says that it answers (kServesModelsByRoot).
/// The answer is a Chunk with the root in the place of the block, or NotFound.
struct GetModelChunk {
  static constexpr MessageType kType = MessageType::kGetModelChunk;
  Hash256 root;
  std::uint64_t index = 0;
  friend bool operator==(const GetModelChunk&, const GetModelChunk&) = default;
};
/// Answer to a get_body (index 0), get_chunk or get_model_chunk whose block or model is not kept.
struct NotFound {
  static constexpr MessageType kType = MessageType::kNotFound;
  MessageType request{};
  Hash256 block;
  std::uint64_t index = 0;
  friend bool operator==(const NotFound&, const NotFound&) = default;
};
/// Why the sender closes; the last frame that it sends. For people: nothing is decided by it.
struct RejectMessage {
  static constexpr MessageType kType = MessageType::kReject;
  std::string code;
  std::string detail;
  friend bool operator==(const RejectMessage&, const RejectMessage&) = default;
};

/// These transactions wait at the sender for a block.
struct HaveTransactions {
  static constexpr MessageType kType = MessageType::kHaveTransactions;
  std::vector<Hash256> ids;
  friend bool operator==(const HaveTransactions&, const HaveTransactions&) = default;
};
struct GetTransactions {
  static constexpr MessageType kType = MessageType::kGetTransactions;
  std::vector<Hash256> ids;
  friend bool operator==(const GetTransactions&, const GetTransactions&) = default;
};
/// Answer to get_transactions: each one that was asked for, or the id of one that does not wait any more; together no
/// more than may be asked for.
struct Transactions {
  static constexpr MessageType kType = MessageType::kTransactions;
  std::vector<Transaction> transactions;
  std::vector<Hash256> missing;
  friend bool operator==(const Transactions&, const Transactions&) = default;
};

using Message = std::variant<Hello, Ping, Pong, GetHeaders, Headers, Announce, GetBody, BodyData, GetChunk, Chunk,
                             NotFound, RejectMessage, HaveTransactions, GetTransactions, Transactions, GetModelChunk>;

/// Payload of a message. Text that is too long is cut, never refused: only our own values come here.
Bytes encode(const Message& message);
MessageType type_of(const Message& message);
/// Pure. Any reject of consensus/base/serialize.h, or kBadEncoding; every byte of the payload must be used.
Result<Message> decode(MessageType type, ByteView payload);
/// The text as it may be shown or sent: everything but printable ASCII becomes '?', cut to `most` bytes.
std::string printable(std::string_view text, std::size_t most);

}  // namespace freezenet::net
