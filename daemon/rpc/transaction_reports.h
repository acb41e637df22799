#pragma once

#include <nlohmann/json.hpp>

#include "consensus/chain/chain.h"
#include "daemon/mempool/account_queue.h"

namespace freezenet::daemon {

/// What the node knows of money, as RPC says it. Pure functions.

/// The transaction itself. What its kind does not have is null; amounts are coins as text.
nlohmann::json transaction_report(const NetworkParams& params, const Transaction& transaction);
/// One that waits.
nlohmann::json waiting_report(const NetworkParams& params, const PooledTransaction& waiting);
/// Claims of models, the first one first.
nlohmann::json claims_report(const Chain& chain, const std::vector<Hash256>& model_roots);

}  // namespace freezenet::daemon
