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
  static constexpr std::size_t kMaxOfOnePeer = kMaxBlocks / 2;

  struct Block {
    const BlockEntry* entry = nullptr;
    Body body;
    std::optional<Bytes> model;
    ProofSource from;
    bool submitted = false;  ///< its model and digests are with the verifier
    bool allowed = false;    ///< the ledger before it allows its transactions
  };

  /// kBusy when full: the sender keeps the block and offers it again. kDuplicate where it waits already. `next` says
  /// that the parent is verified: such a block takes the place of the one that is furthest ahead, which is fetched
  /// again.
  Result<> add(Block block, bool next);
  [[nodiscard]] Block* find(const Hash256& hash);
  [[nodiscard]] bool contains(const Hash256& hash) const { return blocks_.contains(hash); }
  void erase(const Hash256& hash);
  /// What a peer sent that proved false in another block is not worth a replay: others may send it.
  void erase_waiting_of(net::PeerId peer);
  [[nodiscard]] std::vector<const BlockEntry*> entries() const;
  [[nodiscard]] std::size_t size() const { return blocks_.size(); }
  /// Those not yet submitted, lowest first.
  std::vector<Block*> waiting();
  /// Takes the model out, for the verifier, and marks the block as submitted.
  std::optional<Bytes> hand_over(Block& block);

 private:
  [[nodiscard]] const Block* furthest_ahead() const;
  static std::size_t bytes_of(const Block& block) { return block.model ? block.model->size() : 0; }

  std::unordered_map<Hash256, Block> blocks_;
  std::size_t bytes_ = 0;
};

}  // namespace freezenet::daemon
