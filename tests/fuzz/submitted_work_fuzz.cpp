#include "daemon/submitted_work.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// The arguments of submitblock: two bytes of length and the header's hexadecimal, then the body's.
void submitted_work(ByteView input) {
  using enum RejectCode;
  Input in(input);
  const std::string header(as_text(in.sized())), body(as_text(in.rest()));
  const auto work = daemon::read_submitted_work(header, body);
  if (!work) {
    return require_refusal(work.error(), Blame::kSender,
                           {kBadEncoding, kTooLarge, kTruncated, kTrailingBytes, kNonCanonicalSize, kSharesNotActive});
  }
  const auto lower = [](std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    return text;
  };
  require(daemon::header_hex(work->header, work->is_signed) == lower(header), "one encoding of a header");
  require(daemon::body_hex(work->body) == lower(body), "one encoding of a body");
}

}  // namespace freezenet::fuzz
