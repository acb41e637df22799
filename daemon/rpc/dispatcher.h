#pragma once

#include <optional>

#include "daemon/rpc/bounded_json.h"
#include "daemon/rpc/method_table.h"

namespace freezenet::daemon {

/// Error codes of JSON-RPC 2.0 section 5.1. A method that refuses is kRefused, with the reject's stable name in
/// error.data.reject.
enum class RpcErrorCode : int {
  kParse = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternal = -32603,
  kRefused = -32000,
};

/// JSON-RPC 2.0 without its transport: text in, text out. Has no state between calls; the calls of a batch run one
/// after another, in their order.
class Dispatcher {
 public:
  struct Limits {
    std::size_t batch = 100;
    JsonLimits json;
  };
  Dispatcher(MethodTable methods, Limits limits) : methods_(std::move(methods)), limits_(limits) {}

  /// The response, or nullopt where the request holds notifications only.
  boost::asio::awaitable<std::optional<std::string>> handle(std::string request) const;

 private:
  boost::asio::awaitable<std::optional<nlohmann::json>> call(nlohmann::json request) const;
  boost::asio::awaitable<nlohmann::json> outcome(nlohmann::json request) const;

  MethodTable methods_;
  Limits limits_;
};

}  // namespace freezenet::daemon
