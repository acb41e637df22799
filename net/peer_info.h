#pragma once

#include <cstdint>
#include <string>

#include "net/chain_port.h"

namespace freezenet::net {

/// What RPC and the status screen show of one connection.
struct PeerInfo {
  PeerId id = 0;
  Hash256 node_id;      ///< zero before the TLS handshake
  std::string address;  ///< "127.0.0.1:9555", as connected
  bool inbound = false;
  bool ready = false;  ///< handshake done
  std::string user_agent;
  std::uint64_t height = 0;  ///< the highest verified block that it is known to have
  std::uint32_t flags = 0;
  std::uint16_t listen_port = 0;
  double latency_ms = -1;  ///< of the last ping; negative before the first
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::int64_t connected_since = 0;  ///< Unix seconds
};

/// One connection that ended, or was refused, and why.
struct RejectInfo {
  std::int64_t time = 0;  ///< Unix seconds
  std::string address;
  Hash256 node_id;       ///< zero where it was never known
  bool by_peer = false;  ///< the peer's own words (its reject frame)
  std::string reason;    ///< "wrong-genesis: the peer's genesis is ..."
};

/// An address that this node dials.
struct DialInfo {
  std::string address;
  bool connected = false;
  std::string last_error;      ///< empty after success
  std::uint32_t failures = 0;  ///< in a row
};

}  // namespace freezenet::net
