#pragma once

#include <unordered_map>

#include "consensus/chain/early_headers.h"
#include "consensus/chain/header_stream.h"
#include "daemon/pending_blocks.h"

namespace freezenet::daemon {

/// What peers say of their chains: takes headers in as far as there is room, sums the rest up (HeaderStream), and tells
/// which blocks and which further headers of a peer are worth asking for. A branch counts for what it claims in all, so
/// one that is longer than the room is replayed forward from the fork in portions, also while its verified part is
/// lighter than the tip.
///
/// Owned by ChainService, its thread only. Memory: one HeaderStream a connected peer, and the bound of EarlyHeaders.
class HeaderIntake {
 public:
  HeaderIntake(Chain& chain, PendingBlocks& pending) : chain_(chain), pending_(pending), early_(chain.params()) {}

  /// `end`: the peer has no more than these.
  net::HeadersVerdict offer(net::PeerId from, const std::vector<SealedHeader>& headers, bool end, std::uint64_t now);
  [[nodiscard]] net::Wanted wanted(net::PeerId from, const Hash256& peer_best, std::size_t max);
  void left(net::PeerId peer);
  /// Takes in the early headers whose time has come; how many.
  std::size_t release(std::uint64_t now);
  /// Early headers wait here.
  [[nodiscard]] bool holds() const { return early_.size() > 0; }

 private:
  Result<> take(net::PeerId from, const SealedHeader& header, std::uint64_t now, net::HeadersVerdict& verdict);
  Result<> stream(net::PeerId from, const SealedHeader& header, std::uint64_t now, const Reject& why,
                  net::HeadersVerdict& verdict);
  [[nodiscard]] bool outweighs_tip(const HeaderStream& stream) const;
  /// No more headers are needed to know what the branch is worth.
  [[nodiscard]] bool tells_enough(const HeaderStream& stream) const;
  [[nodiscard]] std::vector<net::WantedBlock> missing(const BlockEntry& best, std::size_t max);

  Chain& chain_;
  PendingBlocks& pending_;
  std::unordered_map<net::PeerId, HeaderStream> streams_;
  EarlyHeaders early_;
};

}  // namespace freezenet::daemon
