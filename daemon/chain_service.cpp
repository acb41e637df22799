#include "daemon/chain_service.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "daemon/storage/sqlite.h"

namespace freezenet::daemon {
namespace {

constexpr const char* kRepair = "; start with --reindex to rebuild the database from what is intact";

/// Models that the next blocks start from must be what they are named: a damaged one is computed again.
Result<> remove_damaged_starts(const Chain& chain, ModelStore& models) {
  for (std::size_t task = 0; task < chain.params().tasks.size(); ++task) {
    const Hash256 root = chain.canonical_root(chain.tip(), task);
    if (auto removed = models.remove_damaged(root, chain.plan(task).model_bytes()); !removed) {
      return tl::unexpected(removed.error());
    }
  }
  return {};
}

}  // namespace

ChainService::ChainService(NetworkParams params, ChainStore& store, MempoolStore& waiting, ModelStore& models,
                           const Clock& clock, const ChainServiceLimits& limits)
    : store_(store),
      clock_(clock),
      chain_(std::move(params), store, limits.headers),
      intake_(chain_, pending_),
      transactions_(chain_, store, waiting, clock, limits.mempool),
      signatures_(chain_.genesis().hash),
      kept_(models, limits.models),
      assumed_(limits.assumed),
      models_(models),
      space_(limits.space),
      check_(limits.check),
      served_(models),
      work_(boost::asio::make_work_guard(io_)) {}

ChainService::~ChainService() { stop(); }

Result<> ChainService::start(ProofVerifier& verifier, BlockEvents& events) {
  if (auto restored = chain_.restore(); !restored) return tl::unexpected(with_repair(restored.error(), kRepair));
  if (check_.blocks > 0) {
    if (auto checked = chain_.recheck(check_); !checked) return tl::unexpected(with_repair(checked.error(), kRepair));
  }
  kept_.pin(sweep_models());
  if (auto restored = kept_.restore(chain_); !restored) return tl::unexpected(restored.error());
  if (auto removed = remove_damaged_starts(chain_, models_); !removed) return removed;
  const auto lost = [&](const std::string& line) { events.on_lost(line); };
  if (auto restored = transactions_.restore(lost); !restored) return restored;
  verifier_ = &verifier;
  events_ = &events;
  observe();
  boost::asio::post(io_, [this] {
    begin_assuming();
    rebuild_tip();
    replay_assumed();
    watch_space();
  });
  thread_ = std::thread([this] {
    while (io_.run_one() > 0) observe();
  });
  return {};
}

void ChainService::stop() {
  boost::asio::post(io_, [this] {
    stopping_ = true;
    early_timer_.cancel();
    space_timer_.cancel();
  });
  signatures_.stop();
  scorer_.join();
  work_.reset();
  if (thread_.joinable()) thread_.join();
}

void ChainService::on_verdict(ProofVerdict verdict) {
  boost::asio::post(io_, [this, verdict = std::move(verdict)] {
    events_->on_verdict(verdict);
    settle(verdict);
    advance();
    replay_assumed();
    events_->on_progress();
  });
}

void ChainService::settle(const ProofVerdict& verdict) {
  if (failed_) return;
  if (rebuilding_ == verdict.block_hash) return settle_rebuilt(verdict);
  if (confirming_ == verdict.block_hash) return settle_confirmed(verdict);
  // A peer may send the same block meanwhile; that replay gets a verdict of its own.
  if (auto work = works_.extract(verdict.block_hash)) return settle_work(work.mapped(), verdict);
  PendingBlocks::Block* block = pending_.find(verdict.block_hash);
  if (block == nullptr) return;  // refused in the meantime, with its parent
  const BlockEntry& entry = *block->entry;
  if (!verdict.outcome) {
    refuse(entry, block->from.peer, verdict.outcome.error());
    return;
  }
  events_->on_connecting(entry);
  auto update = chain_.accept(entry, block->body, *verdict.outcome);
  if (!update) {
    refuse(entry, block->from.peer, update.error());
    return;
  }
  const net::PeerId from = block->from.peer;
  pending_.erase(entry.hash);
  accepted(entry, *verdict.outcome, *update, from);
}

void ChainService::accepted(const BlockEntry& entry, const ProofOutcome& proof, const ChainUpdate& update,
                            net::PeerId from) {
  keep_models(entry, proof);
  tell_accepted(entry, update, from);
}

void ChainService::tell_accepted(const BlockEntry& entry, const ChainUpdate& update, net::PeerId from) {
  seconds_idle_ = 0;
  follow(update);
  if (failed_) return;  // the block is durable; but this node has said that it acknowledges nothing more
  observe();
  events_->on_accepted(chain_, entry, update, from);
  check_assumption(entry);
}

void ChainService::follow(const ChainUpdate& update) {
  if (auto followed = transactions_.follow(update); !followed) give_up(followed.error());
}

void ChainService::keep_models(const BlockEntry& entry, const ProofOutcome& proof) {
  kept_.add(chain_, entry);
  kept_.discard(proof.thawed_root);  // where it was not adopted
}

void ChainService::refuse(const BlockEntry& entry, net::PeerId from, const Reject& why) {
  pending_.erase(entry.hash);
  switch (blame(why.code)) {
    case Blame::kBlock:
      condemn(entry, why);
      pending_.erase_waiting_of(from);
      break;
    case Blame::kOurselves:
      if (why.code != RejectCode::kCancelled) give_up(why);
      return;
    case Blame::kSender: pending_.erase_waiting_of(from); break;  // wanted again, from others
    case Blame::kNobody: break;
  }
  events_->on_refused(entry.hash, from, why);
  events_->on_progress();  // there is room now
}

void ChainService::release_early() {
  if (stopping_) return;
  if (intake_.release(clock_.unix_seconds()) > 0) events_->on_progress();
  if (!intake_.holds()) return;
  // The wall clock may be set at any time, so that no single wait could be relied on.
  early_timer_.expires_after(std::chrono::seconds(1));
  early_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) release_early();
  });
}

void ChainService::advance() {
  if (!check_open()) return;
  if (!healing_.empty() && !rebuilding_) rebuild_tip();  // there was no room for it
  for (bool moved = true; moved;) {
    moved = false;
    for (PendingBlocks::Block* block : pending_.waiting()) {
      auto ready = chain_.ready(*block->entry);
      if (!ready && ready.error().code == RejectCode::kParentUnverified) continue;
      if (!ready) {
        refuse(*block->entry, block->from.peer, ready.error());
        moved = true;  // the list is stale now
        break;
      }
      // What its transactions are worth is known before a step of the replay is.
      if (auto allowed = block->allowed ? Result<>{} : chain_.check_transactions(*block->entry, block->body);
          !allowed) {
        refuse(*block->entry, block->from.peer, allowed.error());
        moved = true;
        break;
      }
      block->allowed = true;
      if (chain_.assumed_outcome(*block->entry)) return connect_assumed(*block);  // which looks at the others again
      if (!kept_.has(block->entry->header.candidate.start_root)) {
        rebuild_start(*block);
        continue;
      }
      if (verifier_->queued() >= kMaxReplays) return;
      const BlockEntry& entry = *block->entry;
      ProofJob job{entry.hash, entry.header, entry.height, block->body.digests, pending_.hand_over(*block),
                   block->from};
      // Room was there a moment ago and this thread alone fills it, so a refusal means that the verifier is stopping.
      if (auto taken = verifier_->submit(std::move(job)); !taken) {
        pending_.erase(entry.hash);
        return;
      }
    }
  }
}

net::ChainPort::Awaitable<net::ChainSummary> ChainService::summary() {
  return query([](const Chain& c) { return net::ChainSummary{c.tip().hash, c.tip().height, c.tip().total_work}; });
}

net::ChainPort::Awaitable<std::vector<Hash256>> ChainService::locator() {
  return query([](const Chain& c) {
    // Headers that run ahead on our own branch save asking for them again. Those of another branch are a claim: our
    // verified tip must be in the locator, or a branch of forged headers would hide where we stand.
    const BlockEntry& best = c.best_header();
    const BlockEntry& there = ancestor(best, std::min(best.height, c.tip().height));
    return c.locator(&there == &c.tip() ? best : c.tip());
  });
}

net::ChainPort::Awaitable<std::vector<SealedHeader>> ChainService::headers_after(std::vector<Hash256> locator,
                                                                                 std::size_t max) {
  return query([locator = std::move(locator), max](const Chain& c) {
    std::vector<SealedHeader> headers;
    const std::uint64_t from = c.fork_point(locator).height;
    for (std::uint64_t h = from + 1; h <= c.tip().height && headers.size() < max; ++h) {
      headers.push_back(c.at_height(h)->header);
    }
    return headers;
  });
}

net::ChainPort::Awaitable<net::HeadersVerdict> ChainService::offer_headers(net::PeerId from,
                                                                           std::vector<SealedHeader> headers,
                                                                           bool end) {
  return on_chain([this, from, end, headers = std::move(headers)] {
    const bool held_before = intake_.holds();
    net::HeadersVerdict verdict = intake_.offer(from, headers, end, clock_.unix_seconds());
    look_for_assumed();
    if (!held_before && intake_.holds()) release_early();
    return verdict;
  });
}

net::ChainPort::Awaitable<net::Wanted> ChainService::wanted(net::PeerId from, Hash256 peer_best, std::size_t max) {
  return on_chain([this, from, peer_best, max] {
    if (!check_open()) return net::Wanted{};
    net::Wanted wanted = intake_.wanted(from, peer_best, max);
    const auto models = wanted_models();
    wanted.blocks.insert(wanted.blocks.begin(), models.begin(), models.end());
    return wanted;
  });
}

net::ChainPort::Awaitable<void> ChainService::left(net::PeerId peer) {
  return on_chain([this, peer] { intake_.left(peer); });
}

net::ChainPort::Awaitable<Result<Bytes>> ChainService::body(Hash256 block) {
  return on_chain([this, block]() -> Result<Bytes> {
    auto body = store_.body(block);
    if (!body) return tl::unexpected(body.error());
    Writer out;
    body->encode(out);
    return out.take();
  });
}

net::ChainPort::Awaitable<Result<net::ModelChunk>> ChainService::chunk(Hash256 block, std::uint64_t index) {
  return on_chain([this, block, index]() -> Result<net::ModelChunk> {
    const BlockEntry* e = chain_.find(block);
    if (e == nullptr || e->state != BlockState::kVerified || e->height == 0) {
      return reject(RejectCode::kNotFound, "no verified block " + to_hex(block));
    }
    const Plan& plan = chain_.plan(chain_.params().task_index(e->height));
    return served_.chunk(e->header.model_root, plan.model_bytes(), index);
  });
}

net::ChainPort::Awaitable<Result<>> ChainService::offer_block(ProofSource from, Hash256 block, Bytes body,
                                                              std::optional<Bytes> model) {
  auto decoded = Body::decode(body);
  if (!decoded) co_return tl::unexpected(decoded.error());
  if (!decoded->transactions.empty()) {
    // Only of a body that is the header's own can signatures prove the block false.
    auto belongs = [this, block, &decoded]() -> Result<> {
      const BlockEntry* entry = chain_.find(block);
      return entry == nullptr ? Result<>{} : chain_.check_body(*entry, *decoded);
    };
    if (auto ok = co_await on_chain(std::move(belongs)); !ok) co_return ok;
    if (auto ok = co_await signatures_.check(decoded->transactions); !ok) {
      auto mark = [this, block, why = ok.error()] {
        const BlockEntry* entry = chain_.find(block);
        if (entry != nullptr && entry->state == BlockState::kHeader) condemn(*entry, why);
      };
      co_await on_chain(std::move(mark));
      co_return ok;
    }
  }
  auto take = [this, from, block, &decoded, &model]() -> Result<> {
    return take_block(from, block, std::move(*decoded), std::move(model));
  };
  co_return co_await on_chain(std::move(take));
}

Result<> ChainService::take_block(ProofSource from, const Hash256& block, Body body, std::optional<Bytes> model) {
  if (!check_open()) return reject(RejectCode::kBusy, "nothing is taken here for now");
  const BlockEntry* entry = chain_.find(block);
  if (entry == nullptr) return reject(RejectCode::kNotFound, "no header " + to_hex(block));
  if (entry->state == BlockState::kVerified) return {};
  if (entry->set_aside) return reject(RejectCode::kSetAside, to_hex(block));
  if (entry->state == BlockState::kInvalid) return reject(RejectCode::kKnownInvalid, to_hex(block));
  if (auto ok = chain_.check_body(*entry, body); !ok) return ok;
  const bool next = entry->parent->state == BlockState::kVerified;
  const bool replayed = !chain_.assumed_outcome(*entry);
  if (next && replayed && !kept_.has(entry->header.candidate.start_root) && rebuild_is_awaited()) {
    return reject(RejectCode::kBusy, "another block's start model is computed again");
  }
  if (auto added = pending_.add({entry, std::move(body), std::move(model), from}, next); !added) {
    return added.error().code == RejectCode::kDuplicate ? Result<>{} : added;
  }
  chain_.mark_complete(*entry);
  advance();
  return {};
}

boost::asio::awaitable<Result<>> ChainService::set_aside(Hash256 block, bool reconsider) {
  auto change = [this, block, reconsider]() -> Result<> {
    if (auto open = check_open(); !open) return open;
    const BlockEntry* entry = chain_.find(block);
    if (entry == nullptr) return reject(RejectCode::kNotFound, "no block " + to_hex(block));
    return change_set_aside(*entry, reconsider);
  };
  co_return co_await on_chain(std::move(change));
}

Result<> ChainService::change_set_aside(const BlockEntry& entry, bool reconsider) {
  // Verdicts of what stands on it would be for nothing, and their headers are about to be forgotten.
  for (const BlockEntry* waiting : pending_.entries()) {
    if (!reconsider && waiting->height > entry.height && &ancestor(*waiting, entry.height) == &entry) {
      pending_.erase(Hash256(waiting->hash));
    }
  }
  auto update = reconsider ? chain_.reconsider(entry) : chain_.set_aside(entry);
  if (!update) {
    if (blame(update.error().code) == Blame::kOurselves) give_up(update.error());
    return tl::unexpected(update.error());
  }
  follow(*update);
  if (auto sound = check_sound(); !sound) return sound;
  observe();
  events_->on_moved(chain_, *update);
  advance();
  events_->on_progress();
  return {};
}

}  // namespace freezenet::daemon
