#include "daemon/miner.h"

#include <cerrno>
#include <cstring>

#include <spdlog/logger.h>
#include <sys/resource.h>
#include <unistd.h>

#include "consensus/base/hex.h"
#include "consensus/difficulty.h"
#include "training/evaluate.h"
#include "training/segment.h"

namespace freezenet::daemon {

Miner::Miner(ChainService& chain, training::ModelArchive& models, std::span<const training::TaskContext> tasks,
             SecretKey key, Settings settings, std::shared_ptr<spdlog::logger> log)
    : chain_(chain),
      models_(models),
      tasks_(tasks),
      key_(std::move(key)),
      settings_(settings),
      log_(std::move(log)),
      engines_(tasks.size()),
      rate_(Clock::now()) {
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
    if (on && !enabled_) rate_ = RateMeter(Clock::now());
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
  // On Linux a nice value belongs to a thread; the id 0 names the calling one.
  if (settings_.nice != 0 && setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), settings_.nice) != 0) {
    log_->warn("mining-nice {}: {}", settings_.nice, std::strerror(errno));
  }
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
  const auto work = chain_.candidate(key_.public_key(), nonce);
  const training::TaskContext& task = tasks_[work.task];
  if (auto loaded = load_start(work, task); !loaded) {
    if (paused()) return;  // it is computed again: the chain says when it is there
    return give_up({RejectCode::kStorage, "the model to start from: " + loaded.error().message()});
  }
  const auto begun = Clock::now();
  training::Segment segment(engine(work.task), task.dataset, task.task, task.plan, work.header.candidate_hash(),
                            work.height, start_);
  auto trained = training::train(segment, interrupted);
  if (!trained) {
    if (trained.error().code == RejectCode::kSelfTestFailed) refuse(trained.error().detail);
    return;  // interrupted, or void: no ticket, and the next nonce is another segment
  }
  SealedHeader header{work.header, trained->trace_root, trained->model_root, {}};
  const Hash256 ticket = header.block_hash();
  note_segment(work, begun);
  if (Uint256::from_hash(ticket) > work.target) return;
  header.signature = key_.sign(ticket);
  submit(work, task, segment, header, *trained);
}

void Miner::count(void (*change)(MiningInfo&)) {
  const std::lock_guard lock(mutex_);
  change(info_);
}

void Miner::give_up(const Reject& why) {
  if (why.code != RejectCode::kDiskFull) refuse(why.message());
  chain_.fail(why);
}

void Miner::submit(const ChainService::MiningTask& work, const training::TaskContext& task,
                   const training::Segment& segment, const SealedHeader& header,
                   const training::SegmentResult& trained) {
  const std::vector<float> thawed = training::thaw(trained.weights, start_, segment.watermark(), task.plan);
  const auto score = training::evaluate(engine(work.task), task.dataset, task.task, thawed);
  if (!score) return refuse(score.error().detail);
  const bool sound = score->has_value();
  // Both models are durable before the transaction that names them.
  auto root = models_.put(trained.weights);
  if (root) root = models_.put(thawed);
  if (!root) return give_up(root.error());
  count([](MiningInfo& info) { ++info.blocks_found; });
  const auto active =
      chain_.submit_mined(header, Body{work.transactions, trained.digests}, {*root, score->value_or(0), sound});
  if (active && *active) count([](MiningInfo& info) { ++info.blocks_accepted; });
  const std::string hash = to_hex(header.block_hash());
  if (!active) {
    log_->warn("block {} at height {} came to nothing: {}", hash, work.height, active.error().message());
  } else if (!*active) {
    log_->info("block {} at height {} is stale: another one was first", hash, work.height);
  }
}

Result<> Miner::load_start(const ChainService::MiningTask& work, const training::TaskContext& task) {
  const Hash256& root = work.header.start_root;
  if (root == start_root_ && !start_.empty()) return {};
  auto weights = models_.get(root, task.plan.parameters);
  if (!weights) return tl::unexpected(weights.error());
  start_ = std::move(*weights);
  start_root_ = root;
  return {};
}

training::Engine& Miner::engine(std::size_t task) {
  auto& engine = engines_[task];
  if (!engine) engine = std::make_unique<training::Engine>(tasks_[task].task, tasks_[task].plan, settings_.engine);
  return *engine;
}

void Miner::note_segment(const ChainService::MiningTask& work, Clock::time_point begun) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  rate_.record(now);
  ++info_.segments;
  info_.last_segment_ms = std::chrono::duration<double, std::milli>(now - begun).count();
  info_.height = work.height;
  tickets_per_block_ = work_of(work.target).to_double();
}

MiningInfo Miner::info() const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  MiningInfo info = info_;
  info.enabled = enabled_;
  info.refused = !refused_.empty();
  info.state = info.refused      ? "refused: " + refused_
               : !enabled_       ? "off"
               : paused_.empty() ? "mining"
                                 : "paused: " + paused_;
  info.segments_per_second_10s = rate_.per_second(now, std::chrono::seconds(10));
  info.segments_per_second_60s = rate_.per_second(now, std::chrono::minutes(1));
  info.segments_per_second_15m = rate_.per_second(now, std::chrono::minutes(15));
  const double rate = info.segments_per_second_60s;
  info.expected_seconds_to_block = may_mine() && rate > 0 ? tickets_per_block_ / rate : 0;
  return info;
}

}  // namespace freezenet::daemon
