// Chain's blocks that the operator declares invalid, whatever their proofs say.

#include <algorithm>

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "consensus/chain/chain.h"

namespace freezenet {

Result<ChainUpdate> Chain::set_aside(const BlockEntry& entry) {
  if (entry.height == 0) return reject(RejectCode::kNotFound, "genesis is not a block that could be invalid");
  if (!entry.outcome)
    return reject(RejectCode::kParentUnverified, "block " + to_hex(entry.hash) + " is not verified yet");
  std::vector<Hash256> list = set_aside_;
  if (std::ranges::find(list, entry.hash) == list.end()) list.push_back(entry.hash);
  return change_set_aside(std::move(list));
}

Result<ChainUpdate> Chain::reconsider(const BlockEntry& entry) {
  // The block itself, what is below it and what stands on it: all that could keep it out.
  std::vector<Hash256> list = set_aside_;
  std::erase_if(list, [&](const Hash256& hash) {
    const BlockEntry* e = find(hash);
    if (e == nullptr) return false;
    const bool below = e->height <= entry.height && &ancestor(entry, e->height) == e;
    return below || (e->height > entry.height && &ancestor(*e, entry.height) == &entry);
  });
  return change_set_aside(std::move(list));
}

Result<ChainUpdate> Chain::change_set_aside(std::vector<Hash256> set_aside) {
  mark_set_aside(set_aside);
  auto update = activate(heaviest_verified(), nullptr, &set_aside_);
  if (!update) mark_set_aside(set_aside);  // swapped: as it was before
  return update;
}

void Chain::mark_set_aside(std::vector<Hash256>& set_aside) {
  view_.reset();
  std::swap(set_aside_, set_aside);
  for (auto& [hash, entry] : entries_) {
    if (!entry->set_aside) continue;
    entry->set_aside = false;
    entry->state = BlockState::kVerified;
  }
  for (const Hash256& hash : set_aside_) {
    const BlockEntry* root = find(hash);
    std::vector<const BlockEntry*> below;
    if (root != nullptr) below.push_back(root);
    while (!below.empty()) {
      BlockEntry& own = *entries_.at(below.back()->hash);
      below.pop_back();
      // What has no verdict yet is forgotten, so that nobody is blamed for it.
      const auto above = children(own);
      std::vector<const BlockEntry*> unverified;
      for (const BlockEntry* child : above) (child->outcome ? below : unverified).push_back(child);
      own.set_aside = true;
      own.state = BlockState::kInvalid;
      for (const BlockEntry* child : unverified) drop_subtree(*child);
    }
  }
  collect_assumed();
}

const BlockEntry& Chain::heaviest_verified() const {
  const BlockEntry* best = active_.front();
  for (const auto& [hash, entry] : entries_) {
    if (entry->state == BlockState::kVerified && better(*entry, *best)) best = entry.get();
  }
  return *best;
}

}  // namespace freezenet
