#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/logger.h>

#include "daemon/wallet/wallet.h"
#include "net/quiet_log.h"

namespace freezenet::daemon {

/// The wallet's thread: one step after another, so that guesses at a passphrase take turns, and scrypt and the disk
/// hold up neither RPC nor the chain. At most kMaxWaiting steps wait; more are refused with kBusy. What everybody may
/// know is kept beside it, for any thread, at once.
///
/// Starts when it is made. begin_stop() has what waits refused, stop() joins; the secrets go with the object.
class WalletService {
 public:
  static constexpr std::size_t kMaxWaiting = 8;

  WalletService(std::unique_ptr<Wallet> wallet, const SteadyClock& steady, std::shared_ptr<spdlog::logger> log);
  ~WalletService();
  WalletService(const WalletService&) = delete;
  WalletService& operator=(const WalletService&) = delete;

  /// Runs `step(Wallet&)`, which returns a Result, on the wallet's thread; completes on the caller's executor with what
  /// it returned, or with kBusy or kCancelled. By the completion view() shows what the step did.
  template <typename F>
  boost::asio::awaitable<std::invoke_result_t<F, Wallet&>> run(F step) {
    if (!enter()) co_return busy();
    auto task = [this, step = std::move(step)]() mutable -> boost::asio::awaitable<std::invoke_result_t<F, Wallet&>> {
      const Leave leave{*this};
      if (stopping_) co_return cancelled();
      auto result = step(*wallet_);
      after_step();
      co_return result;
    };
    co_return co_await boost::asio::co_spawn(io_.get_executor(), std::move(task), boost::asio::use_awaitable);
  }

  /// Locks the wallet: never refused for a full queue.
  boost::asio::awaitable<Result<>> lock();

  [[nodiscard]] std::shared_ptr<const WalletView> view() const;
  /// Seconds for which an encrypted wallet stays unlocked, rounded up; 0: locked.
  [[nodiscard]] std::uint64_t unlocked_seconds(const WalletView& view) const;

  void begin_stop() { stopping_ = true; }
  void stop();

 private:
  struct Leave {
    WalletService& service;
    ~Leave() { --service.waiting_; }
  };
  bool enter();
  static tl::unexpected<Reject> busy();
  static tl::unexpected<Reject> cancelled();
  void after_step();  // the wallet's thread
  void remind();

  std::unique_ptr<Wallet> wallet_;  // the wallet's thread only
  const SteadyClock& steady_;
  net::QuietLog log_;            // clients can make a key and a backup as often as they like
  std::size_t reminded_of_ = 0;  // keys without a backup, when the log was last told
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::shared_ptr<const WalletView> view_;  // guarded by mutex_
  boost::asio::io_context io_{1};
  boost::asio::steady_timer relock_{io_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// What people read where keys stand in no backup; empty where there is nothing to do.
std::string backup_reminder(const WalletView& view);

}  // namespace freezenet::daemon
