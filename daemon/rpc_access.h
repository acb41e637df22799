#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/data_dir.h"

namespace freezenet::daemon {

/// How a program of the same user reaches a running node: DATADIR/.cookie holds "__cookie__:" and 64 random hexadecimal
/// digits, for HTTP's basic authentication; DATADIR/rpc-address holds "HOST:PORT" as it is bound, so that whoever knows
/// the data folder needs no port.
struct RpcAccess {
  std::string host;
  std::uint16_t port = 0;
  std::string credentials;  ///< "user:password"
};

/// New credentials for this run, written 0600. Returns them.
Result<std::string> create_cookie(const DataPaths& paths);
/// Called once the port is bound. An IPv6 host is written in brackets.
Result<> publish_rpc_address(const DataPaths& paths, const std::string& host, std::uint16_t port);
/// At a clean stop: no stale cookie or address stays behind.
void remove_rpc_access(const DataPaths& paths);

/// What a client asks with that does not use the cookie.
struct RpcLogin {
  std::string host;  ///< empty: this machine
  std::string user;
  std::string password;
};
/// The password in a file: its first line. kStorage: it cannot be read, others than its owner may read it, or it is
/// empty.
Result<std::string> read_rpc_password(const std::filesystem::path& file);

/// For clients. `port` given: that port on `fallback_host`; else rpc-address where the file exists, else fallback_host
/// and fallback_port. kNotFound: "no node is running on DATADIR (no cookie file) ..."; kStorage for a file that cannot
/// be read or understood. With a login no cookie is needed, and rpc-address is looked at on this machine only.
Result<RpcAccess> find_rpc_access(const DataPaths& paths, std::optional<std::uint16_t> port,
                                  const std::string& fallback_host, std::uint16_t fallback_port,
                                  const std::optional<RpcLogin>& login = std::nullopt);

}  // namespace freezenet::daemon
