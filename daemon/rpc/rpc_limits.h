#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "consensus/block.h"
#include "daemon/rpc/dispatcher.h"

namespace freezenet::daemon {

/// What RPC may cost a node. Together: at most `connections` x (header_bytes + body_bytes and what its JSON parses to)
/// of memory; a body is read only after its sender showed the cookie, so a stranger costs a connection and a header,
/// for as long as `header` allows.
struct RpcLimits {
  std::size_t connections = 32;
  std::uint32_t header_bytes = 8 * 1024;
  std::uint64_t body_bytes = 1 << 20;
  std::chrono::milliseconds header{
      15'000};  ///< from the connection, or the answer before, to the end of the request's header
  std::chrono::milliseconds body{30'000};   ///< from the header's end to the body's
  std::chrono::milliseconds write{60'000};  ///< to hand an answer to the client
  Dispatcher::Limits dispatch;
};

/// One bound for the bodies of all methods, because the method's name stands in the body: room for the largest body
/// of a block as hexadecimal in submitblock, or for the largest model of the network as base64 in verifymodel, and 1
/// MiB for all else; never over 64 MiB.
inline std::uint64_t rpc_body_limit(std::uint64_t largest_model_bytes) {
  constexpr std::uint64_t kCommon = 1 << 20, kMost = 64 << 20;
  const std::uint64_t model = std::min(kMost, largest_model_bytes) / 3 * 4;
  return std::min(kMost, kCommon + std::max<std::uint64_t>(model, 2 * Body::kMaxSize));
}

}  // namespace freezenet::daemon
