#include "daemon/pending_blocks.h"

#include <algorithm>
#include <utility>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

Result<> PendingBlocks::add(Block block, bool next) {
  const Hash256 hash = block.entry->hash;
  if (blocks_.contains(hash)) return reject(RejectCode::kDuplicate, to_hex(hash) + " waits for its replay");
  const auto busy = [this] {
    return reject(RejectCode::kBusy, std::to_string(blocks_.size()) + " blocks wait for their replay");
  };
  const auto of_sender =
      std::ranges::count_if(blocks_, [&](const auto& b) { return b.second.from.peer == block.from.peer; });
  if (!next && static_cast<std::size_t>(of_sender) >= kMaxOfOnePeer) return busy();
  while (blocks_.size() >= kMaxBlocks || bytes_ + bytes_of(block) > kMaxBytes) {
    const Block* furthest = next ? furthest_ahead() : nullptr;
    if (furthest == nullptr) return busy();
    erase(furthest->entry->hash);
  }
  bytes_ += bytes_of(block);
  blocks_.emplace(hash, std::move(block));
  return {};
}

const PendingBlocks::Block* PendingBlocks::furthest_ahead() const {
  const Block* furthest = nullptr;
  for (const auto& [hash, block] : blocks_) {
    const bool ahead = !block.submitted && block.entry->parent->state != BlockState::kVerified;
    if (ahead && (furthest == nullptr || block.entry->height > furthest->entry->height)) furthest = &block;
  }
  return furthest;
}

PendingBlocks::Block* PendingBlocks::find(const Hash256& hash) {
  const auto it = blocks_.find(hash);
  return it == blocks_.end() ? nullptr : &it->second;
}

void PendingBlocks::erase(const Hash256& hash) {
  const auto it = blocks_.find(hash);
  if (it == blocks_.end()) return;
  bytes_ -= bytes_of(it->second);
  blocks_.erase(it);
}

void PendingBlocks::erase_waiting_of(net::PeerId peer) {
  std::erase_if(blocks_, [&](const auto& entry) {
    const Block& block = entry.second;
    if (block.submitted || block.from.peer != peer) return false;
    bytes_ -= bytes_of(block);
    return true;
  });
}

std::vector<const BlockEntry*> PendingBlocks::entries() const {
  std::vector<const BlockEntry*> entries;
  for (const auto& [hash, block] : blocks_) entries.push_back(block.entry);
  return entries;
}

std::vector<PendingBlocks::Block*> PendingBlocks::waiting() {
  std::vector<Block*> blocks;
  for (auto& [hash, block] : blocks_) {
    if (!block.submitted) blocks.push_back(&block);
  }
  std::ranges::sort(blocks, {}, [](const Block* b) { return b->entry->height; });
  return blocks;
}

std::optional<Bytes> PendingBlocks::hand_over(Block& block) {
  bytes_ -= bytes_of(block);
  block.submitted = true;
  return std::exchange(block.model, std::nullopt);
}

}  // namespace freezenet::daemon
