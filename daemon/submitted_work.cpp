#include "daemon/submitted_work.h"

#include "consensus/base/hex.h"

namespace freezenet::daemon {

Result<SubmittedWork> read_submitted_work(std::string_view header_text, std::string_view body_text) {
  if (body_text.size() > 2 * Body::kMaxSize) {
    return reject(RejectCode::kTooLarge, "the body has more than " + std::to_string(Body::kMaxSize) + " bytes");
  }
  constexpr std::size_t kUnsigned = 2 * kUnsignedHeaderSize, kSigned = 2 * SealedHeader::kSize;
  if (header_text.size() != kUnsigned && header_text.size() != kSigned) {
    return reject(RejectCode::kBadEncoding, "the header has " + std::to_string(header_text.size()) +
                                                " hexadecimal digits; without a signature it has " +
                                                std::to_string(kUnsigned) + ", with one " + std::to_string(kSigned));
  }
  auto header = bytes_from_hex(header_text);
  if (!header) return reject(RejectCode::kBadEncoding, "the header is not hexadecimal");
  const auto encoded = bytes_from_hex(body_text);
  if (!encoded) return reject(RejectCode::kBadEncoding, "the body is not hexadecimal");

  SubmittedWork work;
  work.is_signed = header->size() == SealedHeader::kSize;
  header->resize(SealedHeader::kSize);
  auto decoded = SealedHeader::decode(*header);
  if (!decoded) return tl::unexpected(decoded.error());
  work.header = *decoded;
  auto body = Body::decode(*encoded);
  if (!body) return tl::unexpected(body.error());
  work.body = std::move(*body);
  return work;
}

std::string header_hex(const SealedHeader& header, bool is_signed) {
  Writer out;
  header.encode(out);
  const ByteView all = out.data();
  return to_hex(is_signed ? all : all.first(kUnsignedHeaderSize));
}

std::string body_hex(const Body& body) {
  Writer out;
  body.encode(out);
  return to_hex(ByteView(out.data()));
}

}  // namespace freezenet::daemon
