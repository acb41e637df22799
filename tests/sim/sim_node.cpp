#include "tests/sim/sim_node.h"

#include <algorithm>

namespace freezenet::sim {
namespace {

// Sizes of messages, docs/wire.md, with their frames.
constexpr std::uint64_t kFrame = 9;
constexpr std::uint64_t kSmallRequest = kFrame + 40;
constexpr std::size_t kMaxHeaders = 500;
constexpr std::size_t kWindow = 16;
/// net/limits.h: until headers that were early are asked for again.
constexpr double kHeaderRetrySeconds = 10;

/// Whoever sends a broken message or a false block is disconnected.
bool blames_peer(const Reject& why) { return blame(why.code) == Blame::kSender || blame(why.code) == Blame::kBlock; }

}  // namespace

SimNode::SimNode(NodeId id, Surroundings& around, const SecretKey& key, Role role, Random random)
    : id_(id),
      around_(around),
      key_(key),
      chain_(around.params, store_),
      verifier_(around.clock, around.pool, role.replay_time,
                [this](const ProofVerdict& verdict) { on_verdict(verdict); }),
      random_(random),
      miner_(around.clock, chain_, key.public_key(), role.machine, std::move(role.time), Random(random_.bits(), id),
             [this](const CandidateHeader& candidate) { on_mined(candidate); }),
      power_share_(role.power_share),
      honest_(role.publisher == nullptr),
      publisher_(role.publisher ? std::move(role.publisher) : std::make_unique<Publisher>()),
      peers_(around.network.peers(id).size()) {}

std::uint64_t SimNode::unix_seconds() const {
  return around_.params.genesis_time + static_cast<std::uint64_t>(around_.clock.now() / 1'000'000);
}

template <typename F>
void SimNode::send(std::size_t peer, std::uint64_t bytes, F receive) {
  const Peering to = peerings()[peer];
  around_.network.send(id_, to, bytes,
                       [this, to, receive = std::move(receive)] { receive(*around_.nodes[to.node], to.back); });
}

void SimNode::announce(const BlockEntry& block) { announce_foreign(block.header); }

void SimNode::announce_foreign(const SealedHeader& header) {
  const auto shared = std::make_shared<const SealedHeader>(header);
  for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
    send(peer, kFrame + SealedHeader::kSize, [shared, hash = header.block_hash()](SimNode& node, std::size_t from) {
      node.on_announce(from, *shared, hash);
    });
  }
}

void SimNode::on_announce(std::size_t peer, const SealedHeader& header, const Hash256& hash) {
  // Most announcements repeat what another peer said: not even hashed again, for the simulation's speed.
  const BlockEntry* known = chain_.find(hash);
  if (known == nullptr || known->state == BlockState::kInvalid) return on_headers(peer, std::span(&header, 1), false);
  peers_[peer].best = hash;
  fetch(peer);
}

void SimNode::ask_headers(std::size_t peer, const Hash256& after) {
  if (peers_[peer].asked_headers) return;
  std::vector<Hash256> locator = chain_.locator(chain_.tip());
  if (!after.is_zero()) locator.insert(locator.begin(), after);
  peers_[peer].asked_headers = true;
  const std::uint64_t bytes = kFrame + 1 + 32 * locator.size();
  send(peer, bytes,
       [locator = std::move(locator)](SimNode& node, std::size_t from) { node.on_get_headers(from, locator); });
}

void SimNode::on_get_headers(std::size_t peer, const std::vector<Hash256>& locator) {
  std::vector<SealedHeader> headers;
  const std::uint64_t last = publisher_->visible_tip(*this).height;
  for (std::uint64_t h = chain_.fork_point(locator).height + 1; h <= last && headers.size() < kMaxHeaders; ++h) {
    headers.push_back(chain_.at_height(h)->header);
  }
  const std::uint64_t bytes = kFrame + 3 + SealedHeader::kSize * headers.size();
  send(peer, bytes, [headers = std::move(headers)](SimNode& node, std::size_t from) {
    node.peers_[from].asked_headers = false;
    node.on_headers(from, headers, headers.size() == kMaxHeaders);
  });
}

void SimNode::on_headers(std::size_t peer, std::span<const SealedHeader> headers, bool full) {
  for (const SealedHeader& header : headers) {
    const Hash256 hash = header.block_hash();
    auto added = chain_.add_header(header, unix_seconds(), peer + 1);
    if (added) {
      publisher_->on_header(*this, **added);
    } else if (added.error().code == RejectCode::kUnknownParent) {
      return ask_headers(peer, {});
    } else if (added.error().code == RejectCode::kTimeTooEarly) {
      ++timers_;
      around_.clock.after(micros(kHeaderRetrySeconds), [this, peer] {
        --timers_;
        ask_headers(peer, {});
      });
      return;
    } else if (added.error().code != RejectCode::kDuplicate) {
      if (blames_peer(added.error())) drop(peer);
      return;
    }
    peers_[peer].best = hash;
  }
  if (full) ask_headers(peer, headers.back().block_hash());
  fetch(peer);
}

void SimNode::fetch(std::size_t peer) {
  Peer& p = peers_[peer];
  if (p.fetching != nullptr || !around_.network.is_up(peerings()[peer])) return;
  const BlockEntry* e = chain_.find(p.best);
  // A branch with less work than the tip cannot win; one with equal work may, if it was complete first.
  if (e == nullptr || e->state == BlockState::kInvalid || e->total_work < chain_.tip().total_work) return;
  std::vector<const BlockEntry*> wanted;  // newest first
  for (; e->state == BlockState::kHeader; e = e->parent) {
    if (!pending_.contains(e->hash)) wanted.push_back(e);
  }
  std::ranges::reverse(wanted);
  if (wanted.size() > kWindow) wanted.resize(kWindow);
  const auto free = std::ranges::find_if(wanted, [&](const BlockEntry* b) { return !claimed_.contains(b->hash); });
  if (free == wanted.end()) return;
  p.fetching = *free;
  claimed_.insert((*free)->hash);
  send(peer, kSmallRequest, [hash = (*free)->hash](SimNode& node, std::size_t from) { node.on_get_block(from, hash); });
}

void SimNode::fetch_all() {
  for (std::size_t peer = 0; peer < peers_.size(); ++peer) fetch(peer);
}

void SimNode::on_get_block(std::size_t peer, const Hash256& block) {
  const std::uint64_t body = kFrame + 40 + 32 * around_.pool.at(block).body.digests.size();
  send(peer, body + around_.model_bytes, [block](SimNode& node, std::size_t from) { node.on_block(from, block); });
}

void SimNode::on_block(std::size_t peer, const Hash256& block) {
  const BlockEntry* entry = std::exchange(peers_[peer].fetching, nullptr);
  claimed_.erase(block);
  if (entry != nullptr && entry->state == BlockState::kHeader) {
    // The body is the very object that its miner's chain has checked, and the check is a pure function: once will do.
    pending_.emplace(block, Pending{entry, peer});
    chain_.mark_complete(*entry);
    advance();
  }
  fetch_all();
}

void SimNode::advance() {
  for (bool moved = true; moved;) {
    moved = false;
    for (auto& [hash, block] : pending_) {
      if (block.submitted) continue;
      auto ready = chain_.ready(*block.entry);
      if (!ready && ready.error().code == RejectCode::kParentUnverified) continue;
      if (!ready) {
        refuse(hash, ready.error());
        moved = true;  // the map has changed
        break;
      }
      ProofJob job;
      job.block_hash = hash;
      job.header = block.entry->header;
      job.height = block.entry->height;
      job.source.peer = block.from + 1;
      if (!verifier_.submit(std::move(job))) return;  // full: again after the next verdict
      block.submitted = true;
    }
  }
}

void SimNode::on_verdict(const ProofVerdict& verdict) {
  const auto found = pending_.find(verdict.block_hash);
  if (found == pending_.end()) return;
  const BlockEntry& entry = *found->second.entry;
  SimBlock& block = around_.pool.at(verdict.block_hash);
  if (!verdict.outcome) {
    refuse(verdict.block_hash, verdict.outcome.error());
  } else if (auto update = chain_.accept(entry, block.body, *verdict.outcome); !update) {
    refuse(verdict.block_hash, update.error());
  } else {
    pending_.erase(found);
    block.weighted_delay += power_share_ * seconds(around_.clock.now() - block.found);
    on_accepted(entry, *update, false);
  }
  advance();
  fetch_all();
}

void SimNode::refuse(const Hash256& block, const Reject& why) {
  const Pending pending = pending_.at(block);
  pending_.erase(block);
  around_.record.refused();
  if (blame(why.code) == Blame::kBlock) chain_.mark_invalid(*pending.entry);
  if (blames_peer(why)) drop(pending.from);
}

void SimNode::on_mined(const CandidateHeader& candidate) {
  SimBlock& block = around_.pool.seal(candidate, chain_.next_target(), key_, random_);
  block.miner = id_;
  block.height = chain_.tip().height + 1;
  block.found = around_.clock.now();
  around_.record.found(block, honest_);
  auto entry = chain_.add_header(block.header, unix_seconds());
  if (!entry || !chain_.check_body(**entry, block.body)) return around_.record.refused();
  auto update = chain_.accept(**entry, block.body, block.proof);
  if (!update) return around_.record.refused();
  on_accepted(**entry, *update, true);
  advance();
}

void SimNode::on_accepted(const BlockEntry& block, const ChainUpdate& update, bool own) {
  if (update.connected.empty()) return;
  around_.record.tip_moved();
  if (!update.disconnected.empty()) around_.record.reorganised(update.disconnected.size(), around_.clock.now());
  if (own) {
    publisher_->on_own(*this, block);
  } else {
    publisher_->on_tip(*this);
  }
  miner_.restart();
}

void SimNode::drop(std::size_t peer) {
  const Peering other = peerings()[peer];
  around_.network.set_up(other, false);
  on_link_down(peer);
  around_.nodes[other.node]->on_link_down(other.back);
}

void SimNode::on_link_up(std::size_t peer) { ask_headers(peer, {}); }

void SimNode::on_link_down(std::size_t peer) {
  Peer& p = peers_[peer];
  if (p.fetching != nullptr) claimed_.erase(p.fetching->hash);
  p = {};
  fetch_all();
}

}  // namespace freezenet::sim
