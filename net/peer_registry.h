#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <boost/asio/ip/address.hpp>

#include "net/limits.h"
#include "net/peer_info.h"

namespace freezenet::net {

class Peer;

/// Who is connected, who may be, and who is discouraged. Knows the rule by which both sides of two simultaneous
/// connections agree on the one that survives:
///   - between connections dialled by different sides, the one that the smaller node id dialled;
///   - of two that the same side dialled, that side refuses its second before it says hello; who still receives a
///   second hello takes
///     the new connection, since an honest peer has lost the old one.
///
/// Thread-safe: one lock, never held while anything else is called. Memory: max_inbound + max_outbound entries, and
/// kMaxRemembered entries of each history.
class PeerRegistry {
 public:
  static constexpr std::size_t kMaxRemembered = 1024;
  static constexpr std::size_t kMaxRejects = 32;

  PeerRegistry(const Limits& limits, const Hash256& own_id) : limits_(limits), own_id_(own_id) {}

  /// Gives the connection a number and a place: kTooManyPeers where none is free, or where the address is discouraged
  /// (never a loopback one: all local nodes share it). An IPv4 address that is mapped into IPv6 counts as itself.
  Result<PeerId> enter(const asio::ip::address& seen, bool inbound, Clock::time_point now);
  void set(PeerId id, std::shared_ptr<Peer> peer);
  /// The other side proved to be `node_id`. kSelfConnection, kDuplicatePeer, kTooManyPeers (discouraged); else the
  /// older connection that has to go, or nullptr.
  Result<std::shared_ptr<Peer>> claim(PeerId id, const Hash256& node_id, Clock::time_point now);
  void leave(PeerId id);

  /// Refuses this peer's node id and address for a while; also after it left.
  void discourage(PeerId id, Clock::time_point now);
  void note_reject(RejectInfo why);

  [[nodiscard]] std::shared_ptr<Peer> find(PeerId id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Peer>> all() const;
  [[nodiscard]] bool connected(const Hash256& node_id) const;
  [[nodiscard]] bool discouraged(const Hash256& node_id, Clock::time_point now) const;
  [[nodiscard]] std::vector<RejectInfo> rejects() const;
  [[nodiscard]] std::size_t count(bool inbound) const;

 private:
  struct Entry {
    asio::ip::address address;
    bool inbound = false;
    Hash256 node_id;  // zero: not proven, or displaced
    std::shared_ptr<Peer> peer;
  };
  struct Gone {
    PeerId id = 0;
    asio::ip::address address;
    Hash256 node_id;
  };
  [[nodiscard]] bool is_discouraged(const Hash256& node_id, Clock::time_point now) const;

  const Limits& limits_;
  const Hash256 own_id_;
  mutable std::mutex mutex_;
  PeerId last_id_ = 0;
  std::map<PeerId, Entry> entries_;
  std::deque<Gone> gone_;
  std::unordered_map<Hash256, Clock::time_point> bad_nodes_;      // until
  std::map<asio::ip::address, Clock::time_point> bad_addresses_;  // until
  std::deque<RejectInfo> rejects_;
};

}  // namespace freezenet::net
