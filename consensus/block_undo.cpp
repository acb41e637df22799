#include "consensus/block_undo.h"

#include "consensus/block.h"

namespace freezenet {
namespace {

/// More accounts than a block of the largest size could touch.
constexpr std::uint64_t kMaxUndoEntries = Body::kMaxSize / 32;
constexpr std::size_t kSmallestEntry = 33;  // key, "did not exist"

}  // namespace

void BlockUndo::encode(Writer& out) const {
  out.compact_size(entries.size());
  for (const Entry& e : entries) {
    out.bytes(e.key.bytes).integer(static_cast<std::uint8_t>(e.before ? 1 : 0));
    if (e.before) out.integer(e.before->balance).integer(e.before->nonce);
  }
  out.integer(claims).hash(claims_digest);
}

Result<BlockUndo> BlockUndo::decode(ByteView data) {
  Reader in(data);
  BlockUndo undo;
  const std::size_t count = in.count(kMaxUndoEntries, kSmallestEntry);
  undo.entries.reserve(count);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    Entry e;
    e.key.bytes = in.array<32>();
    if (i > 0 && !(undo.entries.back().key < e.key)) in.fail(RejectCode::kBadEncoding, "undo: keys out of order");
    const auto existed = in.integer<std::uint8_t>();
    if (existed > 1) in.fail(RejectCode::kBadEncoding, "undo: a flag is 0 or 1");
    if (existed == 1) {
      const auto balance = in.integer<std::uint64_t>();
      e.before = Account{balance, in.integer<std::uint64_t>()};
    }
    undo.entries.push_back(e);
  }
  undo.claims = in.integer<std::uint64_t>();
  undo.claims_digest = in.hash();
  if (auto done = in.finish(); !done) return tl::unexpected(done.error());
  return undo;
}

}  // namespace freezenet
