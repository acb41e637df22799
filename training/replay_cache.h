#pragma once

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "training/replay.h"

namespace freezenet::training {

/// What failed replays have shown of their candidates. A segment is a function of its candidate, so a candidate has one
/// valid seal, and what one replay computed decides every other seal of it (docs/protocol.md section 8): it is compared
/// with the digests that are known, and replayed only from where those end. Without this, one honest prefix would buy a
/// forger any number of replays, since the last digests and the model's root are free bytes.
///
/// Good blocks are not remembered here: the chain knows their seals. Owned by the verifier, its thread only. Memory:
/// kMaxBytes of digests and kMaxStateBytes of weights, or one candidate's. What took fewest steps to learn gives way
/// first, so that a flood of cheap forgeries does not push out what was dear.
class ReplayCache {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMaxStateBytes = std::size_t{128} << 20;

  /// What is known of one candidate's segment.
  struct Known {
    Segment::Checkpoint reached;        ///< true digests from step 1 on; weights and momentum after them, unless let go
    std::optional<Hash256> model_root;  ///< once all steps are known
    std::optional<Reject> ended_void;   ///< the step after the known ones leaves the allowed numbers
    [[nodiscard]] bool has_state() const { return !reached.weights.empty(); }
  };

  /// kWrongTrace, kWrongReplayedModel or kVoidSegment where what is known contradicts the claim; success says nothing.
  [[nodiscard]] Result<> check(const Hash256& candidate, const SegmentClaim& claim) const;
  /// Where a replay of a claim that passed check() may begin; nullptr: at the start.
  [[nodiscard]] const Segment::Checkpoint* state_of(const Hash256& candidate) const;
  /// Replaces what was known of the candidate, unless that was more.
  void learn(const Hash256& candidate, Known known);
  /// The candidate's valid seal was found; the chain remembers it.
  void forget(const Hash256& candidate);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Bytes that weights and momentum really take up.
  [[nodiscard]] std::size_t state_capacity() const;

 private:
  /// What an entry is worth: the steps that it took, then its age. The smallest gives way.
  using Worth = std::pair<std::size_t, std::uint64_t>;
  struct Entry {
    Hash256 candidate;
    Known known;
  };

  static std::size_t digest_bytes(const Known& known) { return known.reached.digests.size() * sizeof(Hash256); }
  static std::size_t state_bytes(const Known& known) { return known.reached.weights.size() * 2 * sizeof(float); }
  void drop(const Worth& worth);
  void drop_state(const Worth& worth);
  void make_room(const Known& incoming);

  std::map<Worth, Entry> entries_;
  std::set<Worth> with_state_;
  std::unordered_map<Hash256, Worth> by_candidate_;
  std::uint64_t learned_ = 0;
  std::size_t bytes_ = 0, state_bytes_ = 0;
};

}  // namespace freezenet::training
