// ChainService's side of this machine: what it does while the disk is full, after a failure, and where a model that it
// needs is gone.

#include <utility>

#include <boost/asio/post.hpp>

#include "consensus/base/hex.h"
#include "daemon/chain_service.h"

namespace freezenet::daemon {

void ChainService::fail(const Reject& why) {
  boost::asio::post(io_, [this, why] { give_up(why); });
}

Result<> ChainService::check_sound() const {
  if (failed_) return reject(RejectCode::kStorage, "this node has failed and stops");
  return {};
}

Result<> ChainService::check_open() const {
  if (auto sound = check_sound(); !sound) return sound;
  if (!space_.paused().empty()) return reject(RejectCode::kDiskFull, space_.paused());
  return {};
}

void ChainService::give_up(const Reject& why) {
  if (why.code == RejectCode::kDiskFull) {
    space_.hit(why, SpaceGuard::Clock::now());
    return tell_pause();
  }
  if (std::exchange(failed_, true)) return;
  events_->on_failure(why);
}

void ChainService::watch_space() {
  if (stopping_) return;
  if (space_.look(SpaceGuard::Clock::now())) tell_pause();
  ++seconds_idle_;
  replay_assumed();
  // Nobody is told when a disk fills or empties, so it is asked.
  space_timer_.expires_after(std::chrono::seconds(1));
  space_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) watch_space();
  });
}

void ChainService::tell_pause() {
  const std::string& why = space_.paused().empty() ? healing_ : space_.paused();
  if (why == told_) return;
  told_ = why;
  observe();
  events_->on_paused(told_);
  if (!space_.paused().empty()) return;  // while a model is computed again, all but mining goes on
  advance();
  events_->on_progress();
}

void ChainService::settle_rebuilt(const ProofVerdict& verdict) {
  rebuilding_.reset();
  const BlockEntry& entry = *chain_.find(verdict.block_hash);
  if (verdict.outcome) {
    keep_models(entry, *verdict.outcome);
  } else if (verdict.outcome.error().code != RejectCode::kCancelled &&
             verdict.outcome.error().code != RejectCode::kNotFound) {  // its own start is gone: begun anew
    // It was replayed before, to the same bits: what changed is this machine.
    if (verdict.outcome.error().code == RejectCode::kDiskFull) return give_up(verdict.outcome.error());
    give_up({RejectCode::kStorage,
             "block " + to_hex(entry.hash) + " was verified before, and now: " + verdict.outcome.error().message()});
  }
  rebuild_tip();
}

bool ChainService::rebuild_is_awaited() {
  return std::ranges::any_of(pending_.waiting(), [this](const PendingBlocks::Block* block) {
    return chain_.ready(*block->entry) && !kept_.has(block->entry->header.candidate.start_root);
  });
}

void ChainService::rebuild_start(const PendingBlocks::Block& block) {
  rebuild(block.entry->header.candidate.start_root, block.entry->parent, block.from);
}

void ChainService::rebuild_tip() {
  for (std::size_t task = 0; task < chain_.params().tasks.size(); ++task) {
    const Hash256 root = chain_.canonical_root(chain_.tip(), task);
    if (kept_.has(root)) continue;
    if (chain_.tip().outcome && chain_.tip().outcome->assumed) {
      // Either blocks that are replayed follow soon, or the replay of those below leads here.
      healing_ = "the newest blocks are assumed to be valid and not replayed";
      return tell_pause();
    }
    healing_ = "the model " + to_hex(root) + " is computed again";
    tell_pause();
    return rebuild(root, &chain_.tip(), {});
  }
  healing_.clear();
  tell_pause();
}

void ChainService::rebuild(Hash256 root, const BlockEntry* e, const ProofSource& source) {
  if (rebuilding_ || verifier_->queued() >= kMaxReplays) return;
  for (; !kept_.has(root); root = e->header.candidate.start_root) {
    // A segment that changed nothing leads nowhere: the one before it has the same outcome.
    while (e->height > 0 &&
           (!e->outcome->adopted || e->outcome->canonical_root != root || e->header.candidate.start_root == root)) {
      e = e->parent;
    }
    if (e->height == 0) return give_up({RejectCode::kStorage, "the genesis model is not in the data folder"});
  }
  if (e->outcome->assumed) return;  // its turn comes in replay_assumed()
  auto body = store_.body(e->hash);
  if (!body) return give_up(body.error());
  if (verifier_->submit({e->hash, e->header, e->height, std::move(body->digests), std::nullopt, source})) {
    rebuilding_ = e->hash;
  }
}

Result<> ChainService::check_start_kept(const Hash256& root) {
  if (kept_.has(root)) return {};
  rebuild_tip();
  return reject(RejectCode::kBusy, "mining pauses: the model " + to_hex(root) + " is computed again");
}

}  // namespace freezenet::daemon
