#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {

std::vector<Signature> network_signatures() {
  return {
      {"getpeerinfo",
       "network",
       "the connected peers",
       {},
       "[{id, address, direction: in|out, ready, node_id, user_agent, height, listen_port, connected_seconds, ping_ms, "
       "bytes_received, bytes_sent}]",
       "getpeerinfo"},
      {"getnetworkinfo",
       "network",
       "this node as its peers see it, the addresses that it dials, and why connections ended",
       {},
       "{version, user_agent, network, node_id, listen_port, connections, connections_in, connections_out, dials: "
       "[{address, connected, failures, "
       "last_error}], ended: [{time, address, node_id, by_peer, reason}]}",
       "getnetworkinfo"},
      {"addnode",
       "network",
       "adds or removes a peer that this node keeps a connection to, or tries one once",
       {{"node", ArgumentType::kText, true, "HOST:PORT; [ADDRESS]:PORT for IPv6"},
        {"action", ArgumentType::kText, true, "add, remove or onetry", {"add", "remove", "onetry"}}},
       "true",
       "addnode 127.0.0.1:19555 onetry"},
  };
}

}  // namespace freezenet::daemon
