#pragma once

#include "consensus/chain/chain.h"

namespace freezenet::sim {

class SimNode;

/// What a node tells others of its chain, and when. This one is honest: the tip, whenever it moves. Owned by SimNode.
class Publisher {
 public:
  Publisher() = default;
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  virtual ~Publisher() = default;
  /// The tip moved, by a block of somebody else's.
  virtual void on_tip(SimNode& node);
  /// This node found the block, and it is its tip.
  virtual void on_own(SimNode& node, const BlockEntry& block);
  /// A header of somebody else's is known now; its block is not here yet.
  virtual void on_header(SimNode& node, const BlockEntry& header);
  /// The last block of the active chain that others may know of.
  [[nodiscard]] virtual const BlockEntry& visible_tip(const SimNode& node) const;
};

}  // namespace freezenet::sim
