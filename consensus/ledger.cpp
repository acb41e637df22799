#include "consensus/ledger.h"

#include <algorithm>

#include "consensus/crypto/sha256.h"
#include "consensus/ledger_view.h"

namespace freezenet {

void ClaimRecord::encode(Writer& out) const {
  claim.encode(out);
  out.bytes(claimant.bytes).integer(height).hash(transaction);
}

Result<ClaimRecord> ClaimRecord::decode(ByteView data) {
  Reader in(data);
  ClaimRecord record;
  record.claim = Claim::read(in);
  record.claimant.bytes = in.array<32>();
  record.height = in.integer<std::uint64_t>();
  record.transaction = in.hash();
  if (auto done = in.finish(); !done) return tl::unexpected(done.error());
  return record;
}

Hash256 ClaimRecord::id() const {
  Writer out;
  claim.encode(out);
  out.bytes(claimant.bytes);
  return tagged_hash("FreezeNet/claim", out.data());
}

Hash256 extend_claims(const Hash256& digest, const ClaimRecord& record) {
  Writer out;
  out.hash(digest);
  record.encode(out);
  return tagged_hash("FreezeNet/claims", out.data());
}

void Ledger::apply(const LedgerView& view) {
  for (const auto& [key, account] : view.changed()) set(key, account);
  cut_claims(view.claims_below(), view.claims_below_digest());
  for (const ClaimRecord& record : view.new_claims()) add_claim(record);
}

void Ledger::set(const XOnlyKey& key, const std::optional<Account>& account) {
  if (account) {
    accounts_[key] = *account;
  } else {
    accounts_.erase(key);
  }
}

void Ledger::add_claim(const ClaimRecord& record) {
  claim_places_.emplace(record.id(), claims_.size());
  claims_by_model_.emplace(record.claim.model_root, claims_.size());
  claims_.push_back(record);
  claims_digest_ = extend_claims(claims_digest_, record);
}

void Ledger::cut_claims(std::size_t count, const Hash256& digest) {
  for (; claims_.size() > count; claims_.pop_back()) {
    const ClaimRecord& last = claims_.back();
    claim_places_.erase(last.id());
    const auto [from, to] = claims_by_model_.equal_range(last.claim.model_root);
    claims_by_model_.erase(std::find_if(from, to, [&](const auto& e) { return e.second == claims_.size() - 1; }));
  }
  claims_digest_ = digest;
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

std::optional<std::uint64_t> Ledger::find_claim(const Hash256& id) const {
  const auto it = claim_places_.find(id);
  return it == claim_places_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<std::uint64_t> Ledger::claims_of(const Hash256& model_root) const {
  std::vector<std::uint64_t> places;
  const auto [from, to] = claims_by_model_.equal_range(model_root);
  for (auto e = from; e != to; ++e) places.push_back(e->second);
  std::ranges::sort(places);
  return places;
}

Hash256 Ledger::accounts_hash() const { return LedgerView(*this).accounts_hash(); }

}  // namespace freezenet
