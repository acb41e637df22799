#include "daemon/chain_verification.h"

#include <chrono>
#include <limits>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/logger.h>

#include "daemon/storage/sqlite_chain_store.h"

namespace freezenet::daemon {
namespace {

using Clock = std::chrono::steady_clock;

/// A line after a second, and then every ten.
class Progress {
 public:
  Progress(std::shared_ptr<spdlog::logger> log, const std::atomic<bool>& stopping)
      : log_(std::move(log)), stopping_(stopping) {}

  Result<> operator()(std::uint64_t done, std::uint64_t steps) {
    if (stopping_) return reject(RejectCode::kCancelled, "the node stops");
    const auto now = Clock::now();
    if (now >= next_) {
      log_->info("verifychain: {} of {} steps", done, steps);
      next_ = now + std::chrono::seconds(10);
    }
    return {};
  }

 private:
  std::shared_ptr<spdlog::logger> log_;
  const std::atomic<bool>& stopping_;
  Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
};

}  // namespace

boost::asio::awaitable<Result<ChainVerification::Report>> ChainVerification::run(unsigned level, std::uint64_t blocks) {
  if (running_.exchange(true)) co_return reject(RejectCode::kBusy, "the chain is being verified already");
  // A named object: GCC 12 destroys a closure twice that is a temporary of a co_await expression.
  auto work = [this, level, blocks]() -> boost::asio::awaitable<Result<Report>> { co_return verify(level, blocks); };
  auto report = co_await boost::asio::co_spawn(pool_, std::move(work), boost::asio::use_awaitable);
  running_ = false;
  co_return report;
}

Result<ChainVerification::Report> ChainVerification::verify(unsigned level, std::uint64_t blocks) {
  if (stopping_) return reject(RejectCode::kCancelled, "the node stops");
  Report report;
  const auto wrong = [&](const Reject& why) -> Result<Report> {
    if (why.code != RejectCode::kStorage) return tl::unexpected(why);
    report.reason = with_repair(why, "; stop the node and start it with --reindex").detail;
    log_.event("verifychain: " + report.reason, spdlog::level::err);
    return report;
  };
  auto store = SqliteChainStore::open_snapshot(parts_.database, parts_.params.genesis_hash());
  if (!store) return wrong(store.error());
  Chain chain(parts_.params, **store);
  if (auto restored = chain.restore(); !restored) return wrong(restored.error());
  report.height = chain.tip().height;
  Chain::Recheck how;
  how.level = level;
  how.blocks = blocks == 0 ? std::numeric_limits<std::uint64_t>::max() : blocks;
  if (level >= 4 && parts_.replay) how.replay = parts_.replay();
  how.progress = Progress(parts_.log, stopping_);
  const auto checked = chain.recheck(how);
  if (!checked) return wrong(checked.error());
  report.blocks = *checked;
  return report;
}

}  // namespace freezenet::daemon
