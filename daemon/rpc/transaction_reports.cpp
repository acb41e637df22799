#include "daemon/rpc/transaction_reports.h"

#include <set>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/wallet/amount.h"

namespace freezenet::daemon {

using nlohmann::json;

json transaction_report(const NetworkParams& params, const Transaction& transaction) {
  Writer encoded;
  transaction.encode(encoded);
  json report = {
      {"id", to_hex(transaction.id())},
      {"kind", "transfer"},
      {"from", encode_address(params.address_prefix, transaction.from)},
      {"to", nullptr},
      {"amount", nullptr},
      {"fee", format_amount(transaction.fee)},
      {"nonce", transaction.nonce},
      {"size", transaction.size()},
      {"model_root", nullptr},
      {"scheme", nullptr},
      {"commitment", nullptr},
      {"hex", to_hex(encoded.data())},
  };
  if (const auto* transfer = std::get_if<Transfer>(&transaction.action)) {
    report["to"] = encode_address(params.address_prefix, transfer->to);
    report["amount"] = format_amount(transfer->amount);
  } else {
    const Claim& claim = std::get<Claim>(transaction.action);
    report["kind"] = "claim";
    report["model_root"] = to_hex(claim.model_root);
    report["scheme"] = name(claim.scheme);
    report["commitment"] = to_hex(claim.commitment);
  }
  return report;
}

json waiting_report(const NetworkParams& params, const PooledTransaction& waiting) {
  json report = transaction_report(params, waiting.transaction);
  report["received"] = waiting.received;
  report["local"] = waiting.local;
  return report;
}

json claims_report(const Chain& chain, const std::vector<Hash256>& model_roots) {
  std::set<std::uint64_t> places;
  for (const Hash256& root : model_roots) {
    for (const std::uint64_t place : chain.ledger().claims_of(root)) places.insert(place);
  }
  json claims = json::array();
  for (const std::uint64_t place : places) {
    const ClaimRecord& record = chain.ledger().claims()[place];
    const BlockEntry& block = *chain.at_height(record.height);
    claims.push_back({
        {"place", place},
        {"model_root", to_hex(record.claim.model_root)},
        {"scheme", name(record.claim.scheme)},
        {"commitment", to_hex(record.claim.commitment)},
        {"claimant", encode_address(chain.params().address_prefix, record.claimant)},
        {"height", record.height},
        {"block", to_hex(block.hash)},
        {"time", block.header.candidate.time},
        {"transaction", to_hex(record.transaction)},
    });
  }
  return claims;
}

}  // namespace freezenet::daemon
