#include "net/frame.h"

#include "consensus/base/serialize.h"
#include "consensus/block.h"
#include "net/messages.h"

namespace freezenet::net {

std::size_t max_payload(std::uint8_t type) {
  constexpr std::size_t kHash = 32;
  constexpr std::size_t kCount = 3;  // CompactSize below 65,536
  constexpr std::size_t kLongCount = 5;
  switch (static_cast<MessageType>(type)) {
    case MessageType::kHello: return 4 + 1 + kMaxNetworkName + kHash + 4 + 8 + kHash + 32 + 1 + kMaxUserAgent + 2 + 4;
    case MessageType::kPing:
    case MessageType::kPong: return 8;
    case MessageType::kGetHeaders: return 1 + kMaxLocator * kHash;
    case MessageType::kHeaders: return kCount + kMaxHeaders * SealedHeader::kSize;
    case MessageType::kAnnounce: return SealedHeader::kSize;
    case MessageType::kGetBody: return kHash;
    case MessageType::kBody: return kHash + kLongCount + Body::kMaxSize;
    case MessageType::kGetModelChunk:
    case MessageType::kGetChunk: return kHash + 8;
    case MessageType::kChunk: return kHash + 8 + kLongCount + kChunkSize + 1 + kMaxProof * kHash;
    case MessageType::kNotFound: return 1 + kHash + 8;
    case MessageType::kReject: return 1 + kMaxRejectName + kCount + kMaxRejectDetail;
    case MessageType::kHaveTransactions:
    case MessageType::kGetTransactions: return kCount + kMaxTransactions * kHash;
    case MessageType::kTransactions: return 2 * kCount + kMaxTransactions * Transaction::kMaxSize;
  }
  return 0;
}

Result<FrameHeader> decode_frame_header(ByteView data, std::uint32_t magic) {
  Reader in(data);
  const auto seen = in.integer<std::uint32_t>();
  const auto type = in.integer<std::uint8_t>();
  const auto length = in.integer<std::uint32_t>();
  if (auto done = in.finish(); !done) return tl::unexpected<Reject>(done.error());
  if (seen != magic) return reject(RejectCode::kWrongNetwork, "frame of another network");
  const std::size_t most = max_payload(type);
  if (most == 0) return reject(RejectCode::kUnknownMessage, "message type " + std::to_string(type));
  if (length > most) {
    return reject(RejectCode::kTooLarge, "message type " + std::to_string(type) + " of " + std::to_string(length) +
                                             " bytes, at most " + std::to_string(most));
  }
  return FrameHeader{static_cast<MessageType>(type), length};
}

Bytes encode_frame(std::uint32_t magic, MessageType type, ByteView payload) {
  Writer out;
  out.integer(magic).integer(static_cast<std::uint8_t>(type)).integer(static_cast<std::uint32_t>(payload.size()));
  out.bytes(payload);
  return out.take();
}

}  // namespace freezenet::net
