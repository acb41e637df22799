#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/rpc/rpc_auth.h"

namespace freezenet::daemon {

/// HTTP Basic authentication (RFC 7617): whoever can read the cookie file, and the users of rpc-auth. Immutable, so any
/// thread may ask.
class BasicAuth {
 public:
  /// `credentials`: "user:password", those of the cookie.
  explicit BasicAuth(std::string_view credentials, std::vector<RpcUser> users = {});

  /// The value of the Authorization header that a client with the credentials sends.
  [[nodiscard]] const std::string& header() const { return header_; }
  /// Who a client's Authorization header proves to be; nullopt where it is wrong. Costs one HMAC at most, the same for
  /// users that are known and for others; how far a wrong secret is right does not show in the time.
  [[nodiscard]] std::optional<std::string> user_of(std::string_view authorization) const;
  [[nodiscard]] bool accepts(std::string_view authorization) const { return user_of(authorization).has_value(); }

 private:
  [[nodiscard]] bool is_cookie(std::string_view authorization) const;

  std::string header_;
  std::vector<RpcUser> users_;
};

}  // namespace freezenet::daemon
