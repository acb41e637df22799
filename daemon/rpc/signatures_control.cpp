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
