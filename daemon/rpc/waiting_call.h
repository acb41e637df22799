#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace freezenet::daemon {

/// One RPC call that waits for news. wait() on the RPC thread; wake() on any, before it or during it.
class WaitingCall : public std::enable_shared_from_this<WaitingCall> {
 public:
  explicit WaitingCall(const boost::asio::any_io_executor& executor) : timer_(executor) {}
  /// True once somebody has called wake(); false where `patience` ended first.
  boost::asio::awaitable<bool> wait(std::chrono::milliseconds patience);
  void wake();

 private:
  boost::asio::steady_timer timer_;
  bool woken_ = false;  // the executor's thread
};

/// The calls of one kind that wait at the same time: a bound, because each holds a connection, and an end for all of
/// them, because a server that stops lets its calls answer. Any thread.
class WaitingCalls {
 public:
  explicit WaitingCalls(std::size_t most) : most_(most) {}
  /// nullptr where too many wait, or after stop(). The caller holds the call for as long as it waits.
  std::shared_ptr<WaitingCall> add(const boost::asio::any_io_executor& executor);
  void wake_all();
  /// Wakes all, and lets nobody wait any more.
  void stop();
  [[nodiscard]] std::size_t size() const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<WaitingCall>> calls_;
  bool stopped_ = false;
};

}  // namespace freezenet::daemon
