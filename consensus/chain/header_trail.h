#pragma once

#include "consensus/chain/assumption.h"
#include "consensus/network_params.h"

namespace freezenet {

/// What is kept of a chain of headers on its way to the assumed block, however long it is: the hash of every kStep-th
/// header, and what the headers behind a boundary say of the models before them. A block of the tree is under the
/// assumption if it is an ancestor of a marked one.
///
/// Scores are in no header, and the adoption gate of a block needs those of its task's last `adoption_window` blocks.
/// So the highest boundary lies so far below the assumed block that every gate which looks across it can be read from
/// the headers up to there. Peers keep models of new blocks and of every kMilestone-th, so the second boundary is such
/// a one.
///
/// Pure. Memory: half a byte a header, bounded by the assumption's height.
class HeaderTrail {
 public:
  static constexpr std::uint64_t kStep = 64;
  static constexpr std::uint64_t kMilestone = 1000;

  /// Begins after `from`, a height that is verified already: blocks up to there are not looked for.
  HeaderTrail(const Assumption& assumption, const NetworkParams& params, std::uint64_t from);

  /// The header after the last one. Beyond the assumed height it changes nothing.
  void add(const Hash256& hash, const Hash256& start_root);
  /// Of the last header; `from` where there is none.
  [[nodiscard]] std::uint64_t height() const { return height_; }
  /// The chain has the assumed height: with the assumed block, or without it.
  [[nodiscard]] bool ended() const { return height_ >= assumption_.height; }
  [[nodiscard]] bool met() const { return met_; }

  /// The marked header at this height or the next one above it; nullptr where there is none.
  [[nodiscard]] const Hash256* mark_from(std::uint64_t height) const;
  /// The best one first; none where the assumed block is too low for one. Complete once met().
  [[nodiscard]] const std::vector<Boundary>& boundaries() const { return boundaries_; }

 private:
  Assumption assumption_;
  std::uint64_t from_, height_;
  bool met_ = false;
  std::vector<Hash256> marks_;
  std::vector<Boundary> boundaries_;
};

}  // namespace freezenet
