#include "daemon/rpc/rpc_server.h"

#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/rpc/rpc_session.h"
#include "daemon/rpc_access.h"

namespace freezenet::daemon {

namespace asio = boost::asio;
using asio::ip::tcp;

RpcServer::RpcServer(RpcServerConfig config, MethodTable methods, RpcTools& tools)
    : config_(std::move(config)),
      tools_(tools),
      dispatcher_(std::move(methods), config_.limits.dispatch, &tools.workers, &tools.calls) {}

RpcServer::~RpcServer() { stop(); }

Result<> RpcServer::listen() {
  boost::system::error_code ec;
  const auto refuse = [&](const char* doing) {
    const std::string place = config_.address + ":" + std::to_string(config_.port);
    if (ec == asio::error::address_in_use) {
      return reject(RejectCode::kConfig, "RPC port " + std::to_string(config_.port) +
                                             " is in use; give another one with --rpc-port, or 0 for any");
    }
    return reject(RejectCode::kConfig, std::string("cannot ") + doing + " RPC address " + place + ": " + ec.message());
  };
  const auto address = asio::ip::make_address(config_.address, ec);
  if (ec) return refuse("understand");
  const tcp::endpoint endpoint(address, config_.port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec)
    acceptor_.set_option(tcp::acceptor::reuse_address(true),
                         ec);  // Linux: past connections do not block the port, a listener does
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return refuse("listen on");
  port_ = acceptor_.local_endpoint(ec).port();
  return {};
}

Result<> RpcServer::start() {
  Result<> ready = listen();
  if (ready) {
    const Result<std::string> credentials = create_cookie(config_.paths);
    if (credentials)
      auth_.emplace(*credentials, config_.users);
    else
      ready = tl::unexpected(credentials.error());
  }
  if (ready) ready = publish_rpc_address(config_.paths, config_.address, port_);
  if (!ready) {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (auth_) remove_rpc_access(config_.paths);
    return ready;
  }
  // Joined by stop(): io_.run() returns when this coroutine and those of all sessions have ended.
  asio::co_spawn(io_, accept(), [](std::exception_ptr) {});
  thread_ = std::thread([this] { io_.run(); });
  return {};
}

void RpcServer::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    stopping_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    tools_.door.turn_everybody_out();
  });
  thread_.join();
  remove_rpc_access(config_.paths);
}

asio::awaitable<void> RpcServer::accept() {
  while (!stopping_) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (stopping_) break;
    if (!error) {
      admit(std::move(socket));
    } else if (error != asio::error::connection_aborted) {
      // Out of file descriptors, most likely: trying again at once would only spin.
      pause_.expires_after(std::chrono::milliseconds(200));
      co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

void RpcServer::admit(tcp::socket socket) {
  boost::system::error_code ignored;
  const tcp::endpoint from = socket.remote_endpoint(ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  auto session = std::make_shared<RpcSession>(std::move(socket), dispatcher_, *auth_, config_.limits, tools_);
  tools_.door.enter(*session, from.address());
  // The handler holds the session until its coroutine has ended, whichever way; an exception (no memory) ends this
  // connection only.
  asio::co_spawn(io_, session->run(), [this, session](std::exception_ptr) { tools_.door.leave(*session); });
}

}  // namespace freezenet::daemon
