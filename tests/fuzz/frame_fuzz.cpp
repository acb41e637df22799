#include <optional>

#include "net/messages.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

constexpr std::uint32_t kMagic = 0x74725A46;  // regtest's

/// The refusal that docs/wire.md asks for, found without the decoder.
std::optional<RejectCode> expected(ByteView head) {
  Reader in(head);
  const auto magic = in.integer<std::uint32_t>();
  const auto type = in.integer<std::uint8_t>();
  const auto length = in.integer<std::uint32_t>();
  if (magic != kMagic) return RejectCode::kWrongNetwork;
  if (type < 1 || type > 12) return RejectCode::kUnknownMessage;
  if (length > net::max_payload(type)) return RejectCode::kTooLarge;
  return std::nullopt;
}

}  // namespace

/// What a connection reads, frame after frame, until one is refused.
void frame(ByteView input) {
  Input wire(input);
  while (!wire.empty()) {
    const ByteView head = wire.bytes(net::FrameHeader::kSize);
    const auto header = net::decode_frame_header(head, kMagic);
    if (head.size() < net::FrameHeader::kSize) {
      require(!header && header.error().code == RejectCode::kTruncated, "half a frame header is truncated");
      return;
    }
    const auto why = expected(head);
    require(header.has_value() == !why, "a frame header is refused where docs/wire.md says so");
    if (!header) return require_refusal(header.error(), Blame::kSender, {*why});
    require(header->length <= (1U << 20) + 64, "no frame asks for more than a body");
    const ByteView payload = wire.bytes(header->length);
    if (payload.size() < header->length) return;
    const Bytes again = net::encode_frame(kMagic, header->type, payload);
    require(same(ByteView(again).first(head.size()), head), "encode(decode(x)) == x");
    if (!net::decode(header->type, payload)) return;
  }
}

}  // namespace freezenet::fuzz
