#pragma once

#include "daemon/node_status.h"
#include "daemon/rpc/method_table.h"

namespace freezenet::daemon {

// One function, in a file of its name, for each group of methods. `parts` outlives the table; the RPC thread alone uses
// it through the table.
void add_chain_methods(MethodTable& table, RpcParts& parts);
void add_verify_methods(MethodTable& table, RpcParts& parts);
void add_transaction_methods(MethodTable& table, RpcParts& parts);
void add_mining_methods(MethodTable& table, RpcParts& parts);
void add_work_methods(MethodTable& table, RpcParts& parts);
void add_network_methods(MethodTable& table, RpcParts& parts);
void add_model_methods(MethodTable& table, RpcParts& parts);
void add_wallet_methods(MethodTable& table, RpcParts& parts);
void add_spending_methods(MethodTable& table, RpcParts& parts);

using WalletHandler = std::function<boost::asio::awaitable<Result<nlohmann::json>>(WalletService&, Arguments)>;
/// A method that needs a wallet; kWalletState where this node has none.
void add_wallet_method(MethodTable& table, RpcParts& parts, std::string_view name, WalletHandler handler);
void add_control_methods(MethodTable& table, RpcParts& parts);

/// Everything in signatures().
MethodTable node_methods(RpcParts& parts);

/// What came of the blocks that worker processes submitted.
nlohmann::json workers_report(const MiningDesk& desk);
/// The connected peers as getpeerinfo and status show them.
nlohmann::json peers_report(const RpcParts& parts);
/// The addresses that this node dials, and how that goes.
nlohmann::json dial_report(const RpcParts& parts);

}  // namespace freezenet::daemon
