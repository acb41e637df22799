// ChainService's side of mining: candidates, and the blocks that this node or its workers made of them.

#include <future>

#include <boost/asio/post.hpp>

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "consensus/rules.h"
#include "daemon/chain_service.h"

namespace freezenet::daemon {

template <typename F>
std::invoke_result_t<F> ChainService::on_chain_thread(F step) {
  std::packaged_task<std::invoke_result_t<F>()> task([&] { return observed(step); });
  auto done = task.get_future();
  boost::asio::post(io_, std::move(task));
  return done.get();
}

Result<MiningTask> ChainService::make_candidate(const XOnlyKey& miner, std::uint64_t nonce) {
  if (!told_.empty()) return reject(RejectCode::kBusy, "mining pauses: " + told_);
  MiningTask task;
  const TransactionIntake::Selection& body = transactions_.selection();
  task.header = chain_.candidate(miner, clock_.unix_seconds(), nonce, body.body_root);
  if (!chain_.gate_known(chain_.tip())) {
    return reject(RejectCode::kBusy,
                  "mining pauses: the newest blocks stand on some that are assumed and not replayed");
  }
  if (auto kept = check_start_kept(task.header.start_root); !kept) return tl::unexpected(kept.error());
  task.height = chain_.tip().height + 1;
  task.task = chain_.params().task_index(task.height);
  task.target = chain_.next_target();
  task.body.transactions = body.transactions;
  task.reward = chain_.params().subsidy_at(task.height) + body.fees;
  return task;
}

Result<MiningTask> ChainService::candidate(const XOnlyKey& miner, std::uint64_t nonce) {
  return on_chain_thread([&] { return make_candidate(miner, nonce); });
}

net::ChainPort::Awaitable<Result<MiningTask>> ChainService::next_candidate(XOnlyKey miner, std::uint64_t nonce) {
  return on_chain([this, miner, nonce] { return make_candidate(miner, nonce); });
}

Result<bool> ChainService::submit_mined(const SealedHeader& header, const Body& body, const ProofOutcome& proof) {
  return on_chain_thread([&] { return connect_own(header, body, proof); });
}

Result<bool> ChainService::connect_own(const SealedHeader& header, const Body& body, const ProofOutcome& proof) {
  if (auto sound = check_sound(); !sound) return tl::unexpected(sound.error());
  auto entry = chain_.add_header(header, clock_.unix_seconds());
  if (const BlockEntry* known = entry ? nullptr : chain_.find(header.block_hash()); known != nullptr) {
    // A peer was first with the header, or the commit found no room the time before.
    if (known->state == BlockState::kVerified) return chain_.is_active(*known);
    pending_.erase(Hash256(known->hash));
    entry = known;
  }
  if (!entry) return tl::unexpected(entry.error());
  if (auto ok = chain_.check_body(**entry, body); !ok) return tl::unexpected(ok.error());
  events_->on_connecting(**entry);
  auto update = chain_.accept(**entry, body, proof);
  if (!update) {
    if (blame(update.error().code) == Blame::kOurselves) give_up(update.error());
    return tl::unexpected(update.error());
  }
  accepted(**entry, proof, *update, 0);
  if (auto sound = check_sound(); !sound) return tl::unexpected(sound.error());
  advance();
  events_->on_progress();
  return chain_.is_active(**entry);
}

net::ChainPort::Awaitable<Result<>> ChainService::offer_work(SealedHeader header, Body body, WorkDone done) {
  const Hash256 hash = header.block_hash();
  if (!body.transactions.empty()) {
    // Nobody has signatures checked for a ticket that does not win, or for money that is not there.
    auto check = [this, &header, &hash, &body] { return check_work(header, hash, body); };
    if (auto ok = co_await on_chain(std::move(check)); !ok) co_return ok;
    if (auto ok = co_await signatures_.check(body.transactions); !ok) co_return ok;
  }
  auto take = [this, &header, &hash, &body, &done] {
    return take_work(header, hash, std::move(body), std::move(done));
  };
  co_return co_await on_chain(std::move(take));
}

Result<> ChainService::take_work(const SealedHeader& header, const Hash256& hash, Body body, WorkDone done) {
  // Also where that was done a moment ago: the tip may have moved while signatures were checked.
  if (auto ok = check_work(header, hash, body); !ok) return ok;
  if (auto kept = check_start_kept(header.candidate.start_root); !kept) return kept;
  if (works_.size() >= kMaxWorks || verifier_->queued() >= kMaxReplays) {
    return reject(RejectCode::kBusy, std::to_string(works_.size()) + " submitted blocks wait for their replay");
  }
  const ProofSource itself{.outbound = true};
  ProofJob job{hash, header, chain_.tip().height + 1, body.digests, std::nullopt, itself};
  if (auto taken = verifier_->submit(std::move(job)); !taken) return taken;
  works_.emplace(hash, Work{header, std::move(body), std::move(done)});
  return {};
}

Result<> ChainService::check_on_tip(const Chain& chain, const Hash256& parent) {
  if (chain.find(parent) == nullptr) {
    return reject(RejectCode::kUnknownParent,
                  "no block " + to_hex(parent) + " here: is the worker on another network, or from before a reset?");
  }
  if (parent == chain.tip().hash) return {};
  return reject(RejectCode::kStaleWork, "the tip is block " + to_hex(chain.tip().hash) + " by now");
}

Result<> ChainService::check_work(const SealedHeader& header, const Hash256& hash, const Body& body) {
  // Whoever asks again has his block when there is room.
  if (auto open = check_open(); !open) return reject(RejectCode::kBusy, open.error().message());
  const CandidateHeader& candidate = header.candidate;
  if (const BlockEntry* known = chain_.find(hash); known != nullptr) {
    if (known->set_aside) return reject(RejectCode::kSetAside, to_hex(hash));
    if (known->state == BlockState::kInvalid) return reject(RejectCode::kKnownInvalid, to_hex(hash));
    if (known->state == BlockState::kVerified) {
      return reject(RejectCode::kDuplicate, "block " + to_hex(hash) + " is known here, and " +
                                                (chain_.is_active(*known) ? "part of the chain" : "stale"));
    }
  }
  if (works_.contains(hash)) return reject(RejectCode::kDuplicate, "block " + to_hex(hash) + " is being replayed");
  if (auto ok = check_on_tip(chain_, candidate.prev_block); !ok) return ok;
  const BlockEntry& tip = chain_.tip();
  if (auto ok = chain_.check_child(header, hash, tip); !ok) return ok;
  if (auto ok = check_clock(chain_.params(), candidate, clock_.unix_seconds()); !ok) return ok;
  BlockEntry entry = child_entry(chain_.params(), header, hash, tip);
  entry.candidate_hash = candidate.candidate_hash();
  if (auto ok = chain_.ready(entry); !ok) return ok;
  if (auto ok = chain_.check_body(entry, body); !ok) return ok;
  auto allowed = chain_.check_transactions(entry, body);
  if (!allowed && blame(allowed.error().code) == Blame::kOurselves) give_up(allowed.error());
  return allowed;
}

void ChainService::settle_work(const Work& work, const ProofVerdict& verdict) {
  Result<bool> active = false;
  if (verdict.outcome) {
    active = connect_own(work.header, work.body, *verdict.outcome);
  } else {
    const Reject& why = verdict.outcome.error();
    if (blame(why.code) == Blame::kOurselves && why.code != RejectCode::kCancelled) give_up(why);
    active = tl::unexpected(why);
  }
  // Nothing is wrong with the block: who asks again has it, when there is room.
  if (!active && active.error().code == RejectCode::kDiskFull) {
    active = reject(RejectCode::kBusy, active.error().message());
  }
  work.done(active);
}

}  // namespace freezenet::daemon
