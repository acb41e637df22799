#pragma once

#include <string>
#include <string_view>

#include "daemon/cli/rpc_client.h"

namespace freezenet::daemon {

/// The result in what was answered to one call: HTTP's status and body. Whoever holds the port wrote them: the body is
/// bounded by the caller, its nesting here, because a value is printed by recursion. kBroken where no node answers
/// like this, with `address` in the words.
tl::expected<nlohmann::json, CallError> read_response(unsigned status, std::string_view body,
                                                      const std::string& address);

}  // namespace freezenet::daemon
