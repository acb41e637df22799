#include "daemon/pending_blocks.h"

#include <algorithm>
#include <utility>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

Result<> PendingBlocks::add(Block block, bool next) {
  const Hash256 hash = block.entry->hash;
  if (blocks_.contains(hash)) return reject(RejectCode::kDuplicate, to_hex(hash) + " waits for its replay");
  const bool full = blocks_.size() >= kMaxBlocks || bytes_ + bytes_of(block) > kMaxBytes;
  if (full && !next) return reject(RejectCode::kBusy, std::to_string(blocks_.size()) + " blocks wait for their replay");
  bytes_ += bytes_of(block);
  blocks_.emplace(hash, std::move(block));
  return {};
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
