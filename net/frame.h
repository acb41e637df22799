#pragma once

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::net {

/// What travels inside TLS (docs/wire.md): magic u32 | type u8 | length u32 | payload, little-endian.
enum class MessageType : std::uint8_t {
  kHello = 1,
  kPing = 2,
  kPong = 3,
  kGetHeaders = 4,
  kHeaders = 5,
  kAnnounce = 6,
  kGetBody = 7,
  kBody = 8,
  kGetChunk = 9,
  kChunk = 10,
  kNotFound = 11,
  kReject = 12,
  kHaveTransactions = 13,
  kGetTransactions = 14,
  kTransactions = 15,
  kGetModelChunk = 16,
};

struct FrameHeader {
  static constexpr std::size_t kSize = 9;
  MessageType type{};
  std::uint32_t length = 0;
};

struct Frame {
  MessageType type{};
  Bytes payload;
};

/// Longest payload of a type; 0 for a type that does not exist.
std::size_t max_payload(std::uint8_t type);

/// From exactly kSize bytes: kWrongNetwork, kUnknownMessage, kTooLarge (in this order), so that nothing is allocated
/// for a payload that may not come.
Result<FrameHeader> decode_frame_header(ByteView data, std::uint32_t magic);

/// Header and payload as one buffer, ready to be written.
Bytes encode_frame(std::uint32_t magic, MessageType type, ByteView payload);

}  // namespace freezenet::net
