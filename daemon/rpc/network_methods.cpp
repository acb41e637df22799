#include <algorithm>

#include "consensus/base/hex.h"
#include "daemon/rpc/methods.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

json known_id(const Hash256& id) { return id.is_zero() ? json() : json(to_hex(ByteView(id.bytes))); }

json network_report(const RpcParts& parts, std::string network) {
  std::size_t inbound = 0, outbound = 0;
  for (const net::PeerInfo& peer : parts.peers.peers()) ++(peer.inbound ? inbound : outbound);
  json rejects = json::array();
  for (const net::RejectInfo& reject : parts.peers.last_rejects()) {
    rejects.push_back({{"time", reject.time},
                       {"address", reject.address},
                       {"node_id", known_id(reject.node_id)},
                       {"by_peer", reject.by_peer},
                       {"reason", reject.reason}});
  }
  return {
      {"version", parts.version},
      {"user_agent", parts.user_agent},
      {"network", std::move(network)},
      {"node_id", known_id(parts.peers.node_id())},
      {"listen_port", parts.peers.listening_port()},
      {"connections", inbound + outbound},
      {"connections_in", inbound},
      {"connections_out", outbound},
      {"dials", dial_report(parts)},
      {"ended", std::move(rejects)},
  };
}

}  // namespace

json dial_report(const RpcParts& parts) {
  json report = json::array();
  for (const net::DialInfo& dial : parts.peers.dial_targets()) {
    report.push_back({{"address", dial.address},
                      {"connected", dial.connected},
                      {"failures", dial.failures},
                      {"last_error", dial.last_error}});
  }
  return report;
}

json peers_report(const RpcParts& parts) {
  const auto now = static_cast<std::int64_t>(parts.clock.unix_seconds());
  json report = json::array();
  for (const net::PeerInfo& peer : parts.peers.peers()) {
    report.push_back({{"id", peer.id},
                      {"address", peer.address},
                      {"direction", peer.inbound ? "in" : "out"},
                      {"ready", peer.ready},
                      {"node_id", known_id(peer.node_id)},
                      {"user_agent", peer.user_agent},
                      {"height", peer.height},
                      {"listen_port", peer.listen_port},
                      {"connected_seconds", std::max<std::int64_t>(0, now - peer.connected_since)},
                      {"ping_ms", peer.latency_ms < 0 ? json() : json(peer.latency_ms)},
                      {"bytes_received", peer.bytes_in},
                      {"bytes_sent", peer.bytes_out}});
  }
  return report;
}

void add_network_methods(MethodTable& table, RpcParts& parts) {
  table.add("getpeerinfo", [&parts](Arguments) -> Answer { co_return peers_report(parts); });

  table.add("getnetworkinfo", [&parts](Arguments) -> Answer {
    co_return network_report(parts, parts.snapshot.latest()->chain.at("network").get<std::string>());
  });

  table.add("addnode", [&parts](Arguments arguments) -> Answer {
    const std::string& node = arguments.text("node");
    const std::string& action = arguments.text("action");
    const Result<> done = action == "add"      ? parts.peers.add_node(node)
                          : action == "remove" ? parts.peers.remove_node(node)
                                               : parts.peers.connect_once(node);
    if (!done) co_return tl::unexpected(done.error());
    co_return json(true);
  });
}

}  // namespace freezenet::daemon
