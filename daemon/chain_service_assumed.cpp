// ChainService's side of blocks that are assumed to be valid: the models to go on from, the blocks without a replay,
// and their replay afterwards.

#include <algorithm>
#include <cstring>

#include <boost/asio/post.hpp>

#include "consensus/base/hex.h"
#include "consensus/watermark.h"
#include "daemon/chain_service.h"

namespace freezenet::daemon {
namespace {

std::string name_of(const BlockEntry& block) {
  return "block " + to_hex(block.hash) + " at height " + std::to_string(block.height);
}

}  // namespace

void ChainService::begin_assuming() {
  if (!assumed_) return;
  if (const BlockEntry* there = chain_.at_height(assumed_->height)) {
    check_assumption(*there);  // passed in an earlier run
  } else {
    chain_.assume(assumed_);
  }
}

void ChainService::end_assumption() {
  assumed_.reset();
  chain_.assume(std::nullopt);
}

void ChainService::drop_assumption(const std::string& why) {
  end_assumption();
  events_->on_assumption(why, true);
}

void ChainService::check_assumption(const BlockEntry& newest) {
  if (!assumed_ || newest.height < assumed_->height) return;
  const BlockEntry* there = chain_.at_height(assumed_->height);
  if (there == nullptr) return;
  if (there->hash != assumed_->block) {
    return drop_assumption("the block that is assumed to be valid is not on this chain, which has " + name_of(*there) +
                           "; nothing is skipped because of it");
  }
  if (there->outcome->canonical_root != assumed_->canonical_root) {
    return drop_assumption(
        "the model after " + name_of(*there) + " is " + to_hex(there->outcome->canonical_root) +
        ", not the one that was assumed: do not trust where that came from; every block is replayed");
  }
  end_assumption();
}

void ChainService::look_for_assumed() {
  if (!chain_.assumption() || chain_.trail()) return;
  const BlockEntry* there = chain_.find(assumed_->block);
  if (there == nullptr) return;
  auto trail = there->state == BlockState::kInvalid ? std::nullopt : chain_.begin_trail(*there);
  if (!trail || !trail->met()) {
    return drop_assumption("the block that is assumed to be valid at height " + std::to_string(assumed_->height) +
                           " is " + name_of(*there) + (trail ? "" : ", which is not valid here") +
                           "; nothing is skipped because of it");
  }
  chain_.follow(std::move(*trail));
}

std::vector<net::WantedBlock> ChainService::wanted_models() const {
  std::vector<net::WantedBlock> models;
  if (chain_.skips() || !score_model_) return models;
  for (const Boundary& boundary : chain_.boundaries()) {
    for (std::size_t task = 0; task < boundary.roots.size(); ++task) {
      const Hash256& root = boundary.roots[task];
      if (boundary_scores_.contains(root)) continue;
      models.push_back({root, boundary.height, root, chain_.plan(task).model_bytes(), false, true});
    }
  }
  return models;
}

std::optional<std::size_t> ChainService::task_of_wanted(const Hash256& root) const {
  for (const Boundary& boundary : chain_.boundaries()) {
    const auto found = std::ranges::find(boundary.roots, root);
    if (found != boundary.roots.end()) return static_cast<std::size_t>(found - boundary.roots.begin());
  }
  return std::nullopt;
}

net::ChainPort::Awaitable<Result<>> ChainService::offer_model(Hash256 root, Bytes model) {
  auto ask = [this, root]() -> std::optional<std::size_t> {
    return check_open() ? task_of_wanted(root) : std::nullopt;
  };
  const std::optional<std::size_t> task = co_await on_chain(std::move(ask));
  if (!task) co_return Result<>{};
  // Written and evaluated beside the chain, which waits for neither.
  auto work = [this, task = *task, root, &model]() -> boost::asio::awaitable<Result<std::uint32_t>> {
    co_return keep_and_score(task, root, model);
  };
  const Result<std::uint32_t> score =
      co_await boost::asio::co_spawn(scorer_, std::move(work), boost::asio::use_awaitable);
  auto take = [this, root, &score] { take_score(root, score); };
  co_await on_chain(std::move(take));
  co_return Result<>{};
}

Result<std::uint32_t> ChainService::keep_and_score(std::size_t task, const Hash256& root, const Bytes& model) {
  std::vector<float> weights(model.size() / sizeof(float));
  std::memcpy(weights.data(), model.data(), weights.size() * sizeof(float));
  auto score = score_model_(task, weights);
  if (!score) return tl::unexpected(score.error());
  if (!*score) return reject(RejectCode::kNonFiniteWeight, "the model " + to_hex(root) + " is not sound");
  if (auto kept = models_.put(weights); !kept) return tl::unexpected(kept.error());
  return **score;
}

void ChainService::take_score(const Hash256& root, const Result<std::uint32_t>& score) {
  if (!score && blame(score.error().code) == Blame::kOurselves) return give_up(score.error());
  if (!score) return drop_assumption(score.error().message() + "; nothing is skipped because of the assumed block");
  boundary_scores_[root] = *score;
  for (const Boundary& boundary : chain_.skips() ? std::vector<Boundary>() : chain_.boundaries()) {
    std::vector<std::uint32_t> scores;
    for (const Hash256& wanted : boundary.roots) {
      if (const auto found = boundary_scores_.find(wanted); found != boundary_scores_.end())
        scores.push_back(found->second);
    }
    if (scores.size() < boundary.roots.size()) continue;
    chain_.skip_to(boundary, std::move(scores));
    events_->on_assumption("blocks up to height " + std::to_string(boundary.height) +
                               " are not replayed for now: a block above them is assumed to be valid",
                           false);
    break;
  }
  advance();
  events_->on_progress();
}

net::ChainPort::Awaitable<Result<net::ModelChunk>> ChainService::model_chunk(Hash256 root, std::uint64_t index) {
  return on_chain([this, root, index]() -> Result<net::ModelChunk> {
    const auto bytes = models_.size(root);
    for (std::size_t task = 0; bytes && task < chain_.params().tasks.size(); ++task) {
      if (*bytes == chain_.plan(task).model_bytes()) return served_.chunk(root, *bytes, index);
    }
    return reject(RejectCode::kNotFound, "no model of root " + to_hex(root) + " is kept here");
  });
}

void ChainService::connect_assumed(const PendingBlocks::Block& block) {
  const BlockEntry& entry = *block.entry;
  const net::PeerId from = block.from.peer;
  events_->on_connecting(entry);
  if (auto update = chain_.accept_assumed(entry, block.body); !update) {
    refuse(entry, from, update.error());
  } else {
    pending_.erase(entry.hash);
    kept_.add(chain_, entry);
    tell_accepted(entry, *update, from);
  }
  // One commit a step: whoever asks the chain something waits for no more.
  boost::asio::post(io_, [this] {
    advance();
    events_->on_progress();
  });
}

void ChainService::replay_assumed() {
  const BlockEntry* lowest = chain_.lowest_assumed();
  if (lowest == nullptr || confirming_ || rebuilding_ || stopping_ || !check_open()) return;
  if (chain_.nears_assumed() && seconds_idle_ < kStalled) return;
  if (verifier_->queued() > 0) return;
  const ProofSource source{.outbound = true, .background = true};
  const CandidateHeader& candidate = lowest->header.candidate;
  if (!kept_.has(candidate.start_root)) return rebuild(candidate.start_root, lowest->parent, source);
  auto body = store_.body(lowest->hash);
  if (!body) return give_up(body.error());
  ProofJob job{lowest->hash, lowest->header, lowest->height, std::move(body->digests), std::nullopt, source};
  if (verifier_->submit(std::move(job))) confirming_ = lowest->hash;
}

void ChainService::settle_confirmed(const ProofVerdict& verdict) {
  confirming_.reset();
  const BlockEntry* entry = chain_.find(verdict.block_hash);
  if (entry == nullptr || entry != chain_.lowest_assumed()) return;  // set aside meanwhile
  if (!verdict.outcome) {
    const Reject& why = verdict.outcome.error();
    if (blame(why.code) == Blame::kBlock) return unmask(*entry, why);
    if (blame(why.code) == Blame::kOurselves && why.code != RejectCode::kCancelled) give_up(why);
    return;
  }
  const auto wrong = chain_.confirm(*entry, *verdict.outcome);
  if (!wrong) return give_up(wrong.error());
  if (*wrong != nullptr) {
    // The block is what its miner trained. False is what the headers above it said of it, and so every outcome that was
    // taken from such headers may be.
    return give_up({RejectCode::kStorage,
                    "what was assumed to be valid (assumevalid) is not: the blocks above " + name_of(**wrong) +
                        " go on from another model than it led to; start with --assumevalid off --reindex, and every "
                        "block is replayed"});
  }
  kept_.pin(sweep_models());
  kept_.discard(entry->header.model_root);
  kept_.discard(verdict.outcome->thawed_root);
  const std::size_t left = chain_.assumed_blocks();
  if (left == 0) {
    events_->on_assumption("every block of the chain is replayed now", false);
  } else if (entry->height % kTellEach == 0) {
    events_->on_assumption("replayed up to height " + std::to_string(entry->height) + "; " + std::to_string(left) +
                               " blocks are assumed to be valid",
                           false);
  }
}

std::vector<Hash256> ChainService::sweep_models() const {
  std::vector<Hash256> roots;
  if (const BlockEntry* lowest = chain_.lowest_assumed()) {
    for (std::size_t task = 0; task < chain_.params().tasks.size(); ++task)
      roots.push_back(chain_.canonical_root(*lowest->parent, task));
  }
  return roots;
}

void ChainService::condemn(const BlockEntry& entry, const Reject& why) {
  const bool trusted = chain_.under_assumption(entry);
  chain_.mark_invalid(entry);
  if (trusted) drop_assumption(name_of(entry) + " was assumed to be valid and is not: " + why.message());
}

void ChainService::unmask(const BlockEntry& block, const Reject& why) {
  end_assumption();
  // Whoever reads the line finds what it says; where the disk refuses, the block is replayed again later.
  if (change_set_aside(block, false)) {
    events_->on_assumption(name_of(block) + " was assumed to be valid and is not: " + why.message() +
                               "; it is set aside with all above it, and the best chain that is left goes on",
                           true);
  }
  kept_.pin(sweep_models());
}

}  // namespace freezenet::daemon
