#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "consensus/base/result.h"
#include "net/limits.h"

namespace freezenet::net {

/// Where a node listens, as people write it. The addresses of this release are the configured and the added ones; none
/// are discovered.
struct HostPort {
  std::string host;  ///< name, IPv4 or IPv6 address without brackets
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// "host:port" or "[ipv6]:port", port 1 to 65535; kConfig says what is wrong.
Result<HostPort> parse_address(std::string_view text);
/// The inverse.
std::string to_string(const HostPort& address);

/// Waiting times between attempts: doubled after each failure up to a maximum, each shortened by up to a half at random
/// so that nodes that lost the same peer do not come back in step. Pure: the random number is an argument.
class Backoff {
 public:
  Backoff(Millis first, Millis most) : first_(first), most_(most), next_(first) {}
  /// `random` in [0, 1).
  Millis after_failure(double random);
  void reset() { next_ = first_; }

 private:
  Millis first_, most_, next_;
};

}  // namespace freezenet::net
