#include "net/connection.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace freezenet::net {
namespace {

constexpr std::size_t kStep = 16'384;  // a TLS record: how much is read or written before progress is noted

Reject ended(const boost::system::error_code& error) {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    return {RejectCode::kDisconnected, "the peer closed the connection"};
  }
  return {RejectCode::kDisconnected, printable(error.message(), kMaxRejectDetail)};
}

#if defined(TCP_USER_TIMEOUT) && defined(TCP_KEEPIDLE)
void set_number(tcp::socket& socket, int level, int option, Millis::rep value) {
  const int number = static_cast<int>(value);
  // Where the system refuses, the idle timeout still ends what is dead, only later.
  static_cast<void>(::setsockopt(socket.native_handle(), level, option, &number, sizeof number));
}

/// A link that goes down says nothing. By itself the kernel repeats what got lost at intervals that double, so after a
/// cut of minutes it stays silent for minutes more although the link is back. With these options it gives the
/// connection up instead, and whoever dialled dials again; a side that had nothing to send notices by its probes.
void give_up_lost_links(tcp::socket& socket, const Limits& limits) {
  const Millis::rep seconds = std::max<Millis::rep>(limits.lost_timeout.count() / 4'000, 1);
  set_number(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_number(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  set_number(socket, IPPROTO_TCP, TCP_KEEPINTVL, seconds);
  set_number(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, limits.lost_timeout.count());
}
#else
void give_up_lost_links(tcp::socket&, const Limits&) {}
#endif

}  // namespace

Connection::Connection(tcp::socket socket, asio::ssl::context& tls, std::uint32_t magic, const Limits& limits)
    : stream_(std::move(socket), tls),
      magic_(magic),
      limits_(limits),
      writable_(stream_.get_executor()),
      drained_(stream_.get_executor()),
      last_read_(Clock::now()) {}

Awaitable<Result<>> Connection::connect(tcp::endpoint endpoint) {
  auto [error] = co_await stream_.next_layer().async_connect(endpoint, kTuple);
  if (error) co_return tl::unexpected<Reject>(ended(error));
  co_return Result<>{};
}

Awaitable<Result<Hash256>> Connection::start_tls(bool as_server) {
  boost::system::error_code ignored;
  stream_.next_layer().set_option(tcp::no_delay(true), ignored);
  give_up_lost_links(stream_.next_layer(), limits_);
  const auto side = as_server ? asio::ssl::stream_base::server : asio::ssl::stream_base::client;
  auto [error] = co_await stream_.async_handshake(side, kTuple);
  if (error) co_return tl::unexpected<Reject>(ended(error));
  if (closed_) co_return reject(RejectCode::kDisconnected, "closed during the TLS handshake");
  tls_up_ = true;
  last_read_ = Clock::now();
  co_return peer_node_id(stream_);
}

Awaitable<Result<>> Connection::fill(std::uint8_t* data, std::size_t size) {
  auto progress = [this](const boost::system::error_code& error, std::size_t) -> std::size_t {
    last_read_ = Clock::now();
    return error ? 0 : kStep;
  };
  auto [error, n] = co_await asio::async_read(stream_, asio::buffer(data, size), progress, kTuple);
  bytes_in_ += n;
  read_ended_ = static_cast<bool>(error);
  if (error) co_return tl::unexpected<Reject>(ended(error));
  co_return Result<>{};
}

Awaitable<Result<Frame>> Connection::read() {
  std::array<std::uint8_t, FrameHeader::kSize> head{};
  Result<> filled = co_await fill(head.data(), head.size());
  if (!filled) co_return tl::unexpected<Reject>(filled.error());
  const Result<FrameHeader> header = decode_frame_header(head, magic_);
  if (!header) co_return tl::unexpected<Reject>(header.error());
  Frame frame;
  frame.type = header->type;
  frame.payload.resize(header->length);
  filled = co_await fill(frame.payload.data(), frame.payload.size());
  if (!filled) co_return tl::unexpected<Reject>(filled.error());
  co_return frame;
}

Awaitable<> Connection::write_loop() {
  while (!closed_) {
    if (queue_.empty()) {
      if (finishing_) break;
      co_await writable_.wait();
      continue;
    }
    const std::shared_ptr<const Bytes> frame = std::move(queue_.front());
    queue_.pop_front();
    last_write_ = Clock::now();
    auto progress = [this](const boost::system::error_code& error, std::size_t) -> std::size_t {
      last_write_ = Clock::now();
      return error ? 0 : kStep;
    };
    auto [error, n] = co_await asio::async_write(stream_, asio::buffer(*frame), progress, kTuple);
    last_write_ = Clock::time_point::max();
    bytes_out_ += n;
    queued_bytes_ -= frame->size();
    drained_.notify();
    if (error) {
      close();
      co_return;
    }
  }
  if (closed_) co_return;
  boost::system::error_code ignored;
  stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
}

Awaitable<> Connection::drain() {
  std::array<std::uint8_t, 4096> bin;
  // After an end that was read already no other one comes.
  while (!closed_ && tls_up_ && !read_ended_) {
    auto [error, n] = co_await stream_.async_read_some(asio::buffer(bin), kTuple);
    bytes_in_ += n;
    if (error) co_return;
  }
}

bool Connection::send(const Message& message) {
  return send_frame(std::make_shared<const Bytes>(encode_frame(magic_, type_of(message), encode(message))));
}

bool Connection::send_frame(std::shared_ptr<const Bytes> frame) {
  if (closed_ || finishing_) return true;
  const bool fits =
      queue_.size() < limits_.max_queue_messages && queued_bytes_ + frame->size() <= limits_.max_queue_bytes;
  if (!fits) return false;
  queued_bytes_ += frame->size();
  queue_.push_back(std::move(frame));
  writable_.notify();
  return true;
}

void Connection::finish(const Message& last) {
  if (closed_ || finishing_) return;
  for (const auto& frame : queue_) queued_bytes_ -= frame->size();
  queue_.clear();
  send(last);
  finishing_ = true;
  writable_.notify();
  drained_.notify();
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  boost::system::error_code ignored;
  stream_.next_layer().close(ignored);
  writable_.notify();
  drained_.notify();
}

}  // namespace freezenet::net
