#include "daemon/storage/kept_models.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace freezenet::daemon {
namespace {

/// Every verified block but genesis, in the order in which they became complete: nearly that of their verdicts. What a
/// rebuild had computed before a restart may be removed by it, and is computed once more.
std::vector<const BlockEntry*> verified_blocks(const Chain& chain) {
  std::vector<const BlockEntry*> found = {&chain.genesis()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const BlockEntry* child : chain.children(*found[i])) {
      if (child->state == BlockState::kVerified) found.push_back(child);
    }
  }
  found.erase(found.begin());
  std::ranges::sort(found, {}, &BlockEntry::completed);
  return found;
}

}  // namespace

Result<std::size_t> KeptModels::restore(const Chain& chain) {
  for (std::size_t task = 0; task < chain.params().tasks.size(); ++task) {
    refer(chain.canonical_root(chain.genesis(), task));
  }
  for (const BlockEntry* block : verified_blocks(chain)) hold(*block);
  let_go(chain, false);  // most of these files went long ago: those that did not are found below
  auto roots = store_.roots();
  if (!roots) return tl::unexpected(roots.error());
  std::size_t removed = 0;
  for (const Hash256& root : *roots) {
    if (references_.contains(root)) continue;
    if (auto gone = store_.remove(root); !gone) return tl::unexpected(gone.error());
    ++removed;
  }
  return removed;
}

void KeptModels::add(const Chain& chain, const BlockEntry& block) {
  hold(block);
  let_go(chain);
}

void KeptModels::hold(const BlockEntry& block) {
  refer(block.header.model_root);
  refer(block.outcome->canonical_root);
  recent_.push_back(&block);
}

void KeptModels::let_go(const Chain& chain, bool with_file) {
  if (recent_.size() <= policy_.unfinal) return;
  const auto old_enough = static_cast<std::ptrdiff_t>(recent_.size() - policy_.unfinal);
  const auto kept = std::remove_if(recent_.begin(), recent_.begin() + old_enough, [&](const BlockEntry* block) {
    if (block->height + policy_.unfinal > chain.tip().height) return false;
    // References of a milestone stay for good; a second one, of a block computed again, does no harm.
    if (block->height % policy_.milestone != 0 || !chain.is_active(*block)) {
      release(block->header.model_root, with_file);
      release(block->outcome->canonical_root, with_file);
    }
    return true;
  });
  recent_.erase(kept, recent_.begin() + old_enough);
}

void KeptModels::release(const Hash256& root, bool with_file) {
  const auto count = references_.find(root);
  if (--count->second > 0) return;
  references_.erase(count);
  if (with_file) (void)store_.remove(root);  // the next start tries again
}

void KeptModels::pin(std::vector<Hash256> roots) {
  for (const Hash256& root : roots) refer(root);
  std::swap(pinned_, roots);
  for (const Hash256& root : roots) release(root, true);
}

void KeptModels::discard(const Hash256& root) {
  if (!references_.contains(root)) (void)store_.remove(root);
}

}  // namespace freezenet::daemon
