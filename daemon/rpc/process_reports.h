#pragma once

#include <nlohmann/json.hpp>

#include "consensus/chain/chain.h"
#include "daemon/rpc/rpc_tools.h"

namespace freezenet::daemon {

// What the process itself takes, as RPC says it. Amounts in bytes; what the system does not tell is null.

/// Counts of what grows with the chain. The chain's thread.
nlohmann::json chain_memory_report(const Chain& chain);
/// getmemoryinfo: the process, its allocator, chain_memory_report() as "chain", and RPC. The RPC thread.
nlohmann::json memory_report(nlohmann::json chain, const RpcTools& tools);
/// getrpcinfo: the calls at work, and who is connected. The RPC thread.
nlohmann::json rpc_report(const RpcTools& tools);

}  // namespace freezenet::daemon
