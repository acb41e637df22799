#include "net/peer_registry.h"

#include <algorithm>

namespace freezenet::net {
namespace {

/// Adds an entry with an end; where the table is full, what ended goes first, then the one that ends soonest.
template <typename Map, typename Key>
void remember(Map& map, const Key& key, Clock::time_point until, Clock::time_point now) {
  std::erase_if(map, [&](const auto& item) { return item.second <= now; });
  if (map.size() >= PeerRegistry::kMaxRemembered) {
    map.erase(
        std::min_element(map.begin(), map.end(), [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  map[key] = until;
}

/// An IPv6 socket sees an IPv4 peer as ::ffff:a.b.c.d; it is the same address, and may be the loopback one.
asio::ip::address without_mapping(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

}  // namespace

Result<PeerId> PeerRegistry::enter(const asio::ip::address& seen, bool inbound, Clock::time_point now) {
  const asio::ip::address address = without_mapping(seen);
  const std::lock_guard lock(mutex_);
  std::size_t same_side = 0;
  std::size_t same_address = 0;
  for (const auto& [id, entry] : entries_) {
    if (entry.inbound != inbound) continue;
    ++same_side;
    if (entry.address == address) ++same_address;
  }
  if (same_side >= (inbound ? limits_.max_inbound : limits_.max_outbound)) {
    return reject(RejectCode::kTooManyPeers, inbound ? "no free inbound place" : "no free outbound place");
  }
  if (inbound && same_address >= limits_.max_per_address) {
    return reject(RejectCode::kTooManyPeers, "too many connections of this address");
  }
  const auto bad = bad_addresses_.find(address);
  if (inbound && bad != bad_addresses_.end() && bad->second > now) {
    return reject(RejectCode::kTooManyPeers, "this address is discouraged for a while");
  }
  entries_.emplace(++last_id_, Entry{address, inbound, {}, nullptr});
  return last_id_;
}

void PeerRegistry::set(PeerId id, std::shared_ptr<Peer> peer) {
  const std::lock_guard lock(mutex_);
  entries_.at(id).peer = std::move(peer);
}

Result<std::shared_ptr<Peer>> PeerRegistry::claim(PeerId id, const Hash256& node_id, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (node_id == own_id_) return reject(RejectCode::kSelfConnection, "this is our own node");
  if (is_discouraged(node_id, now)) return reject(RejectCode::kTooManyPeers, "this node is discouraged for a while");
  Entry& ours = entries_.at(id);
  const auto other = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& item) { return item.first != id && item.second.node_id == node_id; });
  if (other == entries_.end()) {
    ours.node_id = node_id;
    return std::shared_ptr<Peer>();
  }
  bool keep_new = ours.inbound;
  if (other->second.inbound != ours.inbound) keep_new = ours.inbound ? node_id < own_id_ : own_id_ < node_id;
  if (!keep_new) return reject(RejectCode::kDuplicatePeer, "this node is connected already");
  other->second.node_id = {};
  ours.node_id = node_id;
  return other->second.peer;
}

void PeerRegistry::leave(PeerId id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  gone_.push_back({id, found->second.address, found->second.node_id});
  if (gone_.size() > kMaxRemembered) gone_.pop_front();
  entries_.erase(found);
}

void PeerRegistry::discourage(PeerId id, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Gone who;
  if (const auto found = entries_.find(id); found != entries_.end()) {
    who = {id, found->second.address, found->second.node_id};
  } else if (const auto gone = std::find_if(gone_.begin(), gone_.end(), [&](const Gone& g) { return g.id == id; });
             gone != gone_.end()) {
    who = *gone;
  } else {
    return;
  }
  const Clock::time_point until = now + limits_.discourage_for;
  if (!who.node_id.is_zero()) remember(bad_nodes_, who.node_id, until, now);
  if (!who.address.is_loopback()) remember(bad_addresses_, who.address, until, now);
}

void PeerRegistry::note_reject(RejectInfo why) {
  const std::lock_guard lock(mutex_);
  rejects_.push_back(std::move(why));
  if (rejects_.size() > kMaxRejects) rejects_.pop_front();
}

std::shared_ptr<Peer> PeerRegistry::find(PeerId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second.peer;
}

std::vector<std::shared_ptr<Peer>> PeerRegistry::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Peer>> peers;
  for (const auto& [id, entry] : entries_) {
    if (entry.peer) peers.push_back(entry.peer);
  }
  return peers;
}

bool PeerRegistry::connected(const Hash256& node_id) const {
  const std::lock_guard lock(mutex_);
  return !node_id.is_zero() && std::any_of(entries_.begin(), entries_.end(),
                                           [&](const auto& item) { return item.second.node_id == node_id; });
}

bool PeerRegistry::discouraged(const Hash256& node_id, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return is_discouraged(node_id, now);
}

bool PeerRegistry::is_discouraged(const Hash256& node_id, Clock::time_point now) const {
  const auto found = bad_nodes_.find(node_id);
  return found != bad_nodes_.end() && found->second > now;
}

std::vector<RejectInfo> PeerRegistry::rejects() const {
  const std::lock_guard lock(mutex_);
  return {rejects_.begin(), rejects_.end()};
}

std::size_t PeerRegistry::count(bool inbound) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                [&](const auto& item) { return item.second.inbound == inbound; }));
}

}  // namespace freezenet::net
