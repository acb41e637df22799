#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace freezenet::daemon {

/// A few threads for what would hold up the thread of a coroutine: signatures, files, hashes, base64 and JSON of
/// megabytes. Whoever asks waits for the answer, so the queue is as bounded as the coroutines that ask are.
class Workers {
 public:
  explicit Workers(std::size_t threads = 2) : pool_(threads) {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { stop(); }
  /// What was asked for is done; nothing may be asked for any more.
  void stop() { pool_.join(); }

  /// Runs `work()` on one of the threads and completes with its result on the caller's executor. `work` owns what it
  /// reads or reads what outlives the caller.
  template <typename F>
  boost::asio::awaitable<std::invoke_result_t<F>> run(F work) {
    // A named object: GCC 12 destroys a closure twice that is a temporary of a co_await expression.
    auto step = [work = std::move(work)]() mutable -> boost::asio::awaitable<std::invoke_result_t<F>> {
      co_return work();
    };
    co_return co_await boost::asio::co_spawn(pool_.get_executor(), std::move(step), boost::asio::use_awaitable);
  }

 private:
  boost::asio::thread_pool pool_;
};

}  // namespace freezenet::daemon
