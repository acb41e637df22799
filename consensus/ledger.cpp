#include "consensus/ledger.h"

#include <limits>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"

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
}

Result<BlockUndo> BlockUndo::decode(ByteView data) {
  Reader in(data);
  BlockUndo undo;
  const std::size_t count = in.count(kMaxUndoEntries, kSmallestEntry);
  undo.entries.reserve(count);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    Entry e;
    e.key.bytes = in.array<32>();
    const auto existed = in.integer<std::uint8_t>();
    if (existed > 1) in.fail(RejectCode::kBadEncoding, "undo: a flag is 0 or 1");
    if (existed == 1) {
      const auto balance = in.integer<std::uint64_t>();
      e.before = Account{balance, in.integer<std::uint64_t>()};
    }
    undo.entries.push_back(e);
  }
  if (auto done = in.finish(); !done) return tl::unexpected(done.error());
  return undo;
}

Result<BlockUndo> Ledger::connect(const std::optional<MaturedReward>& matured) {
  BlockUndo undo;
  if (!matured || matured->amount == 0) return undo;
  const auto it = accounts_.find(matured->miner);
  const std::uint64_t before = it == accounts_.end() ? 0 : it->second.balance;
  if (matured->amount > std::numeric_limits<std::uint64_t>::max() - before) {
    return reject(RejectCode::kOverflow, "balance of " + to_hex(matured->miner));
  }
  undo.entries.push_back({matured->miner, it == accounts_.end() ? std::nullopt : std::optional(it->second)});
  accounts_[matured->miner].balance = before + matured->amount;
  return undo;
}

void Ledger::disconnect(const BlockUndo& undo) {
  for (auto e = undo.entries.rbegin(); e != undo.entries.rend(); ++e) set(e->key, e->before);
}

void Ledger::set(const XOnlyKey& key, const std::optional<Account>& account) {
  if (account) {
    accounts_[key] = *account;
  } else {
    accounts_.erase(key);
  }
}

std::optional<Account> Ledger::find(const XOnlyKey& key) const {
  const auto it = accounts_.find(key);
  return it == accounts_.end() ? std::nullopt : std::optional(it->second);
}

std::uint64_t Ledger::total() const {
  std::uint64_t sum = 0;
  for (const auto& [key, account] : accounts_) sum += account.balance;
  return sum;
}

Hash256 Ledger::hash() const {
  Writer out;
  out.integer(std::uint64_t{accounts_.size()});
  for (const auto& [key, account] : accounts_) {
    out.bytes(key.bytes).integer(account.balance).integer(account.nonce);
  }
  return tagged_hash("FreezeNet/accounts", out.data());
}

}  // namespace freezenet
