#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "daemon/rpc/basic_auth.h"
#include "daemon/rpc/rpc_limits.h"
#include "daemon/rpc/rpc_tools.h"

namespace freezenet::daemon {

/// One HTTP connection: requests one after another (keep-alive), each with its own deadline. Lives on the server's
/// thread and is owned by the server, which waits for run() to end. `dispatcher`, `auth`, `limits` and `tools` outlive
/// it.
class RpcSession final : public Guest {
 public:
  RpcSession(boost::asio::ip::tcp::socket socket, const Dispatcher& dispatcher, const BasicAuth& auth,
             const RpcLimits& limits, RpcTools& tools)
      : stream_(std::move(socket)),
        pause_(stream_.get_executor()),
        dispatcher_(dispatcher),
        auth_(auth),
        limits_(limits),
        tools_(tools) {}

  /// Ends when the client closes, breaks HTTP, is too slow, or after turn_out().
  boost::asio::awaitable<void> run();
  /// Ends run(): at once where it waits for the client, after the answer where a method is at work; so `stop` itself is
  /// answered.
  void turn_out() override;
  [[nodiscard]] bool idle() const override { return !serving_; }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Status = boost::beast::http::status;
  struct Refusal {
    Status status;
    std::string text;
  };

  /// One request and its answer; false: the connection is over.
  boost::asio::awaitable<bool> serve_one();
  /// Slows the client down where its secret is wrong.
  boost::asio::awaitable<std::optional<Refusal>> refusal_of(const Parser& parser);
  [[nodiscard]] std::optional<Refusal> refusal_of_known(const Parser& parser);
  boost::asio::awaitable<bool> answer(Status status, std::string body, bool keep_alive);
  /// Says why and closes, without cutting off the answer by a reset: what the client still sends is read and dropped
  /// for a moment.
  boost::asio::awaitable<void> refuse(Status status, std::string text);

  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer pause_;
  boost::beast::flat_buffer buffer_;
  const Dispatcher& dispatcher_;
  const BasicAuth& auth_;
  const RpcLimits& limits_;
  RpcTools& tools_;
  MemoryBudget::Share body_share_;  // of the request at hand, where its body is large
  bool serving_ = false;            // a request's header is here, its answer not out yet
  bool answering_ = false;          // of that, since its body is here
  bool stopping_ = false;
};

}  // namespace freezenet::daemon
