#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {

std::vector<Signature> control_signatures() {
  return {
      {"status",
       "control",
       "everything that an operator looks at, in one answer; freezenet-cli shows it as a screen",
       {},
       "{version, network, now, uptime, chain, mining, replay, blocks, peers, dials, last_reject}",
       "status"},
      {"uptime", "control", "seconds since this node started", {}, "integer", "uptime"},
      {"getrpcinfo",
       "control",
       "the RPC calls at work, and who is connected",
       {},
       "{active: [{method, running_ms}], calls, connections, strangers, wrong_logins, turned_out}",
       "getrpcinfo"},
      {"getmemoryinfo",
       "control",
       "the memory of this node's process, in bytes",
       {},
       "{resident, resident_peak, allocator: {in_use, free, mapped, arenas}, chain: {active_blocks, stale_blocks, "
       "unverified_headers, branches}, rpc: {large_used, large_limit}}",
       "getmemoryinfo"},
      {"logging",
       "control",
       "shows how much each part logs, or changes it until the node ends",
       {{"levels", ArgumentType::kText, false,
         "as of --log-level: a level for all parts, or single ones, such as net=debug,rpc=trace"}},
       "{node, chain, net, miner, replay, storage, rpc, wallet}",
       "logging net=info"},
      {"help",
       "control",
       "all methods, or all about one",
       {{"method", ArgumentType::kText, false, "name of a method"}},
       "text",
       "help getblock"},
      {"stop", "control", "stops the node cleanly; answers before it does", {}, "text", "stop"},
  };
}

}  // namespace freezenet::daemon
