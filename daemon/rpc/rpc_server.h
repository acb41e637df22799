#pragma once

#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/data_dir.h"
#include "daemon/rpc/basic_auth.h"
#include "daemon/rpc/rpc_limits.h"
#include "daemon/rpc/rpc_tools.h"

namespace freezenet::daemon {

struct RpcServerConfig {
  std::string address = "127.0.0.1";  ///< plain HTTP: anything but loopback shows the cookie to the network
  std::uint16_t port = 0;             ///< 0: any free one; DATADIR/rpc-address says which
  DataPaths paths;                    ///< cookie and address: written by start(), removed by stop()
  RpcLimits limits;
  std::vector<RpcUser> users = {};  ///< beside the cookie
};

/// JSON-RPC 2.0 over HTTP/1.1: for this machine's user by the cookie, for others by name and password; bounds and
/// deadlines of RpcLimits. Has an io_context
/// and a thread of its own, so that a busy chain or network can still be watched; methods run on that thread.
///
/// start() and stop() belong to one thread. stop() closes the listener and the idle connections, lets the calls at work
/// answer, and joins; what the methods use must live and answer until stop() has returned.
class RpcServer {
 public:
  /// `tools` outlives it.
  RpcServer(RpcServerConfig config, MethodTable methods, RpcTools& tools);
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;
  ~RpcServer();

  /// Listening on return. kConfig: "RPC port N is in use ..." or an address that is not this machine's; kStorage: the
  /// files.
  Result<> start();
  void stop();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Result<> listen();
  boost::asio::awaitable<void> accept();
  void admit(boost::asio::ip::tcp::socket socket);

  const RpcServerConfig config_;
  RpcTools& tools_;
  const Dispatcher dispatcher_;
  std::optional<BasicAuth> auth_;
  std::uint16_t port_ = 0;
  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_{io_};  // the rest: RPC thread once it runs
  boost::asio::steady_timer pause_{io_};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace freezenet::daemon
