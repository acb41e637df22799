#pragma once

#include <cstdint>
#include <optional>

#include "consensus/base/uint256.h"
#include "consensus/block.h"

namespace freezenet {

enum class BlockState : std::uint8_t {
  kHeader,    ///< tier 0 passed as far as it can be before the parent is verified
  kVerified,  ///< replayed; its outcome is known
  kInvalid,   ///< proven false, or built on a block that is
};

/// What replay and the adoption gate say about one block.
struct BlockOutcome {
  Hash256 canonical_root;             ///< the task's canonical model after this block
  std::uint32_t score = 0;            ///< correct answers of the block's thawed model on the evaluation slice
  std::uint32_t canonical_score = 0;  ///< score of the model behind canonical_root
  bool adopted = false;               ///< the thawed model became canonical
  /// Nobody replayed it here: root and adoption are what later headers say, its score is unknown. canonical_score is
  /// known of the last block of each task before a boundary, else 0.
  bool assumed = false;
  friend bool operator==(const BlockOutcome&, const BlockOutcome&) = default;
};

/// One block in the tree. Everything but state, outcome and completion is fixed when the header is added.
struct BlockEntry {
  SealedHeader header;
  Hash256 hash;
  Hash256 candidate_hash;
  const BlockEntry* parent = nullptr;  ///< nullptr for genesis only
  const BlockEntry* skip = nullptr;    ///< the ancestor whose height is this one's without its lowest bit
  std::uint64_t height = 0;
  std::int64_t virtual_time = 0;          ///< clamped clock of ASERT
  Uint256 total_work;                     ///< claimed by the headers up to here; counts once verified
  Uint256 total_spent_steps;              ///< training steps that the difficulty says were spent up to here
  std::uint64_t total_adopted_steps = 0;  ///< steps of adopted segments up to here; set when verified
  BlockState state = BlockState::kHeader;
  std::optional<BlockOutcome> outcome;  ///< set when verified
  std::uint64_t fees = 0;               ///< of its transactions, to the miner; set when verified
  bool set_aside = false;               ///< kInvalid because the operator said so of it or of one below it
  std::uint64_t source = 0;             ///< whose room the header takes while it waits (0: this node's)
  std::uint64_t completed = 0;          ///< order in which bodies became complete on this node: breaks ties
};

}  // namespace freezenet
