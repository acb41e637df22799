#include "daemon/mining_desk.h"

#include <algorithm>

#include <boost/asio/this_coro.hpp>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

/// Comes on the chain's thread, perhaps after its call was told that the block is queued.
class Verdict {
 public:
  void set(const Result<bool>& active) {
    const std::lock_guard lock(mutex_);
    active_ = active;
  }
  std::optional<Result<bool>> get() {
    const std::lock_guard lock(mutex_);
    return active_;
  }

 private:
  std::mutex mutex_;
  std::optional<Result<bool>> active_;
};

/// Why a candidate on this parent cannot be one of ours.
Reject not_issued(const Chain& chain, const Hash256& parent) {
  if (auto ok = ChainService::check_on_tip(chain, parent); !ok) return ok.error();
  return {RejectCode::kNotIssued, "this node signs only candidates that it handed out lately; get a new template"};
}

}  // namespace

boost::asio::awaitable<Result<MiningDesk::Template>> MiningDesk::issue(XOnlyKey miner) {
  const Result<bool> ours = keys_.holds(miner);
  if (!ours) co_return tl::unexpected(ours.error());
  // Taken before the candidate: news in between are news to the worker too.
  Template made{.work = {}, .signed_here = *ours, .news_id = news_id()};
  auto candidate = co_await chain_.next_candidate(miner, 0);
  if (!candidate) co_return tl::unexpected(candidate.error());
  made.work = *std::move(candidate);
  if (!made.signed_here) co_return made;
  const CandidateHeader& fresh = made.work.header;
  const auto last = std::ranges::find_if(issued_, [&](CandidateHeader other) {
    const bool young = fresh.time >= other.time && fresh.time - other.time < kFreshSeconds;
    other.time = fresh.time;
    return young && other == fresh;
  });
  if (last != issued_.end()) {
    made.work.header.time = last->time;
    co_return made;
  }
  issued_.push_front(fresh);
  if (issued_.size() > kMaxIssued) issued_.pop_back();
  co_return made;
}

boost::asio::awaitable<Result<>> MiningDesk::wait_for_change(std::string seen) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto call = waiting_.add(executor);
  if (!call) co_return reject(RejectCode::kBusy, std::to_string(kMaxWaiting) + " calls wait for a template already");
  // The call stands in the list by now, so that no tip gets lost in between.
  const auto end = std::chrono::steady_clock::now() + patience_.news;
  while (seen.starts_with(tip_id())) {
    // Before the first look too: else whoever asks at each transaction would be answered at each.
    if (co_await call->wait(std::min(patience_.body, patience_.news))) break;
    if (news_id() != seen || std::chrono::steady_clock::now() >= end) break;
  }
  co_return Result<>{};
}

boost::asio::awaitable<Result<MiningDesk::Outcome>> MiningDesk::submit(SubmittedWork work) {
  const auto refuse = [this](const Reject& why) {
    ++(why.code == RejectCode::kStaleWork ? stale_ : refused_);
    return tl::unexpected(why);
  };
  if (!work.is_signed && !issued(work.header.candidate)) {
    const Hash256 parent = work.header.candidate.prev_block;
    auto asked = chain_.query([parent](const Chain& chain) { return not_issued(chain, parent); });
    co_return refuse(co_await std::move(asked));
  }
  if (!work.is_signed) {
    auto signing = keys_.sign(work.header.candidate.miner_key, work.header.block_hash());
    const Result<Signature> signature = co_await std::move(signing);
    if (!signature) co_return refuse(signature.error());
    work.header.signature = *signature;
  }
  const Hash256 hash = work.header.block_hash();
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto call = verdicts_.add(executor);
  if (!call) co_return refuse({RejectCode::kBusy, "too many submitted blocks wait for their replay"});
  const auto verdict = std::make_shared<Verdict>();
  auto offered = chain_.offer_work(work.header, std::move(work.body),
                                   [this, verdict, waiting = std::weak_ptr(call)](const Result<bool>& active) {
                                     ++(!active ? refused_ : *active ? accepted_ : stale_);
                                     verdict->set(active);
                                     if (const auto woken = waiting.lock()) woken->wake();
                                   });
  if (const Result<> taken = co_await std::move(offered); !taken) co_return refuse(taken.error());
  co_await call->wait(patience_.verdict);
  const std::optional<Result<bool>> active = verdict->get();
  if (!active && stopped_) co_return refuse({RejectCode::kBusy, "the node stops before it has replayed the block"});
  if (!active) co_return Outcome{hash, Fate::kQueued};
  if (!*active) co_return tl::unexpected(active->error());
  co_return Outcome{hash, **active ? Fate::kAccepted : Fate::kStale};
}

void MiningDesk::stop() {
  stopped_ = true;
  waiting_.stop();
  verdicts_.stop();
}

WorkerStats MiningDesk::stats() const { return {accepted_, stale_, refused_, waiting_.size()}; }

void MiningDesk::on_new_tip() {
  ++tips_;
  waiting_.wake_all();
}

std::string MiningDesk::tip_id() const { return std::to_string(run_) + "-" + std::to_string(tips_) + "-"; }

std::string MiningDesk::news_id() const { return tip_id() + std::to_string(bodies_); }

bool MiningDesk::issued(CandidateHeader candidate) const {
  candidate.nonce = 0;
  return std::ranges::find(issued_, candidate) != issued_.end();
}

}  // namespace freezenet::daemon
