#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "consensus/base/result.h"
#include "daemon/rpc/arguments.h"

namespace freezenet::daemon {

/// The code of one method. Runs on the RPC thread; may await, must not block for long.
using RpcHandler = std::function<boost::asio::awaitable<Result<nlohmann::json>>(Arguments)>;

struct Method {
  Signature signature;
  RpcHandler handler;
};

/// Which methods a server offers. Filled before the server starts, constant afterwards; handlers live as long as the
/// table.
class MethodTable {
 public:
  /// A method of signatures(). Throws std::logic_error for a name that has no signature or stands there already: our
  /// bug, found at start.
  void add(std::string_view name, RpcHandler handler);
  void add(Method method);
  [[nodiscard]] const Method* find(std::string_view name) const;
  /// "no method NAME", and the one that may be meant.
  [[nodiscard]] std::string unknown(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return methods_.size(); }

 private:
  std::map<std::string, Method, std::less<>> methods_;
};

}  // namespace freezenet::daemon
