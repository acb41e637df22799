#pragma once

#include <deque>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace freezenet::daemon {

/// Lets coroutines of one thread through one at a time, in the order in which they came. Outlives them.
class Turns {
 public:
  /// Whose turn it is; the next one's when it goes.
  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->next();
    }

   private:
    Turns* turns_;
  };

  boost::asio::awaitable<Turn> take() {
    if (!std::exchange(taken_, true)) co_return Turn(*this);
    // A timer that never expires: cancelling it is the signal.
    auto signal = std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor,
                                                              boost::asio::steady_timer::time_point::max());
    waiting_.push_back(signal);
    co_await signal->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return Turn(*this);
  }

 private:
  void next() {
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    const auto signal = std::move(waiting_.front());
    waiting_.pop_front();
    signal->cancel();
  }

  bool taken_ = false;
  std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace freezenet::daemon
