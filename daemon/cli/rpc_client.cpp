#include "daemon/cli/rpc_client.h"

#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "daemon/cli/rpc_response.h"
#include "daemon/rpc/basic_auth.h"

namespace freezenet::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using nlohmann::json;
using Kind = CallError::Kind;
using Response = http::response<http::string_body>;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMostResponseBytes = 512ULL << 20;  // the largest model as base64

struct Exchange {
  http::request<http::string_body> request;
  beast::error_code connecting;  // set: nothing answers
  beast::error_code talking;
  Response response;
};

asio::awaitable<void> exchange(const RpcAccess& access, std::chrono::seconds patience, Exchange& e) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [resolve_error, places] = co_await resolver.async_resolve(access.host, std::to_string(access.port), kAwaitTuple);
  e.connecting = resolve_error;
  if (e.connecting) co_return;
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(std::chrono::seconds(5));
  auto [connect_error, place] = co_await stream.async_connect(places, kAwaitTuple);
  e.connecting = connect_error;
  if (e.connecting) co_return;
  stream.expires_after(patience);
  // A server that refuses a large request answers before it has read it all: the answer says more than the failed
  // write.
  auto [write_error, written] = co_await http::async_write(stream, e.request, kAwaitTuple);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMostResponseBytes);
  auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kAwaitTuple);
  e.talking = write_error && read_error ? write_error : read_error;
  e.response = parser.release();
}

tl::unexpected<CallError> failed(Kind kind, std::string message) {
  return tl::unexpected(CallError{kind, std::move(message)});
}

}  // namespace

std::string RpcClient::address() const {
  const bool bracket = access_.host.find(':') != std::string::npos;
  return (bracket ? "[" + access_.host + "]" : access_.host) + ":" + std::to_string(access_.port);
}

tl::expected<json, CallError> RpcClient::call(const std::string& method, json params) const {
  Exchange e;
  e.request = {http::verb::post, "/", 11};
  e.request.set(http::field::host, address());
  e.request.set(http::field::authorization, BasicAuth(access_.credentials).header());
  e.request.set(http::field::content_type, "application/json");
  e.request.keep_alive(false);
  e.request.body() = json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
  e.request.prepare_payload();

  asio::io_context io{1};
  std::exception_ptr thrown;
  asio::co_spawn(io, exchange(access_, patience_, e), [&thrown](std::exception_ptr error) { thrown = error; });
  io.run();  // returns when the coroutine has ended
  if (thrown) std::rethrow_exception(thrown);
  if (e.connecting) return failed(Kind::kNoNode, e.connecting.message());
  if (e.talking)
    return failed(Kind::kBroken, "the node at " + address() + " gave no whole answer: " + e.talking.message());
  if (e.response.result() == http::status::unauthorized && !access_.credentials.starts_with(kCookieUser)) {
    return failed(Kind::kRefused, "the node at " + address() + " knows no user " +
                                      access_.credentials.substr(0, access_.credentials.find(':')) +
                                      " with this password; see its rpc-auth");
  }
  return read_response(e.response.result_int(), e.response.body(), address());
}

}  // namespace freezenet::daemon
