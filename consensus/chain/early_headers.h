#pragma once

#include <cstdint>
#include <vector>

#include "consensus/block.h"
#include "consensus/network_params.h"

namespace freezenet {

/// Headers that are right in everything but that their time has not come yet (docs/protocol.md section 7): held until
/// this node's clock allows them. Nobody's fault, so nobody is asked to send them again.
///
/// Pure: time is an argument. Owned by whoever owns the chain, its thread. Memory: kMax headers, kMaxOfOneSource of
/// each source; where there is no room, the one that is furthest ahead is let go.
class EarlyHeaders {
 public:
  static constexpr std::size_t kMax = 256;
  static constexpr std::size_t kMaxOfOneSource = 16;

  explicit EarlyHeaders(const NetworkParams& params) : params_(params) {}

  struct Held {
    SealedHeader header;
    std::uint64_t source = 0;
  };
  /// The chain refused the header as kTimeTooEarly and for nothing else. False where it is not kept.
  bool hold(const SealedHeader& header, std::uint64_t source);
  /// Takes out those whose time has come, earliest first.
  std::vector<Held> due(std::uint64_t now);
  /// The source is gone: whoever else has these headers sends them again.
  void forget(std::uint64_t source);
  [[nodiscard]] std::size_t size() const { return held_.size(); }

 private:
  const NetworkParams& params_;
  std::vector<Held> held_;  // by time, latest last
};

}  // namespace freezenet
