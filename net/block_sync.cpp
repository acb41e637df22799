#include "net/block_sync.h"

#include <algorithm>

namespace freezenet::net {
namespace {

bool blames_peer(const Reject& why) {
  const Blame who = blame(why.code);
  return who == Blame::kSender || who == Blame::kBlock;
}

/// What makes a batch worth going on from: its last header is as many blocks further as it has headers, known or not.
Result<> check_linked(const std::vector<SealedHeader>& batch) {
  for (std::size_t i = 1; i < batch.size(); ++i) {
    if (batch[i].candidate.prev_block != batch[i - 1].block_hash())
      return reject(RejectCode::kUnexpectedMessage, "headers that do not follow each other");
  }
  return {};
}

}  // namespace

BlockSync::BlockSync(PeerLink& link, const Shared& shared, const asio::any_io_executor& strand)
    : link_(link),
      shared_(shared),
      limits_(shared.limits),
      signal_(strand),
      announce_bucket_(limits_.announces_per_second, limits_.announce_burst, Clock::now()) {}

Awaitable<> BlockSync::run(Hash256 peer_tip, std::uint32_t flags) {
  by_root_ = (flags & kServesModelsByRoot) != 0;
  peer_best_ = peer_tip;
  shared_.claims.join(link_.id());
  std::exception_ptr error;
  try {
    co_await follow();
  } catch (...) {
    error = std::current_exception();
  }
  job_.reset();
  shared_.budget.leave(link_.id());
  if (shared_.claims.leave(link_.id())) shared_.poke_others(link_.id());
  co_await shared_.chain.left(link_.id());
  if (error) std::rethrow_exception(error);
}

Awaitable<> BlockSync::follow() {
  while (!stopped_) {
    again_ = Clock::time_point::max();
    if (std::exchange(chain_changed_, false)) skip_.clear();
    poked_ = heard_ = false;
    if (Clock::now() >= resync_) {
      resync_ = Clock::time_point::max();
      ask_ = HeadersToAsk::kFromTheFork;
    }
    if (Clock::now() >= answer_due()) {
      link_.fail({RejectCode::kTimeout, "no answer to get_body or get_chunk"});
      co_return;
    }
    const bool throttled = co_await take_announcements();
    co_await learn_headers();
    const std::optional<Pick> next = co_await pick();
    if (next) {
      co_await fetch(*next);
    } else if (announced_.empty() || throttled) {
      co_await rest(std::min(std::min(again_, resync_), answer_due()));
    }
  }
}

/// Until this peer is heard, or the time has come. News of the chain and of other peers wait for a pause: they come
/// several times a block, and to every peer, also to hundreds that have nothing for us.
Awaitable<> BlockSync::rest(Clock::time_point until) {
  const Clock::time_point pause = Clock::now() + limits_.look_pause;
  while (!stopped_ && !heard_) {
    const Clock::time_point next = chain_changed_ || poked_ ? std::min(until, pause) : until;
    if (Clock::now() >= next) co_return;
    co_await signal_.wait_until(next);
  }
}

/// Something of this peer's own is to be looked at.
void BlockSync::hear() {
  heard_ = true;
  signal_.notify();
}

void BlockSync::stop() {
  stopped_ = true;
  signal_.notify();
}

void BlockSync::wake(bool chain_changed) {
  poked_ = true;
  chain_changed_ = chain_changed_ || chain_changed;
  signal_.notify();
}

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

Awaitable<std::optional<BlockSync::Pick>> BlockSync::pick() {
  std::optional<Pick> found;
  // Who lost a block to another peer takes a new one when it has answered what it was asked for the old one.
  if (stopped_ || owes()) co_return found;
  if (!held_.is_zero()) co_await look_for_held();
  const Wanted wanted = co_await this->wanted(peer_best_, limits_.window);
  want_headers(wanted.headers);
  if (wanted.blocks.empty()) {
    const ChainSummary summary = co_await shared_.chain.summary();
    if (summary.tip == peer_best_) link_.saw_height(summary.height);
  }
  if (stopped_) co_return found;
  for (const WantedBlock& block : wanted.blocks) {
    if (block.hash == peer_best_) link_.saw_height(block.height);
    if (found || skip_.contains(block.hash) || lacks(block.hash)) continue;
    const auto answer = claim(block);
    if (answer.granted) found = Pick{block, answer.derive};
    again_ = std::min(again_, answer.again);
  }
  co_return found;
}

Awaitable<Wanted> BlockSync::wanted(Hash256 best, std::size_t max) {
  Wanted wanted = co_await shared_.chain.wanted(link_.id(), best, max);
  if (!by_root_) std::erase_if(wanted.blocks, [](const WantedBlock& block) { return block.model_only; });
  co_return wanted;
}

BlockClaims::Answer BlockSync::claim(const WantedBlock& block) {
  const bool models = block.model_only || (shared_.fetch_models && !block.body_only);
  return shared_.claims.take(block, link_.id(), models, Clock::now());
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

Awaitable<> BlockSync::fetch(Pick what) {
  job_.emplace(what.block, what.derive);
  body_missing_ = model_missing_ = false;
  progress_ = Clock::now();  // nothing was owed until now
  co_await receive();
  bool delivered = false;
  if (!stopped_ && job_ && job_->complete()) delivered = co_await offer();
  job_.reset();
  const bool awaited = delivered ? shared_.claims.delivered(what.block.hash, link_.id())
                                 : shared_.claims.release(what.block.hash, link_.id());
  if (awaited) shared_.poke_others(link_.id());
}

/// Returns with a complete job, or without one where this peer cannot or may not deliver.
Awaitable<> BlockSync::receive() {
  const Hash256 hash = job_->block().hash;
  while (!stopped_) {
    if (!shared_.claims.owns(hash, link_.id())) break;  // too slow: another peer delivered it
    if (body_missing_ || (model_missing_ && job_->block().model_only)) {
      lack(hash);
      break;
    }
    if (std::exchange(model_missing_, false)) {
      if (!shared_.claims.model_missing(hash, link_.id(), Clock::now())) break;
      job_->derive();
    }
    if (job_->complete()) co_return;
    ask_for_more();
    again_ = Clock::time_point::max();
    heard_ = false;
    co_await learn_headers();  // beside the block, so that neither waits for the other
    const Clock::time_point deadline = std::min(again_, progress_ + limits_.request_timeout);
    if (!stopped_ && !heard_) co_await signal_.wait_until(deadline);
    if (!stopped_ && !job_->complete() && Clock::now() >= progress_ + limits_.request_timeout) {
      link_.fail({RejectCode::kTimeout, "no answer to get_body or get_chunk"});
      break;
    }
  }
  job_.reset();
}

/// The peer announces what it has, so this should not happen: it is not asked for the block again for a while.
void BlockSync::lack(const Hash256& hash) {
  const Clock::time_point now = Clock::now();
  std::erase_if(lacking_, [&](const auto& item) { return item.second <= now; });
  lacking_[hash] = now + limits_.header_retry;
}

bool BlockSync::lacks(const Hash256& hash) {
  const auto found = lacking_.find(hash);
  if (found == lacking_.end() || found->second <= Clock::now()) return false;
  again_ = std::min(again_, found->second);
  return true;
}

bool BlockSync::owes() const { return !asked_bodies_.empty() || !asked_chunks_.empty(); }

Clock::time_point BlockSync::answer_due() const {
  return owes() ? progress_ + limits_.request_timeout : Clock::time_point::max();
}

void BlockSync::ask_for_more() {
  const Hash256 hash = job_->block().hash;
  if (!job_->has_body() && asked_bodies_.insert(hash).second) link_.send(GetBody{hash});
  while (!stopped_ && asked_chunks_.size() < limits_.chunk_pipeline) {
    const auto index = job_->next_chunk();
    if (!index) return;
    if (!asked_chunks_.emplace(hash, *index).second) continue;
    if (job_->block().model_only) {
      link_.send(GetModelChunk{hash, *index});
    } else {
      link_.send(GetChunk{hash, *index});
    }
  }
}

/// True where the chain has the block now.
Awaitable<bool> BlockSync::offer() {
  const Hash256 hash = job_->block().hash;
  shared_.claims.hold(hash, link_.id());
  while (!stopped_) {
    Bytes body = job_->body();
    std::optional<Bytes> model = job_->model();
    Result<> taken;
    if (job_->block().model_only) {
      taken = co_await shared_.chain.offer_model(hash, std::move(*model));
    } else {
      taken = co_await shared_.chain.offer_block(link_.source(), hash, std::move(body), std::move(model));
    }
    if (taken) co_return true;
    if (blames_peer(taken.error())) {
      link_.fail(taken.error());
      co_return false;
    }
    if (taken.error().code != RejectCode::kBusy) {
      skip_.insert(hash);
      co_return false;
    }
    while (!stopped_ && !chain_changed_) {
      again_ = Clock::time_point::max();
      const bool yield = co_await should_yield();
      if (yield) co_return false;
      if (!stopped_ && !chain_changed_) co_await signal_.wait_until(again_);
    }
    chain_changed_ = false;
    skip_.clear();
  }
  co_return false;
}

/// A block that waits for a place gives way where it is not wanted any more, or where an older one is that nobody
/// fetches: the queue may be full of blocks that wait for just that one. Otherwise again_ says when one may become
/// free.
Awaitable<bool> BlockSync::should_yield() {
  const Hash256 hash = job_->block().hash;
  const Wanted wanted = co_await this->wanted(peer_best_, limits_.window);
  for (const WantedBlock& block : wanted.blocks) {
    if (lacks(block.hash)) continue;
    if (block.hash == hash) co_return false;
    // Where another block is free this one's claim ends with it.
    const auto answer = claim(block);
    again_ = std::min(again_, answer.again);
    if (answer.granted) {
      if (shared_.claims.release(block.hash, link_.id())) shared_.poke_others(link_.id());
      co_return true;
    }
  }
  co_return true;
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

Result<> BlockSync::on(BodyData message) {
  if (asked_bodies_.erase(message.block) == 0)
    return reject(RejectCode::kUnexpectedMessage, "a body that nobody asked for");
  progress_ = Clock::now();
  if (job_ && job_->block().hash == message.block) job_->add_body(std::move(message.body));
  hear();
  return {};
}

Result<> BlockSync::on(const Chunk& message) {
  if (asked_chunks_.erase({message.block, message.index}) == 0) {
    return reject(RejectCode::kUnexpectedMessage, "a chunk that nobody asked for");
  }
  progress_ = Clock::now();
  if (job_ && job_->block().hash == message.block) {
    if (auto kept = job_->add_chunk(message); !kept) return kept;
    shared_.claims.progress(message.block, link_.id(), message.data.size());
  }
  hear();
  return {};
}

Result<> BlockSync::on(const NotFound& message) {
  const bool of_body = message.request == MessageType::kGetBody;
  const bool asked =
      of_body ? asked_bodies_.erase(message.block) != 0 : asked_chunks_.erase({message.block, message.index}) != 0;
  if (!asked) return reject(RejectCode::kUnexpectedMessage, "not_found of something that nobody asked for");
  progress_ = Clock::now();
  if (job_ && job_->block().hash == message.block) (of_body ? body_missing_ : model_missing_) = true;
  hear();
  return {};
}

}  // namespace freezenet::net
