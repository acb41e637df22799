#pragma once

#include <string>
#include <string_view>

namespace freezenet::daemon {

/// HTTP Basic authentication (RFC 7617) with one user: whoever can read the cookie file. Immutable, so any thread may
/// ask.
class BasicAuth {
 public:
  /// `credentials`: "user:password".
  explicit BasicAuth(std::string_view credentials);

  /// The value of the Authorization header that a client sends.
  [[nodiscard]] const std::string& header() const { return header_; }
  /// Whether a client's Authorization header is right. Every wrong one of the right length takes equally long.
  [[nodiscard]] bool accepts(std::string_view authorization) const;

 private:
  std::string header_;
};

}  // namespace freezenet::daemon
