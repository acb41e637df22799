#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "consensus/base/bytes.h"

namespace freezenet {

/// What somebody trusts without having replayed it: this block, with everything below it, is valid, and this is the
/// canonical model of its task after it. Headers, signatures, bodies and the ledger are checked nevertheless. No part
/// of the network's parameters.
struct Assumption {
  std::uint64_t height = 0;
  Hash256 block;
  Hash256 canonical_root;
  friend bool operator==(const Assumption&, const Assumption&) = default;
};

/// A height up to which blocks need no replay, once the canonical models after it are here: training goes on from them.
struct Boundary {
  std::uint64_t height = 0;
  std::vector<Hash256> roots;  ///< by task
};

}  // namespace freezenet
