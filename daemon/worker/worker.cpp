#include "daemon/worker/worker.h"

#include <utility>

#include "consensus/base/hex.h"
#include "daemon/cli/text.h"
#include "daemon/thread_nice.h"

namespace freezenet::worker {

using daemon::figure_text;
using Kind = LinkError::Kind;

namespace {

constexpr Backoff::Span kFirstWait{500}, kLongestWait{30'000};
/// A node that answers at once, though nothing is new, is not asked more often.
constexpr Backoff::Span kLeastBetween{1'000};

/// Names under which the node refuses what may be right in a moment.
bool passes(const LinkError& why) { return why.kind == Kind::kRefused && why.reject == "busy"; }

}  // namespace

Worker::Worker(const NodeLink& link, std::span<const training::TaskContext> tasks, Settings settings, Say say,
               OnEnd on_end)
    : link_(link),
      settings_(std::move(settings)),
      say_(std::move(say)),
      on_end_(std::move(on_end)),
      miner_(settings_.key ? to_hex(settings_.key->public_key()) : std::string()),
      trainer_(tasks, settings_.engine),
      meter_(Clock::now()) {}

void Worker::start() {
  asking_ = std::jthread([this](const std::stop_token& stop) { ask(stop); });
  training_ = std::jthread([this](const std::stop_token& stop) { train(stop); });
}

void Worker::stop() {
  asking_.request_stop();
  training_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    segment_.request_stop();
  }
  changed_.notify_all();
  if (asking_.joinable()) asking_.join();
  if (training_.joinable()) training_.join();
}

void Worker::ask(const std::stop_token& stop) {
  Backoff backoff(kFirstWait, kLongestWait, settings_.jitter);
  std::string longpollid;
  Hash256 root, parent;
  std::shared_ptr<const std::vector<float>> start;
  while (!stop.stop_requested()) {
    const auto asked = Clock::now();
    LinkResult<WorkTemplate> work = link_.work(miner_, longpollid, stop);
    if (work && (!start || work->work.header.start_root != root)) {
      auto model = link_.start_model(work->work, stop);
      if (model) {
        root = work->work.header.start_root;
        start = std::make_shared<const std::vector<float>>(std::move(*model));
      } else {
        work = tl::unexpected(std::move(model.error()));
      }
    }
    if (stop.stop_requested()) return;
    if (!work) {
      longpollid.clear();
      // The tip moved between two calls, or too many wait there: the node is there all the same.
      const bool soon =
          passes(work.error()) || (work.error().kind == Kind::kRefused && work.error().reject == "not-found");
      if (!soon) lose_node(work.error());
      pause(stop, backoff.next());
      continue;
    }
    backoff.reset();
    longpollid = work->longpollid;
    const bool nothing_new = work->work.header.prev_block == parent && Clock::now() - asked < kLeastBetween;
    parent = work->work.header.prev_block;
    take(std::move(*work), start);
    if (nothing_new) pause(stop, kLeastBetween);
  }
}

void Worker::take(WorkTemplate work, std::shared_ptr<const std::vector<float>> start) {
  bool back = false;
  {
    const std::lock_guard lock(mutex_);
    back = std::exchange(away_, false);
    const bool same_tip = job_ && job_->from.work.header.prev_block == work.work.header.prev_block;
    job_ = Job{std::move(work), std::move(start)};
    if (!same_tip) segment_.request_stop();
  }
  changed_.notify_all();
  if (back) say_("the node is back");
}

void Worker::lose_node(const LinkError& why) {
  {
    const std::lock_guard lock(mutex_);
    job_.reset();
    if (std::exchange(away_, true)) return;  // said once
  }
  if (why.kind == Kind::kBroken && why.reject == name(RejectCode::kWrongNetwork)) return end(why.text);
  const std::string named = why.reject.empty() ? "" : why.reject + ": ";
  say_((why.kind == Kind::kAway ? "the node is away" : "the node is of no use") + std::string(" (") + named + why.text +
       "); trying again until it answers");
}

void Worker::pause(const std::stop_token& stop, Backoff::Span span) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, span, [] { return false; });
}

void Worker::train(const std::stop_token& stop) {
  if (auto set = daemon::set_thread_nice(settings_.nice); !set) say_(set.error().detail);
  for (std::uint64_t nonce = settings_.first_nonce;; ++nonce) {
    std::stop_source segment;
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return job_ && !ended_; })) return;
      if (stop.stop_requested()) return;
      segment_ = segment;
      job = *job_;
    }
    train_one(job, nonce, segment.get_token(), stop);
  }
}

void Worker::train_one(const Job& job, std::uint64_t nonce, const std::stop_token& interrupted,
                       const std::stop_token& stop) {
  daemon::MiningTask work = job.from.work;
  work.header.nonce = nonce;
  const auto begun = Clock::now();
  const auto start = [&](const Hash256&, std::uint64_t) -> Result<std::vector<float>> { return *job.start; };
  auto trained = trainer_.train(work, start, interrupted);
  if (!trained) {
    if (trained.error().code == RejectCode::kSelfTestFailed) end(trained.error().detail);
    return;  // interrupted, or void: no ticket, and the next nonce is another segment
  }
  {
    const std::lock_guard lock(mutex_);
    meter_.segment_done(work, begun, Clock::now());
    if (trained->wins) ++counts_.found;
  }
  if (trained->wins) submit(job, std::move(*trained), stop);
}

void Worker::submit(const Job& job, daemon::TrainedSegment trained, const std::stop_token& stop) {
  const bool own = settings_.key.has_value();
  if (own) trained.header.signature = settings_.key->sign(trained.hash);
  Body body = job.from.work.body;
  body.digests = std::move(trained.result.digests);
  Backoff backoff(kFirstWait, kLongestWait, settings_.jitter + 1);
  for (;;) {
    const LinkResult<Fate> fate = link_.submit(trained.header, own, body);
    const bool again = !fate && (fate.error().kind == Kind::kAway || passes(fate.error()));
    if (!again || stop.stop_requested()) return note(job.from.work.height, trained.hash, fate);
    if (fate.error().kind == Kind::kAway) lose_node(fate.error());
    pause(stop, backoff.next());
    // Until the node is back; on another tip the block is worth nothing any more.
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return job_.has_value(); })) return;
    if (job_->from.work.header.prev_block != trained.header.candidate.prev_block) {
      lock.unlock();
      return note(job.from.work.height, trained.hash, Fate::kStale);
    }
  }
}

void Worker::note(std::uint64_t height, const Hash256& hash, const LinkResult<Fate>& fate) {
  std::string line = "block " + to_hex(hash) + " at height " + std::to_string(height);
  const bool late = !fate && (fate.error().reject == name(RejectCode::kStaleWork));
  bool done = false;
  {
    const std::lock_guard lock(mutex_);
    if (late || (fate && *fate == Fate::kStale)) {
      ++counts_.stale;
      line += " is stale: another one was first";
    } else if (!fate) {
      ++counts_.refused;
      const std::string& named = fate.error().reject;
      line += " came to nothing: " + (named.empty() ? "" : named + ": ") + fate.error().text;
    } else if (*fate == Fate::kQueued) {
      line += " is queued: the node has not replayed it yet";
    } else {
      ++counts_.accepted;
      line += " accepted";
      done = settings_.blocks != 0 && counts_.accepted >= settings_.blocks;
    }
  }
  say_(line);
  if (done) end({});
}

void Worker::end(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
  }
  on_end_(why);
}

WorkerCounts Worker::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::string Worker::status() const {
  daemon::MiningInfo info;
  WorkerCounts counts;
  bool away = false;
  {
    const std::lock_guard lock(mutex_);
    away = !job_;
    meter_.report(info, !away, Clock::now());
    counts = counts_;
  }
  const double seconds = info.expected_seconds_to_block;
  return "status: " + (away ? std::string("waiting for the node") : "height " + std::to_string(info.height)) + ", " +
         figure_text(info.segments_per_second_60s) + " segments/s (" + figure_text(info.last_segment_ms) +
         " ms each), a block in " +
         (seconds > 0 && seconds < 1e9 ? daemon::duration_text(static_cast<std::uint64_t>(seconds) + 1) : "-") +
         " on average; blocks " + std::to_string(counts.accepted) + " accepted, " + std::to_string(counts.stale) +
         " stale, " + std::to_string(counts.refused) + " refused";
}

}  // namespace freezenet::worker
