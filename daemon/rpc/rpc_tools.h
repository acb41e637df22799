#pragma once

#include "daemon/rpc/active_calls.h"
#include "daemon/rpc/doorkeeper.h"
#include "daemon/rpc/memory_budget.h"
#include "daemon/workers.h"

namespace freezenet::daemon {

/// What the server and the methods share. Made before both and outlives both; but for the workers it belongs to the RPC
/// thread.
struct RpcTools {
  RpcTools(const Doorkeeper::Places& places, std::uint64_t large_bytes, std::shared_ptr<spdlog::logger> log)
      : door(places, std::move(log)), budget(large_bytes) {}
  ActiveCalls calls;
  Doorkeeper door;
  MemoryBudget budget;
  Workers workers;
};

}  // namespace freezenet::daemon
