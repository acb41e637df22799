#include "net/messages.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

using namespace net;

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

/// What a decoded message may hold, whatever its length.
struct Limits {
  void operator()(const Hello& m) const {
    require(m.network.size() <= kMaxNetworkName && m.user_agent.size() <= kMaxUserAgent, "hello: short texts");
    require(printable_ascii(m.network) && printable_ascii(m.user_agent), "hello: printable texts");
  }
  void operator()(const GetHeaders& m) const { require(m.locator.size() <= kMaxLocator, "get_headers: 64 hashes"); }
  void operator()(const Headers& m) const { require(m.headers.size() <= kMaxHeaders, "headers: 500 headers"); }
  void operator()(const BodyData& m) const { require(m.body.size() <= Body::kMaxSize, "body: 1 MiB"); }
  void operator()(const Chunk& m) const {
    require(m.data.size() <= kChunkSize && m.proof.siblings.size() <= kMaxProof, "chunk: 64 KiB and 48 hashes");
  }
  void operator()(const NotFound& m) const {
    require(m.request == MessageType::kGetChunk || m.request == MessageType::kGetModelChunk ||
                (m.request == MessageType::kGetBody && m.index == 0),
            "not_found: of a body or of a chunk");
  }
  void operator()(const RejectMessage& m) const {
    require(m.code.size() <= kMaxRejectName && m.detail.size() <= kMaxRejectDetail, "reject: short texts");
    require(printable_ascii(m.code) && printable_ascii(m.detail), "reject: printable texts");
  }
  void operator()(const auto&) const {}
};

}  // namespace

/// One byte for the type, then the payload as it may come: a connection reads no more than max_payload(type).
void message(ByteView input) {
  if (input.empty()) return;
  const std::uint8_t kind = input[0];
  const ByteView payload = input.subspan(1);
  const std::size_t most = net::max_payload(kind);
  if (payload.size() > most && most != 0) return;
  const auto decoded = net::decode(static_cast<net::MessageType>(kind), payload);
  if (!decoded) {
    using enum RejectCode;
    require((decoded.error().code == kUnknownMessage) == (most == 0), "unknown is what has no longest payload");
    return require_refusal(decoded.error(), Blame::kSender,
                           {kTruncated, kTrailingBytes, kNonCanonicalSize, kTooLarge, kBadEncoding, kUnknownMessage});
  }
  require(static_cast<std::uint8_t>(net::type_of(*decoded)) == kind, "the type is the one that was asked for");
  require(same(net::encode(*decoded), payload), "encode(decode(x)) == x");
  std::visit(Limits{}, *decoded);
}

}  // namespace freezenet::fuzz
