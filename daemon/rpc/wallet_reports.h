#pragma once

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "consensus/chain/chain.h"
#include "daemon/mempool/mempool.h"
#include "daemon/wallet/payer.h"

namespace freezenet::daemon {

// What chain and mempool say of a wallet's accounts. Pure functions, on the chain's thread.

std::vector<PayerAccount> payer_accounts(const Chain& chain, const Mempool& pool, const std::set<XOnlyKey>& keys);

/// {spendable, immature, pending}: what can leave now; rewards that are too young; what waiting transactions bring.
nlohmann::json balance_report(const Chain& chain, const Mempool& pool, const std::set<XOnlyKey>& keys);

/// One transaction as a wallet with these keys sees it, without where it stands.
nlohmann::json own_transaction_report(const Transaction& transaction, const std::set<XOnlyKey>& keys,
                                      const std::string& prefix);

}  // namespace freezenet::daemon
