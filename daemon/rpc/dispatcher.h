#pragma once

#include <optional>

#include "daemon/rpc/bounded_json.h"
#include "daemon/rpc/method_table.h"

namespace freezenet::daemon {

class ActiveCalls;
class Workers;

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

/// JSON-RPC 2.0 without its transport: text in, text out. The calls of a batch run one after another, in their order.
class Dispatcher {
 public:
  struct Limits {
    std::size_t batch = 100;
    JsonLimits json;
    std::size_t answer_bytes = 16 << 20;  ///< of one call; of a batch, all together
    std::size_t inline_bytes = 64 << 10;  ///< text beyond this is parsed and written by the workers
  };
  /// `workers` and `calls` outlive it; without them everything happens on the caller's thread, and nobody is told.
  Dispatcher(MethodTable methods, Limits limits, Workers* workers = nullptr, ActiveCalls* calls = nullptr)
      : methods_(std::move(methods)), limits_(limits), workers_(workers), calls_(calls) {}

  /// The response, or nullopt where the request holds notifications only.
  boost::asio::awaitable<std::optional<std::string>> handle(std::string request) const;

 private:
  boost::asio::awaitable<Result<nlohmann::json>> parse(std::string request) const;
  boost::asio::awaitable<std::string> text_of(nlohmann::json answer) const;
  /// `room`: bytes that the answer may still have; less afterwards.
  boost::asio::awaitable<std::optional<nlohmann::json>> call(nlohmann::json request, std::size_t& room) const;
  boost::asio::awaitable<nlohmann::json> outcome(nlohmann::json request) const;

  MethodTable methods_;
  Limits limits_;
  Workers* workers_;
  ActiveCalls* calls_;
};

/// Bytes of the value as JSON text, at least nearly, counted up to `most`: never less than its strings are long.
std::size_t json_bytes(const nlohmann::json& value, std::size_t most);

}  // namespace freezenet::daemon
