#include "consensus/block.h"
#include "consensus/crypto/schnorr.h"
#include "consensus/difficulty.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

/// A header's 32 bits of target are decoded before anything of it is proven.
void compact_target(std::uint32_t bits) {
  const auto target = target_from_compact(bits);
  if (!target) return;
  require(!target->is_zero(), "a compact target is never zero");
  require(target_from_compact(target_to_compact(*target)) == target, "a compact target survives its canonical form");
  work_of(*target);
}

}  // namespace

void header(ByteView input) {
  const auto decoded = SealedHeader::decode(input);
  if (!decoded) {
    require(input.size() != SealedHeader::kSize, "312 bytes are always a header");
    require_refusal(decoded.error(), Blame::kSender, {RejectCode::kTruncated, RejectCode::kTrailingBytes});
    return;
  }
  require(same(encoded(*decoded), input), "encode(decode(x)) == x");
  const Hash256 hash = decoded->block_hash();
  SealedHeader unsigned_header = *decoded;
  unsigned_header.signature = {};
  require(unsigned_header.block_hash() == hash, "the signature is no part of the block hash");
  verify_schnorr(decoded->candidate.miner_key, hash, decoded->signature);
  compact_target(decoded->candidate.bits);
}

}  // namespace freezenet::fuzz
