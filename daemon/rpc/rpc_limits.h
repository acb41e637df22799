#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "daemon/rpc/dispatcher.h"
#include "daemon/rpc/doorkeeper.h"

namespace freezenet::daemon {

/// What RPC may cost a node. A body is read only after its sender showed a secret, so a stranger costs a connection and
/// a header, for as long as `header` allows or until somebody newer needs its place. Together, in memory: connections x
/// (header_bytes + small_bytes), and `large_bytes` for all bodies and answers above small_bytes, with what their JSON
/// parses to.
struct RpcLimits {
  Doorkeeper::Places places;
  std::uint32_t header_bytes = 8 * 1024;
  std::uint64_t body_bytes = 1 << 20;
  std::uint64_t small_bytes = 64 << 10;
  std::uint64_t large_bytes = 64 << 20;
  std::chrono::milliseconds header{
      15'000};  ///< from the connection, or the answer before, to the end of the request's header
  std::chrono::milliseconds body{30'000};   ///< from the header's end to the body's
  std::chrono::milliseconds write{60'000};  ///< to hand an answer to the client
  Dispatcher::Limits dispatch;
};

/// One bound for the bodies of all methods, because the method's name stands in the body: room for the largest model of
/// the network as base64 in verifymodel, and 1 MiB for all else; never over 64 MiB.
inline std::uint64_t rpc_body_limit(std::uint64_t largest_model_bytes) {
  constexpr std::uint64_t kCommon = 1 << 20, kMost = 64 << 20;
  return std::min(kMost, kCommon + std::min(kMost, largest_model_bytes) / 3 * 4);
}

/// The same for an answer: the largest model in getmodel, and 16 MiB for all else; never over 512 MiB.
inline std::uint64_t rpc_answer_limit(std::uint64_t largest_model_bytes) {
  constexpr std::uint64_t kCommon = 16 << 20, kMost = 512 << 20;
  return std::min(kMost, kCommon + std::min(kMost, largest_model_bytes) / 3 * 4);
}

/// All limits for a network with this largest model: two of the largest answers and bodies at a time.
inline RpcLimits rpc_limits(std::uint64_t largest_model_bytes) {
  RpcLimits limits;
  limits.body_bytes = rpc_body_limit(largest_model_bytes);
  limits.dispatch.answer_bytes = rpc_answer_limit(largest_model_bytes);
  limits.large_bytes = 2 * (limits.body_bytes + limits.dispatch.answer_bytes);
  return limits;
}

}  // namespace freezenet::daemon
