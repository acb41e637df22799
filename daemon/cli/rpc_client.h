#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "daemon/rpc_access.h"

namespace freezenet::daemon {

/// Why a call has no result.
struct CallError {
  enum class Kind {
    kNoNode,   ///< nothing answers at the address
    kRefused,  ///< the node answers, and says no
    kBroken,   ///< an answer that is none, or none in time
    kStopped,  ///< the caller gave up
  };
  Kind kind = Kind::kBroken;
  std::string message;
  std::string reject = {};  ///< error.data.reject: the stable name, where the node gave one
};

/// Calls RPC methods of one node, one connection a call. Blocks; one thread.
class RpcClient {
 public:
  /// `patience`: for a whole call; a model may take its time on a slow disk.
  explicit RpcClient(RpcAccess access, std::chrono::seconds patience = std::chrono::seconds(120))
      : access_(std::move(access)), patience_(patience) {}

  /// `params`: an array or an object.
  tl::expected<nlohmann::json, CallError> call(const std::string& method, nlohmann::json params) const {
    return call(method, std::move(params), {});
  }
  /// Gives up as soon as `stop` asks for it.
  tl::expected<nlohmann::json, CallError> call(const std::string& method, nlohmann::json params,
                                               const std::stop_token& stop) const;
  /// "127.0.0.1:19445"
  [[nodiscard]] std::string address() const;

 private:
  RpcAccess access_;
  std::chrono::seconds patience_;
};

}  // namespace freezenet::daemon
