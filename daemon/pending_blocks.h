#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "consensus/chain/chain.h"
#include "net/chain_port.h"

namespace freezenet::daemon {

/// Blocks whose data is here and whose verdict is not: they wait for their parent's verdict, for room in the replay
/// queue, or for their own. Owned by ChainService, its thread only. Memory: at most kMaxBlocks blocks and kMaxBytes of
/// signed models.
class PendingBlocks {
 public:
  static constexpr std::size_t kMaxBlocks = 64;
  static constexpr std::size_t kMaxBytes = std::size_t{256} << 20;

  struct Block {
    const BlockEntry* entry = nullptr;
    Body body;
    std::optional<Bytes> model;
    net::PeerId from = 0;
    bool submitted = false;  ///< its model and digests are with the verifier
  };

  /// kBusy when full: the sender keeps the block and offers it again. kDuplicate where it waits already. A block that
  /// is next to be replayed is never refused for blocks far ahead of it: `next` says that its parent is verified.
  Result<> add(Block block, bool next);
  [[nodiscard]] Block* find(const Hash256& hash);
  [[nodiscard]] bool contains(const Hash256& hash) const { return blocks_.contains(hash); }
  void erase(const Hash256& hash);
  [[nodiscard]] std::size_t size() const { return blocks_.size(); }
  /// Those not yet submitted, lowest first.
  std::vector<Block*> waiting();
  /// Takes the model out, for the verifier, and marks the block as submitted.
  std::optional<Bytes> hand_over(Block& block);

 private:
  static std::size_t bytes_of(const Block& block) { return block.model ? block.model->size() : 0; }

  std::unordered_map<Hash256, Block> blocks_;
  std::size_t bytes_ = 0;
};

}  // namespace freezenet::daemon
