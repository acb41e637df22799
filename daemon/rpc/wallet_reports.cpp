#include "daemon/rpc/wallet_reports.h"

#include <limits>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/wallet/amount.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;

/// More than all coins never sums up to; a report does not wrap around all the same.
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return b > std::numeric_limits<std::uint64_t>::max() - a ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

}  // namespace

std::vector<PayerAccount> payer_accounts(const Chain& chain, const Mempool& pool, const std::set<XOnlyKey>& keys) {
  std::vector<PayerAccount> accounts;
  for (const XOnlyKey& key : keys) {
    const Account account = chain.ledger().find(key).value_or(Account{});
    accounts.push_back({key, account.balance, pool.pending(key), pool.next_nonce(key, chain.ledger())});
  }
  return accounts;
}

json balance_report(const Chain& chain, const Mempool& pool, const std::set<XOnlyKey>& keys) {
  std::uint64_t spendable = 0, immature = 0, pending = 0;
  for (const PayerAccount& account : payer_accounts(chain, pool, keys)) spendable = sum(spendable, account.available());
  for (const XOnlyKey& key : keys) immature = sum(immature, chain.immature_balance(key));
  for (const auto& [sender, queue] : pool.queues()) {
    for (const PooledTransaction& waiting : queue.waiting()) {
      const auto* transfer = std::get_if<Transfer>(&waiting.transaction.action);
      if (transfer != nullptr && keys.contains(transfer->to)) pending = sum(pending, transfer->amount);
    }
  }
  return {{"spendable", format_amount(spendable)},
          {"immature", format_amount(immature)},
          {"pending", format_amount(pending)}};
}

json own_transaction_report(const Transaction& transaction, const std::set<XOnlyKey>& keys, const std::string& prefix) {
  const bool ours = keys.contains(transaction.from);
  json report = {{"txid", to_hex(transaction.id())},
                 {"from", encode_address(prefix, transaction.from)},
                 {"nonce", transaction.nonce},
                 {"fee", format_amount(transaction.fee)}};
  if (const auto* transfer = std::get_if<Transfer>(&transaction.action)) {
    const bool to_us = keys.contains(transfer->to);
    report["kind"] = !ours ? "received" : to_us ? "moved" : "sent";
    report["to"] = encode_address(prefix, transfer->to);
    report["amount"] = format_amount(transfer->amount);
    return report;
  }
  const auto& claim = std::get<Claim>(transaction.action);
  report["kind"] = "claimed";
  report["model_root"] = to_hex(claim.model_root);
  report["scheme"] = name(claim.scheme);
  report["commitment"] = to_hex(claim.commitment);
  return report;
}

}  // namespace freezenet::daemon
