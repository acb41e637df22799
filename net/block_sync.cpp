#include "net/block_sync.h"

#include <algorithm>

namespace freezenet::net {

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

bool BlockSync::blames_peer(const Reject& why) {
  const Blame who = blame(why.code);
  return who == Blame::kSender || who == Blame::kBlock;
}

}  // namespace freezenet::net
