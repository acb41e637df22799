#include "consensus/chain/header_room.h"

#include <algorithm>

namespace freezenet {
namespace {

/// The first of `pot`, which is those furthest ahead; none that is kept. Looks at no more than a few times as many, so
/// that a pot of kept ones costs who asks no more than its headers do.
template <typename Pot>
std::vector<BlockEntry*> furthest(const Pot& pot, std::size_t count, const HeaderRoom::Kept& kept) {
  std::vector<BlockEntry*> chosen;
  std::size_t looks = 4 * count + 64;
  for (auto it = pot.begin(); it != pot.end() && chosen.size() < count && looks > 0; ++it, --looks) {
    if (!kept(**it)) chosen.push_back(*it);
  }
  return chosen;
}

}  // namespace

void HeaderRoom::add(BlockEntry& entry) {
  pots_[entry.source].insert(&entry);
  by_work_.insert(&entry);
  ++size_;
}

void HeaderRoom::take_out(const BlockEntry& entry) {
  const auto pot = pots_.find(entry.source);
  pot->second.erase(pot->second.find(&entry));
  if (pot->second.empty()) pots_.erase(pot);
}

void HeaderRoom::remove(const BlockEntry& entry) {
  take_out(entry);
  by_work_.erase(&entry);
  --size_;
}

void HeaderRoom::condemn(BlockEntry& entry) {
  take_out(entry);
  by_work_.erase(&entry);
  entry.source = kGone;
  pots_[kGone].insert(&entry);
}

void HeaderRoom::leave(std::uint64_t source) {
  if (source == 0 || source == kGone) return;
  auto pot = pots_.extract(source);
  if (pot.empty()) return;
  for (BlockEntry* entry : pot.mapped()) entry->source = kGone;
  pots_[kGone].merge(pot.mapped());
}

void HeaderRoom::adopt(BlockEntry& entry, std::uint64_t source) {
  if (entry.source != kGone || entry.state != BlockState::kHeader || count(source) >= limits_.per_source) return;
  take_out(entry);
  entry.source = source;
  pots_[source].insert(&entry);
}

std::size_t HeaderRoom::count(std::uint64_t source) const {
  const auto pot = pots_.find(source);
  return pot == pots_.end() ? 0 : pot->second.size();
}

std::size_t HeaderRoom::fair_share(std::uint64_t source) const {
  const std::size_t sources = pots_.size() - pots_.count(0) - pots_.count(kGone) + (pots_.contains(source) ? 0 : 1);
  return std::max<std::size_t>(1, limits_.total / sources);
}

std::size_t HeaderRoom::free_for(std::uint64_t source) const {
  const std::size_t own = limits_.per_source - std::min(limits_.per_source, count(source));
  return std::min(own, limits_.total - std::min(limits_.total, size_));
}

std::size_t HeaderRoom::share_left(std::uint64_t source) const {
  const std::size_t own = count(source), share = fair_share(source);
  const std::size_t total_left = limits_.total - std::min(limits_.total, size_) + count(kGone);
  const std::size_t left = std::max(total_left, share - std::min(share, own));
  return std::min(left, limits_.per_source - std::min(limits_.per_source, own));
}

std::vector<BlockEntry*> HeaderRoom::victims(std::uint64_t source, std::size_t count_wanted, const Kept& kept) const {
  const std::size_t own = count(source);
  const auto own_pot = pots_.find(source);
  if (own + count_wanted > limits_.per_source) {
    // Another branch of the same source is what it no longer follows.
    const std::size_t over = own + count_wanted - limits_.per_source;
    if (own_pot != pots_.end()) {
      if (auto chosen = furthest(own_pot->second, over, kept); !chosen.empty()) return chosen;
    }
    count_wanted = limits_.per_source - std::min(limits_.per_source, own);
  }
  const std::size_t free = limits_.total - std::min(limits_.total, size_);
  if (free >= count_wanted) return {};
  if (const auto gone = pots_.find(kGone); gone != pots_.end()) {
    if (auto chosen = furthest(gone->second, count_wanted - free, kept); !chosen.empty()) return chosen;
  }
  const std::size_t share = fair_share(source);
  if (own + free >= share) return {};
  const std::size_t needed = std::min(count_wanted, share - own) - free;
  std::vector<const Pot*> larger;
  for (const auto& [id, pot] : pots_) {
    if (id != 0 && id != source && id != kGone && pot.size() > share) larger.push_back(&pot);
  }
  std::ranges::sort(larger, [](const Pot* a, const Pot* b) { return a->size() > b->size(); });
  for (const Pot* pot : larger) {
    if (auto chosen = furthest(*pot, std::min(needed, pot->size() - share), kept); !chosen.empty()) return chosen;
  }
  return {};
}

}  // namespace freezenet
