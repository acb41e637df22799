#pragma once

#include <set>

#include "daemon/node_status.h"
#include "daemon/rpc/method_table.h"

namespace freezenet::daemon {

/// What happened to these accounts, newest first: what waits for a block, then what the active chain holds, rewards
/// among it. At most `count` after the first `skip`. RPC's thread; asks the chain in short steps.
boost::asio::awaitable<Result<nlohmann::json>> wallet_history(RpcParts& parts, std::set<XOnlyKey> keys,
                                                              std::size_t skip, std::size_t count);

}  // namespace freezenet::daemon
