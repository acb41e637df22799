#pragma once

#include <deque>

#include "consensus/chain/chain.h"

namespace freezenet {

/// One peer's headers beyond those that the chain has room for: checked by the same rules, then summed up and dropped,
/// so that it is known how much work a branch claims in all, however long it is. What only a verified parent decides
/// (start root, seal) stays open, as it does for every header that runs ahead.
///
/// While the chain looks for the way to an assumed block, the stream leaves a trail.
///
/// Owner: whoever follows the peer; the thread of the Chain, which outlives it. Memory: the last 11 entries, and
/// HeaderTrail's bound.
class HeaderStream {
 public:
  /// Begins with a header that Chain::add_header found right and had no room for (kTooManyHeaders); `parent` is in the
  /// tree.
  HeaderStream(const Chain& chain, const BlockEntry& parent, const SealedHeader& header);
  HeaderStream(const HeaderStream&) = delete;
  HeaderStream& operator=(const HeaderStream&) = delete;

  /// The child of last(). kUnknownParent where it is not; otherwise what tier 0 says of it. After a reject the stream
  /// is as it was.
  Result<> extend(const SealedHeader& header, std::uint64_t now);

  /// Height, time and total work up to the last header.
  [[nodiscard]] const BlockEntry& last() const { return entries_.back(); }
  /// Its peer has no more headers than these for now, or has again.
  void set_ended(bool ended) { ended_ = ended; }
  /// Whether more of it may still lead to the assumed block.
  [[nodiscard]] bool may_meet() const { return trail_ && !trail_->ended() && !ended_; }
  /// nullptr where none was looked for when the stream began.
  [[nodiscard]] const HeaderTrail* trail() const { return trail_ ? &*trail_ : nullptr; }

 private:
  static constexpr std::size_t kKept = 11;  // the median's window
  void push(BlockEntry entry);

  const Chain& chain_;
  std::deque<BlockEntry> entries_;  // each the parent of the next
  std::optional<HeaderTrail> trail_;
  bool ended_ = false;
};

}  // namespace freezenet
