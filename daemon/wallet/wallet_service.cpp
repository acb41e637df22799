#include "daemon/wallet/wallet_service.h"

namespace freezenet::daemon {

WalletService::WalletService(std::unique_ptr<Wallet> wallet, const SteadyClock& steady,
                             std::shared_ptr<spdlog::logger> log)
    : wallet_(std::move(wallet)),
      steady_(steady),
      log_(std::move(log), net::Limits{}),
      view_(std::make_shared<const WalletView>(wallet_->view())),
      work_(boost::asio::make_work_guard(io_)) {
  remind();
  thread_ = std::thread([this] { io_.run(); });
}

WalletService::~WalletService() { stop(); }

void WalletService::stop() {
  begin_stop();
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] { relock_.cancel(); });
  work_.reset();
  thread_.join();
}

bool WalletService::enter() {
  if (++waiting_ <= kMaxWaiting) return true;
  --waiting_;
  return false;
}

tl::unexpected<Reject> WalletService::busy() {
  return reject(RejectCode::kBusy, "the wallet is busy with other requests; try again in a second");
}

tl::unexpected<Reject> WalletService::cancelled() { return reject(RejectCode::kCancelled, "the node is stopping"); }

boost::asio::awaitable<Result<>> WalletService::lock() {
  ++waiting_;  // beyond the bound: one call of a client each, and it costs nothing
  auto task = [this]() -> boost::asio::awaitable<Result<>> {
    const Leave leave{*this};
    auto result = wallet_->lock();
    after_step();
    co_return result;
  };
  co_return co_await boost::asio::co_spawn(io_.get_executor(), std::move(task), boost::asio::use_awaitable);
}

std::shared_ptr<const WalletView> WalletService::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

std::uint64_t WalletService::unlocked_seconds(const WalletView& view) const {
  if (!view.unlocked_until) return 0;
  const auto left = std::chrono::ceil<std::chrono::seconds>(*view.unlocked_until - steady_.now()).count();
  return left > 0 ? static_cast<std::uint64_t>(left) : 0;
}

void WalletService::after_step() {
  auto fresh = std::make_shared<const WalletView>(wallet_->view());
  {
    const std::lock_guard lock(mutex_);
    view_ = fresh;
  }
  remind();
  // The time of an unlock ends for every caller at its moment, by the wallet itself; this only clears the memory.
  if (!fresh->unlocked_until) {
    relock_.cancel();
    return;
  }
  relock_.expires_at(*fresh->unlocked_until);
  relock_.async_wait([this](const boost::system::error_code& stopped) {
    if (stopped) return;
    wallet_->lock_where_due();
    const std::lock_guard lock(mutex_);
    view_ = std::make_shared<const WalletView>(wallet_->view());
  });
}

void WalletService::remind() {
  const auto now = view();
  const std::size_t missing = now->not_backed_up();
  // Once when there is something to remind of: clients can make many keys, and many backups.
  if (missing != 0 && reminded_of_ == 0) log_.event(backup_reminder(*now), spdlog::level::warn);
  reminded_of_ = missing;
}

std::string backup_reminder(const WalletView& view) {
  const std::size_t missing = view.not_backed_up();
  if (missing == 0) return {};
  return std::to_string(missing) + " of " + std::to_string(view.entries.size()) +
         (view.entries.size() == 1 ? " key" : " keys") + " of the wallet " + view.file.string() +
         (missing == 1 ? " stands" : " stand") + " in no backup: make one with backupwallet";
}

}  // namespace freezenet::daemon
