#pragma once

#include <exception>
#include <functional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/asio.h"

namespace freezenet::net {

/// "Look again": wakes the one coroutine that waits. A call before the wait is not lost; several calls count as one.
/// Strand: the executor's, for all members.
class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor) : timer_(executor) {}

  void notify() {
    set_ = true;
    timer_.cancel();
  }
  /// True when notified, false at the deadline. May be called by one coroutine at a time.
  Awaitable<bool> wait_until(Clock::time_point deadline) {
    while (!set_ && Clock::now() < deadline) {
      timer_.expires_at(deadline);
      co_await timer_.async_wait(kTuple);
    }
    co_return std::exchange(set_, false);
  }
  Awaitable<bool> wait() { return wait_until(Clock::time_point::max()); }

 private:
  asio::steady_timer timer_;
  bool set_ = false;
};

/// Owner of coroutines: each one that it started ends before join() returns, so what they use may be destroyed
/// afterwards. A group does not cancel: whoever stops it closes the sockets and notifies the signals on which its
/// coroutines wait. Strand: the executor's, for all members; the coroutines run on it.
class TaskGroup {
 public:
  using OnError = std::function<void(const std::exception_ptr&)>;
  TaskGroup(asio::any_io_executor executor, OnError on_error)
      : executor_(std::move(executor)), on_error_(std::move(on_error)), done_(executor_, Clock::time_point::max()) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Awaitable<> task) {
    ++running_;
    asio::co_spawn(executor_, std::move(task), [this](const std::exception_ptr& error) {
      if (error) on_error_(error);
      if (--running_ == 0) done_.cancel();
    });
  }
  /// Any number of coroutines may wait at once.
  Awaitable<> join() {
    while (running_ != 0) co_await done_.async_wait(kTuple);
  }
  [[nodiscard]] std::size_t running() const { return running_; }

 private:
  asio::any_io_executor executor_;
  OnError on_error_;
  asio::steady_timer done_;
  std::size_t running_ = 0;
};

}  // namespace freezenet::net
