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

  /// Room for an answer that holds a model of so many bytes: weights, file and base64 text are in memory at once. kBusy
  /// where others have it.
  Result<MemoryBudget::Share> take_for_model(std::uint64_t bytes) {
    MemoryBudget::Share share = budget.take(bytes + bytes / 3 * 4);
    if (!share) return reject(RejectCode::kBusy, "others still take models; ask again in a moment");
    return share;
  }
};

}  // namespace freezenet::daemon
