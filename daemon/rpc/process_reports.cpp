#include "daemon/rpc/process_reports.h"

#include <fstream>
#include <string>

#include <malloc.h>

namespace freezenet::daemon {
namespace {

using nlohmann::json;

/// A field of /proc/self/status that is given in kB.
json status_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(field + ":")) continue;
    return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1024;
  }
  return nullptr;
}

json allocator_report() {
#ifdef __GLIBC__
  const struct mallinfo2 info = ::mallinfo2();
  return {{"in_use", info.uordblks}, {"free", info.fordblks}, {"mapped", info.hblkhd}, {"arenas", info.arena}};
#else
  return {{"in_use", nullptr}, {"free", nullptr}, {"mapped", nullptr}, {"arenas", nullptr}};
#endif
}

}  // namespace

json chain_memory_report(const Chain& chain) {
  return {{"active_blocks", chain.tip().height + 1},
          {"stale_blocks", chain.stale_blocks()},
          {"unverified_headers", chain.unverified()},
          {"branches", chain.leaves().size()}};
}

json memory_report(json chain, const RpcTools& tools) {
  return {{"resident", status_bytes("VmRSS")},
          {"resident_peak", status_bytes("VmHWM")},
          {"allocator", allocator_report()},
          {"chain", std::move(chain)},
          {"rpc", {{"large_used", tools.budget.used()}, {"large_limit", tools.budget.total()}}}};
}

json rpc_report(const RpcTools& tools) {
  json calls = json::array();
  const auto now = ActiveCalls::Clock::now();
  for (const ActiveCalls::Call& call : tools.calls.list()) {
    const std::chrono::duration<double, std::milli> since = now - call.started;
    calls.push_back({{"method", call.method}, {"running_ms", since.count()}});
  }
  return {{"active", std::move(calls)},
          {"calls", tools.calls.total()},
          {"connections", tools.door.known()},
          {"strangers", tools.door.strangers()},
          {"wrong_logins", tools.door.wrong_logins()},
          {"turned_out", tools.door.turned_out()}};
}

}  // namespace freezenet::daemon
