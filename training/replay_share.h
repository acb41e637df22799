#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "consensus/chain/proof_verifier.h"

namespace freezenet::training {

/// How replay time is divided among those who send blocks (docs/protocol.md section 8): half to the peers that this
/// node chose, half to those that came; of the latter half, the same to each network group, since addresses of one
/// network are cheap; within that, the same to each peer. Nobody's share is reserved: who waits alone gets all of it.
///
/// One thread. Memory: one number a peer and a group, kMaxSources at most.
class ReplayShare {
 public:
  static constexpr std::size_t kMaxSources = 4096;
  /// What counts against a source, smallest first: the time of its half, of its group, its own. Milliseconds.
  struct Used {
    double half = 0, group = 0, peer = 0;
    auto operator<=>(const Used&) const = default;
  };
  [[nodiscard]] Used of(const ProofSource& source) const;
  void add(const ProofSource& source, double milliseconds);
  void clear();

 private:
  double inbound_ = 0, outbound_ = 0;
  std::unordered_map<std::uint64_t, double> groups_, peers_;
};

}  // namespace freezenet::training
