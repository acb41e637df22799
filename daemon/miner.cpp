#include "daemon/miner.h"

#include <spdlog/logger.h>

#include "consensus/base/hex.h"
#include "daemon/thread_nice.h"

namespace freezenet::daemon {

Miner::Miner(ChainService& chain, training::ModelArchive& models, std::span<const training::TaskContext> tasks,
             SecretKey key, Settings settings, std::shared_ptr<spdlog::logger> log)
    : maker_(chain, models, tasks, settings.engine),
      key_(std::move(key)),
      settings_(settings),
      log_(std::move(log)),
      meter_(Clock::now()) {
  info_.kernel_path = kernels::name(settings_.engine.path);
  info_.threads = settings_.engine.threads;
}

Miner::~Miner() { stop(); }

void Miner::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Miner::stop() {
  thread_.request_stop();
  interrupt([] {});
  if (thread_.joinable()) thread_.join();
}

void Miner::set_enabled(bool on) {
  interrupt([&] {
    if (on && !enabled_) meter_.restart(Clock::now());
    enabled_ = on;
  });
}

void Miner::refuse(std::string why) {
  interrupt([&] { refused_ = std::move(why); });
}

void Miner::pause(std::string why) {
  interrupt([&] { paused_ = std::move(why); });
}

void Miner::on_new_tip() {
  interrupt([] {});
}

template <typename F>
void Miner::interrupt(F change) {
  {
    const std::lock_guard lock(mutex_);
    change();
    segment_.request_stop();
  }
  changed_.notify_all();
}

void Miner::run(const std::stop_token& stop) {
  if (auto set = set_thread_nice(settings_.nice); !set) log_->warn("mining-{}", set.error().detail);
  for (std::uint64_t nonce = settings_.first_nonce; !stop.stop_requested(); ++nonce) {
    // Made before the candidate is asked for, so that a tip which comes in between ends this segment.
    std::stop_source segment;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return may_mine(); })) return;
      segment_ = segment;
    }
    mine_one(nonce, segment.get_token());
  }
}

void Miner::mine_one(std::uint64_t nonce, const std::stop_token& interrupted) {
  const auto attempt = maker_.attempt(key_, nonce, interrupted);
  if (!attempt) {
    const Reject& why = attempt.error();
    if (why.code == RejectCode::kSelfTestFailed) refuse(why.detail);
    if (why.code == RejectCode::kStorage) refuse(why.message());
    return;  // interrupted, or void: no ticket, and the next nonce is another segment
  }
  note(*attempt);
  if (!attempt->block) return;
  const auto active = maker_.submit(*attempt->block);
  if (active && *active) {
    const std::lock_guard lock(mutex_);
    ++info_.blocks_accepted;
    return;
  }
  const std::string hash = to_hex(attempt->hash);
  if (active) {
    log_->info("block {} at height {} is stale: another one was first", hash, attempt->work.height);
  } else {
    log_->warn("block {} at height {} came to nothing: {}", hash, attempt->work.height, active.error().message());
  }
}

void Miner::note(const BlockMaker::Attempt& attempt) {
  const std::lock_guard lock(mutex_);
  meter_.segment_done(attempt.work, attempt.begun, attempt.ended);
  if (attempt.block) ++info_.blocks_found;
}

MiningInfo Miner::info() const {
  const std::lock_guard lock(mutex_);
  MiningInfo info = info_;
  info.enabled = enabled_;
  info.refused = !refused_.empty();
  info.state = info.refused      ? "refused: " + refused_
               : !enabled_       ? "off"
               : paused_.empty() ? "mining"
                                 : "paused: " + paused_;
  meter_.report(info, may_mine(), Clock::now());
  return info;
}

}  // namespace freezenet::daemon
