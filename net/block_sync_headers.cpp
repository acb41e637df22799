// BlockSync's side of headers: questions, answers in slices, announcements, and headers whose time has not come.

#include <algorithm>
#include <utility>

#include "net/block_sync.h"

namespace freezenet::net {
namespace {

/// What makes a batch worth going on from: its last header is as many blocks further as it has headers, known or not.
Result<> check_linked(const std::vector<SealedHeader>& batch) {
  for (std::size_t i = 1; i < batch.size(); ++i) {
    if (batch[i].candidate.prev_block != batch[i - 1].block_hash())
      return reject(RejectCode::kUnexpectedMessage, "headers that do not follow each other");
  }
  return {};
}

}  // namespace

/// One step: the next question, or the next slice of an answer. Never waits for the peer or for the budget.
Awaitable<> BlockSync::learn_headers() {
  if (stopped_) co_return;
  if (awaiting_headers_ && Clock::now() >= headers_due_) {
    link_.fail({RejectCode::kTimeout, "no answer to get_headers"});
  } else if (awaiting_headers_) {
    again_ = std::min(again_, headers_due_);
  } else if (headers_ || !batch_.empty()) {
    if (accept_batch()) co_await offer_slice();
  } else if (go_on_ || ask_ != HeadersToAsk::kNone) {
    co_await ask_for_headers();
  }
}

Awaitable<> BlockSync::ask_for_headers() {
  if (!std::exchange(go_on_, false)) {
    const HeadersToAsk what = std::exchange(ask_, HeadersToAsk::kNone);
    if (what == HeadersToAsk::kFromTheFork) last_streamed_ = {};
    last_ = what == HeadersToAsk::kAfterStored ? peer_best_ : last_streamed_;
    learned_ = seen_to_its_end_ = false;
    resync_ = Clock::time_point::max();
  }
  GetHeaders request;
  request.locator = co_await shared_.chain.locator();
  // The batch before may be on a branch that is not our best one yet: go on from where it ended.
  if (!last_.is_zero()) request.locator.insert(request.locator.begin(), last_);
  if (request.locator.size() > kMaxLocator) {
    const Hash256 oldest = request.locator.back();
    request.locator.resize(kMaxLocator);
    request.locator.back() = oldest;
  }
  if (stopped_) co_return;
  awaiting_headers_ = true;
  headers_due_ = Clock::now() + limits_.request_timeout;
  again_ = std::min(again_, headers_due_);
  link_.send(request);
}

/// True where there is something to offer.
bool BlockSync::accept_batch() {
  if (!headers_) return true;
  batch_ = std::move(headers_->headers);
  headers_.reset();
  offered_ = 0;
  if (const Result<> linked = check_linked(batch_); !linked) {
    link_.fail(linked.error());
    return false;
  }
  if (!batch_.empty() && !last_.is_zero() && batch_.front().candidate.prev_block != last_) {
    finish_batch(false);  // its chain changed in between
    resync_ = Clock::now() + limits_.header_retry;
    return false;
  }
  return true;
}

Awaitable<> BlockSync::offer_slice() {
  const std::size_t count = std::min(limits_.header_slice, batch_.size() - offered_);
  if (count != 0 && !may_offer(count)) co_return;
  const auto first = batch_.begin() + static_cast<std::ptrdiff_t>(offered_);
  std::vector<SealedHeader> slice(first, first + static_cast<std::ptrdiff_t>(count));
  const bool full = batch_.size() == kMaxHeaders;
  const bool end = !full && offered_ + count == batch_.size();
  const HeadersVerdict verdict = co_await offer_headers(std::move(slice), end);
  offered_ += count;
  learned_ = learned_ || verdict.added != 0 || verdict.streamed != 0;
  judge(verdict);
  heard_ = true;  // there may be more to do at once
  if (verdict.refused || verdict.enough || verdict.taken() < count) {
    finish_batch(false);
  } else if (offered_ == batch_.size()) {
    // A full batch of known headers is progress as well: the common blocks of a branch that leaves ours far back.
    seen_to_its_end_ = !full;
    last_ = verdict.last;
    finish_batch(full);
  }
}

void BlockSync::finish_batch(bool go_on) {
  batch_.clear();
  offered_ = 0;
  go_on_ = go_on;
  if (!go_on && !learned_) may_ask_ = Clock::now() + limits_.header_retry;
}

/// False: later, when the budget allows it.
bool BlockSync::may_offer(std::size_t count) {
  const auto due = shared_.budget.take(link_.id(), link_.outbound(), count, Clock::now());
  if (due) again_ = std::min(again_, *due);
  return !due;
}

Awaitable<HeadersVerdict> BlockSync::offer_headers(std::vector<SealedHeader> headers, bool end) {
  const std::size_t count = headers.size();
  const HeadersVerdict verdict = co_await shared_.chain.offer_headers(link_.id(), std::move(headers), end);
  const std::size_t checked = verdict.added + verdict.streamed + (verdict.refused || verdict.enough ? 1 : 0);
  shared_.budget.give_back(link_.outbound(), count - std::min(count, checked));
  co_return verdict;
}

void BlockSync::judge(const HeadersVerdict& verdict) {
  if (!verdict.stored.is_zero()) {
    peer_best_ = verdict.stored;
    held_ = {};  // what was early is among them, or not on this branch
  }
  if (verdict.streamed != 0) last_streamed_ = verdict.last;
  if (!verdict.held.is_zero()) held_ = verdict.held;
  if (!verdict.refused || verdict.refused->code == RejectCode::kDuplicate) return;
  if (blames_peer(*verdict.refused)) {
    link_.fail(*verdict.refused);
  } else {
    resync_ = Clock::now() + limits_.header_retry;
  }
}

/// True where announcements are left because they came faster than the limits allow.
Awaitable<bool> BlockSync::take_announcements() {
  while (!stopped_ && !announced_.empty()) {
    const SealedHeader header = announced_.front();
    const Hash256 hash = header.block_hash();
    if (hash == peer_best_ || hash == last_streamed_) {
      announced_.pop_front();
      continue;
    }
    const Clock::time_point now = Clock::now();
    if (const auto due = announce_bucket_.next(now); due > now) {
      again_ = std::min(again_, due);
      co_return true;
    }
    if (!may_offer(1)) co_return true;
    announce_bucket_.take(now);
    announced_.pop_front();
    std::vector<SealedHeader> batch(1, header);
    HeadersVerdict verdict = co_await offer_headers(std::move(batch), true);
    if (!verdict.refused || verdict.refused->code != RejectCode::kUnknownParent) {
      judge(verdict);
    } else if (last_streamed_.is_zero() || seen_to_its_end_) {
      ask_ = HeadersToAsk::kFromTheFork;
    }  // else it is known to be ahead, and asked again as room appears
  }
  co_return false;
}

Awaitable<> BlockSync::look_for_held() {
  const Wanted wanted = co_await this->wanted(held_, 1);
  if (std::ranges::all_of(wanted.blocks, &WantedBlock::model_only)) co_return;
  peer_best_ = std::exchange(held_, {});
  lacking_.clear();
}

void BlockSync::want_headers(HeadersToAsk what) {
  const bool learning = awaiting_headers_ || headers_ || !batch_.empty() || go_on_;
  if (what == HeadersToAsk::kNone || ask_ != HeadersToAsk::kNone || learning) return;
  if (what == HeadersToAsk::kAfterLast && seen_to_its_end_) return;
  if (Clock::now() < may_ask_) {
    again_ = std::min(again_, may_ask_);
  } else {
    ask_ = what;
    heard_ = true;
  }
}

Result<> BlockSync::on(Headers message) {
  if (!std::exchange(awaiting_headers_, false))
    return reject(RejectCode::kUnexpectedMessage, "headers that nobody asked for");
  headers_ = std::move(message);
  hear();
  return {};
}

Result<> BlockSync::on(Announce message) {
  if (announced_.size() >= limits_.max_pending_announces) announced_.pop_front();
  announced_.push_back(message.header);
  // A queue that was not empty is known already, and waits for the rate: no work for each message of a flood.
  if (announced_.size() == 1) hear();
  return {};
}

}  // namespace freezenet::net
