// BlockSync's side of one block: its body and its model, chunk by chunk, until the chain has them or another peer is
// faster.

#include <algorithm>

#include "net/block_sync.h"

namespace freezenet::net {

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
