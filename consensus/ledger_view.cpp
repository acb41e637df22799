#include "consensus/ledger_view.h"

#include <limits>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {

Result<BlockUndo> LedgerView::connect(const BlockMoney& block) {
  std::map<XOnlyKey, std::optional<Account>> before;
  BlockUndo undo{{}, claim_count(), claims_digest_};
  Result<> done;
  if (block.matured && block.matured->amount > 0) done = credit(block.matured->miner, block.matured->amount, before);
  for (std::size_t i = 0; done && i < block.transactions.size(); ++i) {
    done = make(block.transactions[i], block.height, before);
    if (!done) done = reject(done.error().code, "transaction " + std::to_string(i) + ": " + done.error().detail);
  }
  for (const auto& [key, account] : before) undo.entries.push_back({key, account});
  if (done) return undo;
  disconnect(undo);
  return tl::unexpected(done.error());
}

void LedgerView::disconnect(const BlockUndo& undo) {
  for (const BlockUndo::Entry& e : undo.entries) changed_[e.key] = e.before;
  cut_claims(undo.claims, undo.claims_digest);
}

Result<> LedgerView::make(const Transaction& transaction, std::uint64_t height,
                          std::map<XOnlyKey, std::optional<Account>>& before) {
  Account from = find(transaction.from).value_or(Account{});
  if (transaction.nonce != from.nonce) {
    return reject(RejectCode::kWrongNonce, "its nonce is " + std::to_string(transaction.nonce) + ", the account's is " +
                                               std::to_string(from.nonce));
  }
  if (transaction.spent() > from.balance) {
    return reject(RejectCode::kInsufficientFunds, "it spends " + std::to_string(transaction.spent()) + " of " +
                                                      std::to_string(from.balance) + " units");
  }
  const auto* claim = std::get_if<Claim>(&transaction.action);
  if (claim != nullptr) {
    const ClaimRecord record{*claim, transaction.from, height, transaction.id()};
    if (has_claim(record.id())) {
      return reject(RejectCode::kDuplicateClaim,
                    "its sender has claimed model " + to_hex(claim->model_root) + " so before");
    }
    new_claims_.push_back(record);
    new_claim_ids_.insert(record.id());
    claims_digest_ = extend_claims(claims_digest_, record);
  }
  from.balance -= transaction.spent();
  ++from.nonce;
  put(transaction.from, from, before);
  if (claim != nullptr) return {};
  const Transfer& transfer = std::get<Transfer>(transaction.action);
  return credit(transfer.to, transfer.amount, before);
}

Result<> LedgerView::credit(const XOnlyKey& key, std::uint64_t amount,
                            std::map<XOnlyKey, std::optional<Account>>& before) {
  Account account = find(key).value_or(Account{});
  if (amount > std::numeric_limits<std::uint64_t>::max() - account.balance) {
    return reject(RejectCode::kOverflow, "balance of " + to_hex(key));
  }
  account.balance += amount;
  put(key, account, before);
  return {};
}

void LedgerView::put(const XOnlyKey& key, const Account& account, std::map<XOnlyKey, std::optional<Account>>& before) {
  before.emplace(key, find(key));  // the first of several changes only
  changed_[key] = account;
}

std::optional<Account> LedgerView::find(const XOnlyKey& key) const {
  const auto it = changed_.find(key);
  return it == changed_.end() ? base_->find(key) : it->second;
}

Hash256 LedgerView::accounts_hash() const {
  Writer rows;
  std::uint64_t count = 0;
  const auto add = [&](const XOnlyKey& key, const Account& account) {
    rows.bytes(key.bytes).integer(account.balance).integer(account.nonce);
    ++count;
  };
  // Both maps are in the order of keys; a changed account stands for the one below it.
  auto below = base_->accounts().begin();
  const auto end = base_->accounts().end();
  for (const auto& [key, account] : changed_) {
    for (; below != end && below->first < key; ++below) add(below->first, below->second);
    if (below != end && below->first == key) ++below;
    if (account) add(key, *account);
  }
  for (; below != end; ++below) add(below->first, below->second);
  Writer out;
  out.integer(count).bytes(rows.data());
  return tagged_hash("FreezeNet/accounts", out.data());
}

bool LedgerView::has_claim(const Hash256& id) const {
  if (new_claim_ids_.contains(id)) return true;
  const auto place = base_->find_claim(id);
  return place && *place < claims_below_;
}

void LedgerView::cut_claims(std::uint64_t count, const Hash256& digest) {
  for (; claim_count() > count && !new_claims_.empty(); new_claims_.pop_back()) {
    new_claim_ids_.erase(new_claims_.back().id());
  }
  if (claim_count() > count) {
    claims_below_ = count;
    claims_below_digest_ = digest;
  }
  claims_digest_ = digest;
}

}  // namespace freezenet
