#include "daemon/rpc/rpc_session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace freezenet::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kLinger{1000};
constexpr std::size_t kStrangersBytes = 64 << 10;  // of a body that nobody asked for

bool is_http_error(const beast::error_code& ec) {
  return ec.category() == make_error_code(http::error::bad_version).category();
}

}  // namespace

asio::awaitable<void> RpcSession::run() {
  bool more = true;
  while (more && !stopping_) {
    more = co_await serve_one();
    serving_ = false;
  }
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
}

void RpcSession::turn_out() {
  stopping_ = true;
  pause_.cancel();
  if (!answering_) stream_.close();
}

asio::awaitable<bool> RpcSession::serve_one() {
  body_share_ = {};
  Parser parser;
  parser.header_limit(limits_.header_bytes);
  parser.body_limit(boost::none);  // judged below, once it is known who asks
  stream_.expires_after(limits_.header);
  auto [header_error, header_read] = co_await http::async_read_header(stream_, buffer_, parser, kAwaitTuple);
  if (header_error == http::error::header_limit)
    co_await refuse(Status::request_header_fields_too_large, "the request's header is too large\n");
  else if (header_error && header_error != http::error::end_of_stream && is_http_error(header_error))
    co_await refuse(Status::bad_request, "not HTTP/1.1\n");
  if (header_error) co_return false;

  serving_ = true;
  if (std::optional<Refusal> refusal = co_await refusal_of(parser)) {
    co_await refuse(refusal->status, std::move(refusal->text));
    co_return false;
  }
  stream_.expires_after(limits_.body);
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    auto [error, written] = co_await asio::async_write(stream_, asio::buffer(kContinue), kAwaitTuple);
    if (error) co_return false;
  }
  parser.body_limit(limits_.body_bytes);
  auto [body_error, body_read] = co_await http::async_read(stream_, buffer_, parser, kAwaitTuple);
  if (body_error == http::error::body_limit) co_await refuse(Status::payload_too_large, "the request is too large\n");
  if (body_error) co_return false;

  answering_ = true;
  const bool keep_alive = parser.get().keep_alive();
  std::optional<std::string> response = co_await dispatcher_.handle(std::move(parser.get().body()));
  Status status = response ? Status::ok : Status::no_content;
  body_share_ = {};
  MemoryBudget::Share answer_share;
  if (response && response->size() > limits_.small_bytes) {
    answer_share = tools_.budget.take(response->size());
    if (!answer_share) {
      status = Status::service_unavailable;
      response = "others still take large answers; ask again in a moment\n";
    }
  }
  const bool more = co_await answer(status, std::move(response).value_or(std::string()), keep_alive && !stopping_);
  answering_ = false;
  co_return more;
}

asio::awaitable<std::optional<RpcSession::Refusal>> RpcSession::refusal_of(const Parser& parser) {
  const auto authorization = parser.get()[http::field::authorization];
  if (auth_.accepts({authorization.data(), authorization.size()})) co_return refusal_of_known(parser);
  if (const auto wait = tools_.door.wrong_login(*this); wait.count() > 0) {
    pause_.expires_after(wait);
    co_await pause_.async_wait(kAwaitTuple);
  }
  co_return Refusal{Status::unauthorized, "user and password, or the cookie, are missing or wrong\n"};
}

std::optional<RpcSession::Refusal> RpcSession::refusal_of_known(const Parser& parser) {
  const auto& request = parser.get();
  if (!tools_.door.recognise(*this))
    return Refusal{Status::service_unavailable, "all connections are at work; ask again in a moment\n"};
  if (request.method() != http::verb::post) return Refusal{Status::method_not_allowed, "JSON-RPC takes POST only\n"};
  if (request.target() != "/") return Refusal{Status::not_found, "JSON-RPC is served at /\n"};
  const auto length = parser.content_length();
  if (length && *length > limits_.body_bytes) {
    return Refusal{Status::payload_too_large, "the request has " + std::to_string(*length) + " bytes; at most " +
                                                  std::to_string(limits_.body_bytes) + " are taken\n"};
  }
  // A body of unknown length may become as long as any.
  const std::uint64_t bytes = length ? *length : parser.chunked() ? limits_.body_bytes : 0;
  if (bytes > limits_.small_bytes) {
    body_share_ = tools_.budget.take(bytes);
    if (!body_share_) {
      return Refusal{Status::service_unavailable, "others are sending large requests; ask again in a moment\n"};
    }
  }
  return std::nullopt;
}

asio::awaitable<bool> RpcSession::answer(Status status, std::string body, bool keep_alive) {
  http::response<http::string_body> response(status, 11);
  if (status == Status::unauthorized) response.set(http::field::www_authenticate, "Basic realm=\"freezenet\"");
  if (status == Status::method_not_allowed) response.set(http::field::allow, "POST");
  if (status == Status::service_unavailable) response.set(http::field::retry_after, "1");
  if (!body.empty()) response.set(http::field::content_type, status == Status::ok ? "application/json" : "text/plain");
  response.body() = std::move(body);
  response.keep_alive(keep_alive);
  if (status != Status::no_content) response.prepare_payload();
  stream_.expires_after(limits_.write);
  auto [error, written] = co_await http::async_write(stream_, response, kAwaitTuple);
  co_return !error && keep_alive;
}

asio::awaitable<void> RpcSession::refuse(Status status, std::string text) {
  co_await answer(status, std::move(text), false);
  beast::error_code failed;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, failed);
  stream_.expires_after(kLinger);
  std::array<char, 4096> dropped;
  std::size_t bytes = 0;
  while (!failed && (status != Status::unauthorized || bytes < kStrangersBytes)) {
    auto [error, read] = co_await stream_.async_read_some(asio::buffer(dropped), kAwaitTuple);
    failed = error;
    bytes += read;
  }
}

}  // namespace freezenet::daemon
