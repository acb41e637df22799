#include "net/peer.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "consensus/base/hex.h"

namespace freezenet::net {
namespace {

std::int64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

/// A frame with the reason is worth sending where the other side is there and can learn from it.
bool worth_telling(const Reject& why) {
  return why.code != RejectCode::kDisconnected && why.code != RejectCode::kCancelled;
}

}  // namespace

Peer::Peer(PeerId id, tcp::socket socket, bool inbound, std::uint64_t group, std::string address, const Shared& shared)
    : id_(id),
      inbound_(inbound),
      group_(group),
      shared_(shared),
      strand_(socket.get_executor()),
      connection_(std::move(socket), shared.tls, shared.magic, shared.limits),
      tasks_(strand_, [this](const std::exception_ptr& error) { broke(error); }),
      server_(*this, shared.chain, shared.limits, strand_),
      sync_(*this, shared.sync, strand_),
      relay_(*this, shared.chain, shared.limits, strand_),
      alarm_(strand_),
      pings_(shared.limits.pings_per_second, shared.limits.ping_burst, Clock::now()),
      started_(Clock::now()) {
  info_.id = id;
  info_.address = std::move(address);
  info_.inbound = inbound;
  info_.connected_since = unix_seconds();
}

Awaitable<Peer::Outcome> Peer::run(std::optional<tcp::endpoint> dial) {
  const std::shared_ptr<Peer> self = shared_from_this();
  tasks_.spawn(watchdog());
  try {
    const Result<> established = co_await establish(dial);
    if (!established) {
      fail(established.error());
    } else if (!ending_) {
      co_await read_loop();
    }
  } catch (...) {
    broke(std::current_exception());
  }
  co_await connection_.drain();
  connection_.close();
  finished_ = true;
  sync_.stop();
  server_.stop();
  relay_.stop();
  alarm_.notify();
  co_await tasks_.join();
  Outcome outcome{ready_, info().node_id, *ending_};
  co_return outcome;
}

Awaitable<Result<>> Peer::establish(std::optional<tcp::endpoint> dial) {
  if (ending_) co_return tl::unexpected<Reject>(*ending_);
  if (dial) {
    const Result<> connected = co_await connection_.connect(*dial);
    if (!connected) co_return connected;
  }
  const Result<Hash256> node_id = co_await connection_.start_tls(inbound_);
  if (connection_.has_tls())
    tasks_.spawn(connection_.write_loop());  // also for the reject frame, if that is all there will be
  if (!node_id) co_return tl::unexpected<Reject>(node_id.error());
  {
    const std::lock_guard lock(info_mutex_);
    info_.node_id = *node_id;
  }
  // Who dials makes sure first that it has no other connection of its own to this node, so that the other side may
  // believe that a second hello means that the first connection is lost.
  if (!inbound_) {
    const Result<> free = claim(*node_id);
    if (!free) co_return free;
    co_await send_hello();
  }
  const Result<Hello> hello = co_await read_hello();
  if (!hello) co_return tl::unexpected<Reject>(hello.error());
  const Result<> fits = check_hello(shared_.local, *hello);
  if (!fits) co_return fits;
  if (inbound_) {
    const Result<> free = claim(*node_id);
    if (!free) co_return free;
    co_await send_hello();
  }
  if (!ending_) greet(*hello);
  co_return Result<>{};
}

Awaitable<Result<Hello>> Peer::read_hello() {
  const Result<Frame> frame = co_await connection_.read();
  if (!frame) co_return tl::unexpected<Reject>(frame.error());
  if (frame->type != MessageType::kHello && frame->type != MessageType::kReject) {
    co_return reject(RejectCode::kUnexpectedMessage, "the first message is no hello");
  }
  const Result<Message> message = decode(frame->type, frame->payload);
  if (!message) co_return tl::unexpected<Reject>(message.error());
  if (const auto* refusal = std::get_if<RejectMessage>(&*message)) {
    co_return tl::unexpected<Reject>(on(*refusal).error());
  }
  co_return std::get<Hello>(*message);
}

Awaitable<> Peer::send_hello() {
  const ChainSummary chain = co_await shared_.chain.summary();
  send(make_hello(shared_.local, chain));
}

Result<> Peer::claim(const Hash256& node_id) {
  const auto displaced = shared_.registry.claim(id_, node_id, Clock::now());
  if (!displaced) return tl::unexpected<Reject>(displaced.error());
  if (*displaced) (*displaced)->close({RejectCode::kDuplicatePeer, "another connection to this node takes over"});
  return {};
}

void Peer::greet(const Hello& hello) {
  ready_ = true;
  {
    const std::lock_guard lock(info_mutex_);
    info_.ready = true;
    info_.user_agent = hello.user_agent;
    info_.height = hello.height;
    info_.flags = hello.flags;
    info_.listen_port = hello.listen_port;
  }
  shared_.log.event("peer " + label() + " connected: " + hello.user_agent + ", height " + std::to_string(hello.height));
  tasks_.spawn(server_.run());
  tasks_.spawn(sync_.run(hello.tip, hello.flags));
  tasks_.spawn(relay_.run(hello.height));
  send_ping();
}

Awaitable<> Peer::read_loop() {
  while (!ending_) {
    const Result<Frame> frame = co_await connection_.read();
    if (ending_) co_return;
    const Result<> handled = frame ? handle(*frame) : tl::unexpected<Reject>(frame.error());
    if (!handled) fail(handled.error());
  }
}

Result<> Peer::handle(const Frame& frame) {
  Result<Message> message = decode(frame.type, frame.payload);
  if (!message) return tl::unexpected<Reject>(message.error());
  return std::visit(
      [this](auto&& m) -> Result<> {
        using T = std::decay_t<decltype(m)>;
        if constexpr (std::is_constructible_v<BlockServer::Request, T>) {
          return server_.push(std::move(m));
        } else if constexpr (std::is_same_v<T, Hello> || std::is_same_v<T, Ping> || std::is_same_v<T, Pong> ||
                             std::is_same_v<T, RejectMessage>) {
          return on(m);
        } else if constexpr (std::is_same_v<T, HaveTransactions> || std::is_same_v<T, Transactions>) {
          return relay_.on(std::move(m));
        } else {
          return sync_.on(std::move(m));
        }
      },
      std::move(*message));
}

Result<> Peer::on(const Hello&) { return reject(RejectCode::kUnexpectedMessage, "a second hello"); }

Result<> Peer::on(const Ping& message) {
  if (pings_.take(Clock::now())) send(Pong{message.nonce});
  return {};
}

Result<> Peer::on(const Pong& message) {
  if (!ping_open_ || message.nonce != ping_nonce_) return {};
  ping_open_ = false;
  const std::lock_guard lock(info_mutex_);
  info_.latency_ms = std::chrono::duration<double, std::milli>(Clock::now() - ping_sent_).count();
  return {};
}

/// The peer's own words end in our logs as its words; the connection is over either way.
Result<> Peer::on(const RejectMessage& message) {
  told_by_peer_ = true;
  return reject(RejectCode::kDisconnected, "the peer says " + message.code + ": " + message.detail);
}

Awaitable<> Peer::watchdog() {
  while (!finished_) {
    const Clock::time_point next = check_times();
    co_await alarm_.wait_until(next);
  }
}

/// Acts on whatever is due; returns when to look again.
Clock::time_point Peer::check_times() {
  const Limits& limits = shared_.limits;
  const Clock::time_point now = Clock::now();
  if (!ending_) {
    const Clock::time_point last_write = connection_.last_write();
    if (!ready_ && now >= started_ + limits.handshake_timeout) {
      fail({RejectCode::kTimeout, "no handshake in time"});
    } else if (ready_ && now >= connection_.last_read() + limits.idle_timeout) {
      fail({RejectCode::kTimeout, "silent for too long"});
    } else if (last_write != Clock::time_point::max() && now >= last_write + limits.write_timeout) {
      fail({RejectCode::kTimeout, "does not read what it is sent"});
    } else if (ready_ && now >= next_ping_) {
      send_ping();
    }
  }
  if (ending_) {
    if (now < close_by_) return close_by_;
    connection_.close();
    return Clock::time_point::max();
  }
  Clock::time_point next = now + limits.write_timeout;
  next = std::min(next, ready_ ? connection_.last_read() + limits.idle_timeout : started_ + limits.handshake_timeout);
  return ready_ ? std::min(next, next_ping_) : next;
}

void Peer::send_ping() {
  next_ping_ = Clock::now() + shared_.limits.ping_interval;
  ping_sent_ = Clock::now();
  ping_open_ = true;
  send(Ping{++ping_nonce_});
  alarm_.notify();
}

void Peer::send(const Message& message) {
  if (ending_) return;
  if (!connection_.send(message)) fail({RejectCode::kTimeout, "does not read what it is sent"});
}

Awaitable<> Peer::wait_for_room() {
  while (!ending_ && connection_.queued_bytes() > shared_.limits.max_queue_bytes / 4)
    co_await connection_.drained().wait();
}

void Peer::fail(const Reject& why) {
  if (ending_) return;
  ending_ = why;
  close_by_ = Clock::now() + shared_.limits.close_timeout;
  const Blame who = blame(why.code);
  // Before the handshake is done the peer may just be a node of something else on the same machine.
  if (ready_ && (who == Blame::kSender || who == Blame::kBlock)) shared_.registry.discourage(id_, Clock::now());
  if (why.code != RejectCode::kCancelled) {
    const PeerInfo now = info();
    const std::string text = printable(why.message(), kMaxRejectName + kMaxRejectDetail);
    shared_.registry.note_reject({unix_seconds(), now.address, now.node_id, told_by_peer_, text});
    shared_.log.event("peer " + label() + " ends: " + text);
  }
  if (connection_.has_tls() && worth_telling(why)) {
    connection_.finish(RejectMessage{std::string(name(why.code)), why.detail});
  } else {
    connection_.close();
  }
  sync_.stop();
  server_.stop();
  relay_.stop();
  alarm_.notify();
}

/// Without one of its coroutines a peer would stay and do half of its work: it ends, and may be dialled again.
void Peer::broke(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    shared_.log.own().error("a peer's task ended with an exception: {}", e.what());
  } catch (...) {
    shared_.log.own().error("a peer's task ended with an exception");
  }
  fail({RejectCode::kDisconnected, "internal error"});
}

void Peer::saw_height(std::uint64_t height) {
  const std::lock_guard lock(info_mutex_);
  info_.height = std::max(info_.height, height);
}

void Peer::close(Reject why) {
  asio::post(strand_, [self = shared_from_this(), why = std::move(why)] { self->fail(why); });
}

void Peer::announce(std::shared_ptr<const Bytes> frame) {
  asio::post(strand_, [self = shared_from_this(), frame = std::move(frame)]() mutable {
    if (!self->ready_ || self->ending_) return;
    if (!self->connection_.send_frame(std::move(frame)))
      self->fail({RejectCode::kTimeout, "does not read what it is sent"});
  });
}

void Peer::wake(bool chain_changed) {
  asio::post(strand_, [self = shared_from_this(), chain_changed] {
    self->sync_.wake(chain_changed);
    if (chain_changed) self->relay_.wake();
  });
}

void Peer::tell_transaction(const Hash256& id) {
  asio::post(strand_, [self = shared_from_this(), id] {
    if (self->ready_) self->relay_.tell(id);
  });
}

PeerInfo Peer::info() const {
  const std::lock_guard lock(info_mutex_);
  PeerInfo copy = info_;
  copy.bytes_in = connection_.bytes_in();
  copy.bytes_out = connection_.bytes_out();
  return copy;
}

std::string Peer::label() const {
  const PeerInfo now = info();
  return std::to_string(id_) + " (" + (inbound_ ? "from " : "to ") + now.address + ", node " +
         to_hex(now.node_id).substr(0, 16) + ")";
}

}  // namespace freezenet::net
