#include "consensus/transaction.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

void transaction(ByteView input) {
  const auto decoded = Transaction::decode(input);
  if (!decoded) {
    using enum RejectCode;
    require_refusal(decoded.error(), Blame::kSender, {kTruncated, kTrailingBytes, kBadEncoding});
    return;
  }
  require(same(encoded(*decoded), input), "encode(decode(x)) == x");
  require(decoded->size() == input.size(), "the size is known from the kind");
  require(decoded->spent() >= decoded->fee, "amount and fee fit into 64 bits");
  const Hash256 genesis{}, other{{1}};
  require(decoded->signing_hash(genesis) != decoded->signing_hash(other), "what is signed names the network");
}

}  // namespace freezenet::fuzz
