#include "consensus/chain/header_stream.h"

#include "consensus/base/hex.h"
#include "consensus/chain/ancestry.h"
#include "consensus/rules.h"

namespace freezenet {

HeaderStream::HeaderStream(const Chain& chain, const BlockEntry& parent, const SealedHeader& header) : chain_(chain) {
  const std::uint64_t oldest = parent.height - std::min<std::uint64_t>(parent.height, kKept - 1);
  std::vector<const BlockEntry*> path;
  for (const BlockEntry* e = &parent; e != nullptr && e->height >= oldest; e = e->parent) path.push_back(e);
  for (auto e = path.rbegin(); e != path.rend(); ++e) push(**e);
  trail_ = chain_.begin_trail(parent);
  push(child_entry(chain_.params(), header, header.block_hash(), entries_.back()));
}

Result<> HeaderStream::extend(const SealedHeader& header, std::uint64_t now) {
  if (header.candidate.prev_block != last().hash) {
    return reject(RejectCode::kUnknownParent, "no block " + to_hex(header.candidate.prev_block));
  }
  const Hash256 hash = header.block_hash();
  if (auto ok = chain_.check_child(header, hash, last()); !ok) return ok;
  if (auto ok = check_clock(chain_.params(), header.candidate, now); !ok) return ok;
  push(child_entry(chain_.params(), header, hash, last()));
  return {};
}

void HeaderStream::push(BlockEntry entry) {
  entry.parent = entries_.empty() ? nullptr : &entries_.back();
  entry.skip = nullptr;
  if (trail_) trail_->add(entry.hash, entry.header.candidate.start_root);
  entries_.push_back(std::move(entry));
  if (entries_.size() <= kKept) return;
  entries_.pop_front();
  entries_.front().parent = nullptr;  // beyond the window of every median that is still to be taken
}

}  // namespace freezenet
