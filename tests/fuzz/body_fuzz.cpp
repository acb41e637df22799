#include "consensus/block.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

void body(ByteView input) {
  const auto decoded = Body::decode(input);
  if (!decoded) {
    using enum RejectCode;
    require_refusal(decoded.error(), Blame::kSender,
                    {kTooLarge, kTruncated, kTrailingBytes, kNonCanonicalSize, kBadEncoding, kSharesNotActive});
    return;
  }
  require(same(encoded(*decoded), input), "encode(decode(x)) == x");
  require(decoded->digests.capacity() * 32 <= 2 * input.size() + 64, "memory in proportion to the input");
  require(decoded->transactions.capacity() * Transaction::kMinSize <= 2 * input.size() + 64,
          "memory in proportion to the input");
  require(!decoded->trace_root().is_zero(), "any list of digests has a root");
}

}  // namespace freezenet::fuzz
