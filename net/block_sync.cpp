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

Awaitable<> BlockSync::run(Hash256 peer_tip) {
  peer_best_ = peer_tip;
  shared_.claims.join(link_.id());
  std::exception_ptr error;
  try {
    co_await follow();
  } catch (...) {
    error = std::current_exception();
  }
  job_.reset();
  if (shared_.claims.leave(link_.id())) shared_.poke_others(link_.id());
  if (error) std::rethrow_exception(error);
}

Awaitable<> BlockSync::follow() {
  while (!stopped_) {
    again_ = Clock::time_point::max();
    if (std::exchange(chain_changed_, false)) skip_.clear();
    poked_ = false;
    if (Clock::now() >= resync_) need_headers_ = true;
    if (Clock::now() >= answer_due()) {
      link_.fail({RejectCode::kTimeout, "no answer to get_body or get_chunk"});
      co_return;
    }
    const bool throttled = co_await take_announcements();
    if (std::exchange(need_headers_, false)) co_await learn_headers();
    const std::optional<Pick> next = co_await pick();
    if (next) {
      co_await fetch(*next);
    } else if (!stopped_ && !chain_changed_ && !poked_ && !need_headers_ && (announced_.empty() || throttled)) {
      const Clock::time_point next_look = std::min(std::min(again_, resync_), answer_due());
      co_await signal_.wait_until(next_look);
    }
  }
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

Awaitable<> BlockSync::learn_headers() {
  resync_ = Clock::time_point::max();
  Hash256 last;
  while (!stopped_) {
    GetHeaders request;
    request.locator = co_await shared_.chain.locator();
    // The batch before may be on a branch that is not our best one yet: go on from where it ended.
    if (!last.is_zero()) request.locator.insert(request.locator.begin(), last);
    if (request.locator.size() > kMaxLocator) {
      const Hash256 oldest = request.locator.back();
      request.locator.resize(kMaxLocator);
      request.locator.back() = oldest;
    }
    awaiting_headers_ = true;
    link_.send(request);
    const Clock::time_point deadline = Clock::now() + limits_.request_timeout;
    while (!stopped_ && !headers_ && Clock::now() < deadline) co_await signal_.wait_until(deadline);
    if (stopped_) co_return;
    if (!headers_) {
      link_.fail({RejectCode::kTimeout, "no answer to get_headers"});
      co_return;
    }
    std::vector<SealedHeader> batch = std::move(headers_->headers);
    headers_.reset();
    if (batch.empty()) co_return;
    if (const Result<> linked = check_linked(batch); !linked) {
      link_.fail(linked.error());
      co_return;
    }
    if (!last.is_zero() && batch.front().candidate.prev_block != last) {
      resync_ = Clock::now() + limits_.header_retry;  // its chain changed in between
      co_return;
    }
    const bool full = batch.size() == kMaxHeaders;
    const HeadersVerdict verdict = co_await shared_.chain.offer_headers(link_.id(), std::move(batch));
    judge(verdict);
    // A full batch of known headers is progress as well: the common blocks of a branch that leaves ours far back.
    if (!full || verdict.refused || verdict.last.is_zero()) co_return;
    last = verdict.last;
  }
}

void BlockSync::judge(const HeadersVerdict& verdict) {
  if (!verdict.last.is_zero()) {
    peer_best_ = verdict.last;
    lacking_.clear();
  }
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
    if (!announce_bucket_.take(Clock::now())) {
      again_ = announce_bucket_.next(Clock::now());
      co_return true;
    }
    const SealedHeader header = announced_.front();
    announced_.pop_front();
    const Hash256 hash = header.block_hash();
    if (hash == peer_best_) continue;
    std::vector<SealedHeader> batch(1, header);
    HeadersVerdict verdict = co_await shared_.chain.offer_headers(link_.id(), std::move(batch));
    if (verdict.refused && verdict.refused->code == RejectCode::kUnknownParent) {
      need_headers_ = true;
      continue;
    }
    if (!verdict.refused || verdict.refused->code == RejectCode::kDuplicate) verdict.last = hash;
    judge(verdict);
  }
  co_return false;
}

Awaitable<std::optional<BlockSync::Pick>> BlockSync::pick() {
  std::optional<Pick> found;
  // Who lost a block to another peer takes a new one when it has answered what it was asked for the old one.
  if (stopped_ || owes()) co_return found;
  const std::vector<WantedBlock> wanted = co_await shared_.chain.wanted(peer_best_, limits_.window);
  if (wanted.empty()) {
    const ChainSummary summary = co_await shared_.chain.summary();
    if (summary.tip == peer_best_) link_.saw_height(summary.height);
  }
  if (stopped_) co_return found;
  for (const WantedBlock& block : wanted) {
    if (block.hash == peer_best_) link_.saw_height(block.height);
    if (found || skip_.contains(block.hash) || lacking_.contains(block.hash)) continue;
    const auto answer = shared_.claims.take(block, link_.id(), shared_.fetch_models, Clock::now());
    if (answer.granted) found = Pick{block, answer.derive};
    again_ = std::min(again_, answer.again);
  }
  co_return found;
}

Awaitable<> BlockSync::fetch(Pick what) {
  job_.emplace(what.block, what.derive);
  body_missing_ = model_missing_ = false;
  progress_ = Clock::now();  // nothing was owed until now
  co_await receive();
  if (!stopped_ && job_ && job_->complete()) co_await offer();
  job_.reset();
  shared_.claims.release(what.block.hash, link_.id());
  shared_.poke_others(link_.id());
}

/// Returns with a complete job, or without one where this peer cannot or may not deliver.
Awaitable<> BlockSync::receive() {
  const Hash256 hash = job_->block().hash;
  while (!stopped_) {
    if (!shared_.claims.owns(hash, link_.id())) break;  // too slow: another peer took over
    if (body_missing_) {
      lacking_.insert(hash);
      break;
    }
    if (std::exchange(model_missing_, false)) {
      if (!shared_.claims.model_missing(hash, link_.id(), Clock::now())) break;
      job_->derive();
    }
    if (job_->complete()) co_return;
    ask_for_more();
    const Clock::time_point deadline = progress_ + limits_.request_timeout;
    co_await signal_.wait_until(deadline);
    if (!stopped_ && !job_->complete() && Clock::now() >= progress_ + limits_.request_timeout) {
      link_.fail({RejectCode::kTimeout, "no answer to get_body or get_chunk"});
      break;
    }
  }
  job_.reset();
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
    if (asked_chunks_.emplace(hash, *index).second) link_.send(GetChunk{hash, *index});
  }
}

Awaitable<> BlockSync::offer() {
  const Hash256 hash = job_->block().hash;
  shared_.claims.hold(hash, link_.id());
  while (!stopped_) {
    Bytes body = job_->body();
    std::optional<Bytes> model = job_->model();
    const Result<> taken = co_await shared_.chain.offer_block(link_.id(), hash, std::move(body), std::move(model));
    if (taken) co_return;
    if (blames_peer(taken.error())) {
      link_.fail(taken.error());
      co_return;
    }
    if (taken.error().code != RejectCode::kBusy) {
      skip_.insert(hash);
      co_return;
    }
    while (!stopped_ && !chain_changed_) co_await signal_.wait();
    chain_changed_ = false;
    skip_.clear();
    const bool yield = co_await should_yield();
    if (yield) co_return;
  }
}

/// A block that waits for a place gives way where it is not wanted any more, or where an older one is that nobody
/// fetches: the queue may be full of blocks that wait for just that one.
Awaitable<bool> BlockSync::should_yield() {
  const Hash256 hash = job_->block().hash;
  const std::vector<WantedBlock> wanted = co_await shared_.chain.wanted(peer_best_, limits_.window);
  shared_.claims.release(hash, link_.id());  // so that a full table does not hide an older block that nobody fetches
  for (const WantedBlock& block : wanted) {
    if (lacking_.contains(block.hash)) continue;
    const bool free = shared_.claims.take(block, link_.id(), shared_.fetch_models, Clock::now()).granted;
    if (block.hash == hash) {
      shared_.claims.hold(hash, link_.id());
      co_return !free;
    }
    if (free) {
      shared_.claims.release(block.hash, link_.id());
      co_return true;
    }
  }
  co_return true;
}

Result<> BlockSync::on(Headers message) {
  if (!std::exchange(awaiting_headers_, false))
    return reject(RejectCode::kUnexpectedMessage, "headers that nobody asked for");
  headers_ = std::move(message);
  signal_.notify();
  return {};
}

Result<> BlockSync::on(Announce message) {
  if (announced_.size() >= limits_.max_pending_announces) announced_.pop_front();
  announced_.push_back(message.header);
  // A queue that was not empty is known already, and waits for the rate: no work for each message of a flood.
  if (announced_.size() == 1) signal_.notify();
  return {};
}

Result<> BlockSync::on(BodyData message) {
  if (asked_bodies_.erase(message.block) == 0)
    return reject(RejectCode::kUnexpectedMessage, "a body that nobody asked for");
  progress_ = Clock::now();
  if (job_ && job_->block().hash == message.block) job_->add_body(std::move(message.body));
  signal_.notify();
  return {};
}

Result<> BlockSync::on(const Chunk& message) {
  if (asked_chunks_.erase({message.block, message.index}) == 0) {
    return reject(RejectCode::kUnexpectedMessage, "a chunk that nobody asked for");
  }
  progress_ = Clock::now();
  if (job_ && job_->block().hash == message.block) {
    if (auto kept = job_->add_chunk(message); !kept) return kept;
  }
  signal_.notify();
  return {};
}

Result<> BlockSync::on(const NotFound& message) {
  const bool of_body = message.request == MessageType::kGetBody;
  const bool asked =
      of_body ? asked_bodies_.erase(message.block) != 0 : asked_chunks_.erase({message.block, message.index}) != 0;
  if (!asked) return reject(RejectCode::kUnexpectedMessage, "not_found of something that nobody asked for");
  progress_ = Clock::now();
  if (job_ && job_->block().hash == message.block) (of_body ? body_missing_ : model_missing_) = true;
  signal_.notify();
  return {};
}

}  // namespace freezenet::net
