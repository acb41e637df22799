#include "daemon/header_intake.h"

#include <algorithm>

#include "consensus/chain/ancestry.h"

namespace freezenet::daemon {

net::HeadersVerdict HeaderIntake::offer(net::PeerId from, const std::vector<SealedHeader>& headers, bool end,
                                        std::uint64_t now) {
  net::HeadersVerdict verdict;
  const auto fresh =
      std::ranges::find_if(headers, [&](const SealedHeader& h) { return chain_.find(h.block_hash()) == nullptr; });
  if (fresh != headers.end()) {
    const auto count = static_cast<std::size_t>(headers.end() - fresh);
    chain_.make_room(from, count, fresh->candidate.prev_block, pending_.entries());
  }
  for (const SealedHeader& header : headers) {
    if (auto taken = take(from, header, now, verdict); !taken) {
      verdict.refused = taken.error();
      break;
    }
    if (verdict.enough) break;
  }
  // An announcement that the stream does not reach says nothing of where its peer's chain ends.
  const auto own = streams_.find(from);
  if (own != streams_.end() && (verdict.streamed > 0 || headers.empty())) own->second.set_ended(end);
  // A chain that ends in the tree claims what its headers there do, whatever was streamed of it before.
  if (end && !headers.empty() && verdict.known == headers.size()) streams_.erase(from);
  return verdict;
}

Result<> HeaderIntake::take(net::PeerId from, const SealedHeader& header, std::uint64_t now,
                            net::HeadersVerdict& verdict) {
  auto added = chain_.add_header(header, now, from);
  if (!added && added.error().code != RejectCode::kDuplicate) return stream(from, header, now, added.error(), verdict);
  if (added) ++verdict.added;
  ++verdict.known;
  verdict.stored = verdict.last = header.block_hash();
  return {};
}

/// What to do with a header that the tree did not take, for the reason `why`.
Result<> HeaderIntake::stream(net::PeerId from, const SealedHeader& header, std::uint64_t now, const Reject& why,
                              net::HeadersVerdict& verdict) {
  const auto own = streams_.find(from);
  if (why.code == RejectCode::kTooManyHeaders) {  // which says that it passed every check
    if (own != streams_.end() && tells_enough(own->second)) {
      verdict.enough = true;  // more of a branch whose claim is known
      return {};
    }
    if (own != streams_.end()) streams_.erase(own);
    streams_.try_emplace(from, chain_, *chain_.find(header.candidate.prev_block), header);
  } else if (why.code == RejectCode::kUnknownParent && own != streams_.end()) {
    if (auto ok = own->second.extend(header, now); !ok) return ok;
  } else {
    if (why.code == RejectCode::kTimeTooEarly && early_.hold(header, from)) verdict.held = header.block_hash();
    return tl::unexpected(why);
  }
  ++verdict.streamed;
  const HeaderStream& claimed = streams_.at(from);
  verdict.last = claimed.last().hash;
  if (claimed.trail() != nullptr && claimed.trail()->met() && !chain_.trail()) chain_.follow(*claimed.trail());
  verdict.enough = tells_enough(claimed);
  return {};
}

bool HeaderIntake::outweighs_tip(const HeaderStream& stream) const {
  return stream.last().total_work > chain_.tip().total_work;
}

bool HeaderIntake::tells_enough(const HeaderStream& stream) const {
  return outweighs_tip(stream) && (!chain_.assumption() || chain_.trail() || !stream.may_meet());
}

net::Wanted HeaderIntake::wanted(net::PeerId from, const Hash256& peer_best, std::size_t max) {
  net::Wanted wanted;
  const auto own = streams_.find(from);
  const bool streams = own != streams_.end();
  const bool heavier = streams && outweighs_tip(own->second);
  const bool enough = streams && tells_enough(own->second);
  const BlockEntry* best = chain_.find(peer_best);
  // A branch with less work than the tip cannot win; one with equal work may, if it was complete first.
  const bool hopeless = best != nullptr && !heavier && best->total_work < chain_.tip().total_work;
  if (best != nullptr && best->state == BlockState::kHeader && !hopeless) wanted.blocks = missing(*best, max);
  if (best == nullptr) {
    wanted.headers = net::HeadersToAsk::kFromTheFork;
  } else if (streams && !enough && best->total_work < own->second.last().total_work) {
    wanted.headers = net::HeadersToAsk::kAfterLast;
  } else if (streams && wanted.blocks.size() < max && chain_.room_for(from) > 0) {
    wanted.headers = net::HeadersToAsk::kAfterStored;
  }
  return wanted;
}

std::vector<net::WantedBlock> HeaderIntake::missing(const BlockEntry& best, std::size_t max) {
  const BlockEntry& first = first_unverified(best);
  // Those that are here and wait for their replay are passed over, and no more of the branch than these can be.
  const std::uint64_t end = std::min(best.height, first.height + max + pending_.size());
  std::vector<net::WantedBlock> blocks;
  for (const BlockEntry* e = &ancestor(best, end); e->height >= first.height; e = e->parent) {
    if (pending_.contains(e->hash)) continue;
    const Plan& plan = chain_.plan(chain_.params().task_index(e->height));
    const bool body_only = chain_.assumed_outcome(*e).has_value();
    blocks.push_back({e->hash, e->height, e->header.model_root, plan.model_bytes(), body_only});
  }
  std::ranges::reverse(blocks);
  if (blocks.size() > max) blocks.resize(max);
  return blocks;
}

std::size_t HeaderIntake::release(std::uint64_t now) {
  std::size_t added = 0;
  for (const EarlyHeaders::Held& held : early_.due(now)) {
    chain_.make_room(held.source, 1, held.header.candidate.prev_block, pending_.entries());
    if (chain_.add_header(held.header, now, held.source)) ++added;
  }
  return added;
}

void HeaderIntake::left(net::PeerId peer) {
  early_.forget(peer);
  streams_.erase(peer);
  chain_.forget_source(peer);
}

}  // namespace freezenet::daemon
