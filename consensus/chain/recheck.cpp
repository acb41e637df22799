// Blocks that were verified once, looked at again: what is kept of them must still give the chain as it stands.

#include <algorithm>

#include "consensus/base/hex.h"
#include "consensus/chain/chain.h"

namespace freezenet {
namespace {

tl::unexpected<Reject> differs(const BlockEntry& block, const std::string& what) {
  return reject(RejectCode::kStorage,
                "block " + to_hex(block.hash) + " at height " + std::to_string(block.height) + ": " + what);
}

}  // namespace

Result<std::uint64_t> Chain::recheck(const Recheck& how) const {
  const std::uint64_t count = std::min(how.blocks, tip().height);
  const std::uint64_t below = tip().height - count;
  const std::uint64_t steps = count * (how.level >= 3 ? 2 : 1);
  std::uint64_t done = 0;
  const auto step = [&] { return how.progress ? how.progress(++done, steps) : Result<>{}; };

  LedgerView ledger(ledger_);
  for (std::uint64_t height = tip().height; height > below; --height) {
    const BlockEntry& e = *active_[height];
    const auto body = store_.body(e.hash);
    if (!body) return tl::unexpected(body.error());
    if (how.level >= 1) {  // ids cover signatures, and the root covers ids
      if (auto ok = check_body(e, *body); !ok) return differs(e, ok.error().message());
    }
    if (how.level >= 2) {
      const auto undo = store_.undo(e.hash);
      if (!undo) return tl::unexpected(undo.error());
      if (how.level >= 3) ledger.disconnect(*undo);
    }
    // What is assumed has an outcome only once it is replayed, and so have the gates that look back on it.
    if (how.level >= 4 && how.replay && !e.outcome->assumed && gate_known(*e.parent)) {
      const auto proof = how.replay(e, *body);
      if (!proof) return tl::unexpected(proof.error());
      if (*proof && judge(e, **proof) != *e.outcome) return differs(e, "its replay has another outcome than it had");
    }
    if (auto more = step(); !more) return tl::unexpected(more.error());
  }
  if (how.level < 3) return count;
  if (below == 0 && (ledger.accounts_hash() != Ledger().accounts_hash() || ledger.claims_below() > 0))
    return differs(*active_.front(), "the undo of all blocks leaves accounts or claims");
  for (std::uint64_t height = below + 1; height <= tip().height; ++height) {
    const BlockEntry& e = *active_[height];
    const auto kept = store_.undo(e.hash);
    if (!kept) return tl::unexpected(kept.error());
    const auto body = store_.body(e.hash);
    if (!body) return tl::unexpected(body.error());
    const auto undo = ledger.connect({height, matured_after(*e.parent), body->transactions});
    if (!undo) return differs(e, undo.error().message());
    if (*undo != *kept) return differs(e, "connecting it changes other accounts than it did");
    if (auto more = step(); !more) return tl::unexpected(more.error());
  }
  if (ledger.accounts_hash() != ledger_.accounts_hash() || ledger.claims_digest() != ledger_.claims_digest())
    return differs(tip(), "the accounts or claims are not those that the blocks give");
  return count;
}

}  // namespace freezenet
