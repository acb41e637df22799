#include "daemon/rpc/waiting_call.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace freezenet::daemon {

boost::asio::awaitable<bool> WaitingCall::wait(std::chrono::milliseconds patience) {
  if (!woken_) {
    timer_.expires_after(patience);
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  co_return woken_;
}

void WaitingCall::wake() {
  boost::asio::post(timer_.get_executor(), [self = weak_from_this()] {
    const auto call = self.lock();
    if (!call) return;
    call->woken_ = true;
    call->timer_.cancel();
  });
}

std::shared_ptr<WaitingCall> WaitingCalls::add(const boost::asio::any_io_executor& executor) {
  const std::lock_guard lock(mutex_);
  std::erase_if(calls_, [](const auto& call) { return call.expired(); });
  if (stopped_ || calls_.size() >= most_) return nullptr;
  auto call = std::make_shared<WaitingCall>(executor);
  calls_.push_back(call);
  return call;
}

void WaitingCalls::wake_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& waiting : calls_) {
    if (const auto call = waiting.lock()) call->wake();
  }
}

void WaitingCalls::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_all();
}

std::size_t WaitingCalls::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(calls_, [](const auto& call) { return !call.expired(); }));
}

}  // namespace freezenet::daemon
