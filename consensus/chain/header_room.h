#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <unordered_map>
#include <vector>

#include "consensus/chain/block_entry.h"

namespace freezenet {

/// Bounds of the headers that wait for their verdict.
struct HeaderLimits {
  std::size_t total = 20'000;      ///< all sources together, what proved false included
  std::size_t per_source = 4'000;  ///< more of one branch are only summed up (HeaderStream)
};

/// Who takes how much of the room for headers without a good verdict. A header costs its sender only hashing, so the
/// room is shared by sources: whoever has less than an equal share gets it, from those who left first, then from who
/// has most. Source 0 is this node; it always has room and gives none away.
///
/// Owner: Chain, which owns the entries too; its thread. Memory: two ordered references an entry.
class HeaderRoom {
 public:
  using Kept = std::function<bool(const BlockEntry&)>;
  /// Source of what is of no use to anybody who is still connected: the first to give way.
  static constexpr std::uint64_t kGone = ~std::uint64_t{0};

  explicit HeaderRoom(const HeaderLimits& limits) : limits_(limits) {}

  /// The entry's source is set.
  void add(BlockEntry& entry);
  /// It was verified, or is about to be deleted.
  void remove(const BlockEntry& entry);
  /// It was proven false: remembered as long as nobody needs the room.
  void condemn(BlockEntry& entry);
  /// The source is not connected any more.
  void leave(std::uint64_t source);
  /// The source offers a header that waits already: where the first sender has left, it is this one's now.
  void adopt(BlockEntry& entry, std::uint64_t source);

  /// How many headers of this source would find room: now, and after others have given way.
  [[nodiscard]] std::size_t free_for(std::uint64_t source) const;
  [[nodiscard]] std::size_t share_left(std::uint64_t source) const;
  /// Up to `count` entries that give way to `source`, the furthest ahead first; none that `kept` names.
  [[nodiscard]] std::vector<BlockEntry*> victims(std::uint64_t source, std::size_t count, const Kept& kept) const;

  [[nodiscard]] std::size_t waiting() const { return by_work_.size(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The entry with the most claimed work; nullptr where none waits.
  [[nodiscard]] const BlockEntry* heaviest() const { return by_work_.empty() ? nullptr : *by_work_.rbegin(); }

 private:
  struct ByHeight {
    using is_transparent = void;
    bool operator()(const BlockEntry* a, const BlockEntry* b) const {
      return a->height != b->height ? a->height > b->height : a->hash < b->hash;
    }
  };
  struct ByWork {
    bool operator()(const BlockEntry* a, const BlockEntry* b) const {
      return a->total_work != b->total_work ? a->total_work < b->total_work : a->hash < b->hash;
    }
  };
  using Pot = std::set<BlockEntry*, ByHeight>;
  [[nodiscard]] std::size_t count(std::uint64_t source) const;
  /// An equal part of the total for each source that waits, `source` counted in any case.
  [[nodiscard]] std::size_t fair_share(std::uint64_t source) const;
  void take_out(const BlockEntry& entry);

  const HeaderLimits limits_;
  std::size_t size_ = 0;
  std::unordered_map<std::uint64_t, Pot> pots_;
  std::set<const BlockEntry*, ByWork> by_work_;
};

}  // namespace freezenet
