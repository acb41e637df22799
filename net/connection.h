#pragma once

#include <atomic>
#include <deque>

#include "net/limits.h"
#include "net/messages.h"
#include "net/task_group.h"
#include "net/tls.h"

namespace freezenet::net {

/// One TCP connection with TLS: frames in, frames out. It knows no protocol above frames and decides nothing about
/// peers.
///
/// Owner: Peer. Strand: that of the socket's executor, for all members but the two byte counters, which any thread may
/// read. Stops by close(): every operation under way then ends with an error, and write_loop() returns. Memory: the
/// queue's limits, plus one frame that is read and one that is written.
class Connection {
 public:
  Connection(tcp::socket socket, asio::ssl::context& tls, std::uint32_t magic, const Limits& limits);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// kDisconnected with the system's reason.
  Awaitable<Result<>> connect(tcp::endpoint endpoint);
  /// TLS handshake; yields the other side's node id.
  Awaitable<Result<Hash256>> start_tls(bool as_server);
  /// The next frame. The header is checked before the payload is allocated. kDisconnected at the end.
  Awaitable<Result<Frame>> read();
  /// Writes what send() queued, in order, until close(), or until the last frame after finish() is out. One coroutine
  /// runs it.
  Awaitable<> write_loop();
  /// Reads and throws away until the other side closes: after finish(), so that unread bytes do not make the kernel
  /// reset the connection before the reject frame arrives.
  Awaitable<> drain();

  /// Queues a frame. False where the queue would exceed its limits: the peer does not read. Ignored (true) after
  /// finish() or close().
  bool send(const Message& message);
  /// The same with a frame of encode_frame(), which many connections may share.
  bool send_frame(std::shared_ptr<const Bytes> frame);
  /// Drops what is queued, queues `last` and closes our direction once it is out.
  void finish(const Message& last);
  void close();

  [[nodiscard]] bool is_open() const { return !closed_; }
  [[nodiscard]] bool has_tls() const { return tls_up_; }
  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }
  /// Notified when the queue gets shorter; for one waiting coroutine.
  [[nodiscard]] Signal& drained() { return drained_; }
  [[nodiscard]] Clock::time_point last_read() const { return last_read_; }
  /// When the frame that is being written last made progress; max() where none is.
  [[nodiscard]] Clock::time_point last_write() const { return last_write_; }
  [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  Awaitable<Result<>> fill(std::uint8_t* data, std::size_t size);

  TlsStream stream_;
  const std::uint32_t magic_;
  const Limits& limits_;
  std::deque<std::shared_ptr<const Bytes>> queue_;
  std::size_t queued_bytes_ = 0;
  Signal writable_;
  Signal drained_;
  bool tls_up_ = false, finishing_ = false, closed_ = false;
  bool read_ended_ = false;  // the peer closed its side, or it broke
  Clock::time_point last_read_, last_write_ = Clock::time_point::max();
  std::atomic<std::uint64_t> bytes_in_{0}, bytes_out_{0};
};

}  // namespace freezenet::net
