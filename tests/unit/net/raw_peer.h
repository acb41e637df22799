#pragma once

#include <future>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "net/handshake.h"
#include "net/tls.h"
#include "tests/unit/net/test_node.h"

namespace freezenet::net::testing {

/// A scripted peer: says what the test says, byte for byte. Every operation has the deadline kPatience. One thread: the
/// test's.
class RawPeer {
 public:
  RawPeer() : identity(*NodeIdentity::generate()), tls_(*make_tls_context(identity)), stream_(context_, tls_) {}

  bool dial(std::uint16_t port) {
    boost::system::error_code error;
    stream_.next_layer().connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), port), error);
    if (error) return false;
    return finish([&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); });
  }
  /// Waits for one connection on an own port.
  std::uint16_t listen() {
    acceptor_.emplace(context_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    return acceptor_->local_endpoint().port();
  }
  bool accept() {
    return finish([&](auto done) { acceptor_->async_accept(stream_.next_layer(), done); }) &&
           finish([&](auto done) { stream_.async_handshake(asio::ssl::stream_base::server, done); });
  }
  bool send_raw(const Bytes& bytes) {
    return finish([&](auto done) {
      asio::async_write(stream_, asio::buffer(bytes), [done](auto error, std::size_t) { done(error); });
    });
  }
  bool send(const Message& message) { return send_raw(encode_frame(kTestMagic, type_of(message), encode(message))); }
  /// The next message; nullopt at the end of the connection or the deadline.
  std::optional<Message> read() {
    Bytes head(FrameHeader::kSize);
    if (!fill(head)) return std::nullopt;
    const auto header = decode_frame_header(head, kTestMagic);
    if (!header) return std::nullopt;
    Bytes payload(header->length);
    if (!payload.empty() && !fill(payload)) return std::nullopt;
    auto message = decode(header->type, payload);
    if (!message) return std::nullopt;
    return std::move(*message);
  }
  /// Reads until a message of this type comes; pings are answered on the way.
  template <typename T>
  std::optional<T> expect() {
    while (auto message = read()) {
      if (auto* found = std::get_if<T>(&*message)) return std::move(*found);
      if (auto* ping = std::get_if<Ping>(&*message)) send(Pong{ping->nonce});
    }
    return std::nullopt;
  }
  Hello hello(const Hash256& tip = test_genesis(), std::uint64_t height = 0) const {
    const LocalNode local{"testnet", test_genesis(), 1, "raw", 0, flags};
    ChainSummary chain;
    chain.tip = tip;
    chain.height = height;
    return make_hello(local, chain);
  }
  /// Dials and shakes hands; the node then asks for headers.
  bool join(std::uint16_t port, const Hash256& tip = test_genesis(), std::uint64_t height = 0) {
    return dial(port) && send(hello(tip, height)) && expect<Hello>().has_value();
  }
  /// Joins as a node that has these blocks, up to the first request for one.
  bool join_with(std::uint16_t port, const std::vector<FakeBlock>& blocks) {
    if (!join(port, blocks.back().hash, blocks.size())) return false;
    return expect<GetHeaders>().has_value() && send_headers(blocks);
  }
  bool send_headers(const std::vector<FakeBlock>& blocks) {
    Headers headers;
    for (const auto& block : blocks) headers.headers.push_back(block.header);
    return send(headers);
  }
  void hang_up() {
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
  }

  NodeIdentity identity;
  std::uint32_t flags = 0;  ///< of its hello

 private:
  bool fill(Bytes& into) {
    return finish([&](auto done) {
      asio::async_read(stream_, asio::buffer(into), [done](auto error, std::size_t) { done(error); });
    });
  }
  template <typename Start>
  bool finish(Start start) {
    auto result = std::make_shared<std::optional<boost::system::error_code>>();
    start([result](const boost::system::error_code& error) { *result = error; });
    context_.restart();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!*result && context_.run_one_until(deadline) != 0) {
    }
    return *result && !**result;
  }

  asio::io_context context_;
  asio::ssl::context tls_;
  TlsStream stream_;
  std::optional<tcp::acceptor> acceptor_;
};

}  // namespace freezenet::net::testing
