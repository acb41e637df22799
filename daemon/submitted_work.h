#pragma once

#include <string_view>

#include "consensus/block.h"

namespace freezenet::daemon {

/// A block as a worker hands it in.
struct SubmittedWork {
  SealedHeader header;  ///< signature of zeros where `is_signed` is false
  bool is_signed = false;
  Body body;
};

/// Bytes of a header without its signature: candidate, trace_root, model_root. Who sends so many asks the node to sign.
inline constexpr std::size_t kUnsignedHeaderSize = SealedHeader::kSize - 64;

/// The arguments of submitblock, from a client: hexadecimal of the header (kUnsignedHeaderSize or SealedHeader::kSize
/// bytes) and of the encoded body. kBadEncoding, kTooLarge before anything is allocated, and the rejects of
/// Body::decode().
Result<SubmittedWork> read_submitted_work(std::string_view header_hex, std::string_view body_hex);

/// What a worker sends: the inverse.
std::string header_hex(const SealedHeader& header, bool is_signed);
std::string body_hex(const Body& body);

}  // namespace freezenet::daemon
