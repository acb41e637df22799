#pragma once

#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "consensus/chain/header_room.h"
#include "consensus/chain/proof_verifier.h"
#include "consensus/chain/store.h"
#include "consensus/network_params.h"

namespace freezenet {

/// How the active chain moved. Entries stay valid for the life of the Chain.
struct ChainUpdate {
  std::vector<const BlockEntry*> disconnected;  ///< newest first
  std::vector<const BlockEntry*> connected;     ///< oldest first
};

/// The tree of known blocks, the active chain (most verified work) and the ledger at its tip. Pure: bytes, verdicts and
/// time are arguments, refusals are values. One thread owns it.
///
/// Memory: one BlockEntry a verified block, and HeaderLimits' bound of those without a good verdict. This node's own
/// blocks (source 0) always have room.
class Chain {
 public:
  /// `params` has passed check_params.
  Chain(NetworkParams params, ChainStore& store, const HeaderLimits& limits = {});
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  /// Rebuilds the tree and the ledger from the store. kStorage where what was saved contradicts itself.
  Result<> restore();

  /// Tier 0. Adds the header to the tree. kDuplicate where it is known. The start root can be checked only once the
  /// parent is verified: for a header that runs ahead it is checked later, by ready(). kTooManyHeaders says that
  /// nothing is wrong with it but that its source has no room.
  Result<const BlockEntry*> add_header(const SealedHeader& header, std::uint64_t now, std::uint64_t source = 0);
  /// What a parent without a verdict decides of a header, whether or not it is in the tree: the part of tier 0 before
  /// the start root.
  [[nodiscard]] Result<> check_child(const SealedHeader& header, const Hash256& hash, const BlockEntry& parent) const;
  /// Tier 1: the body belongs to the header and is valid in itself.
  Result<> check_body(const BlockEntry& entry, const Body& body) const;
  /// Records that everything needed for the block's replay is here; breaks ties of work.
  void mark_complete(const BlockEntry& entry);
  /// The block's parent is verified and its header agrees with the outcome, so that it may be replayed.
  /// kParentUnverified: not yet. Another reject: the block is false; the caller gives it to mark_invalid().
  Result<> ready(const BlockEntry& entry) const;
  /// The verdict of a replay that agreed: adopts or keeps the model, then moves the active chain to the most verified
  /// work. Durable on return. After kStorage the chain is unchanged.
  Result<ChainUpdate> accept(const BlockEntry& entry, const Body& body, const ProofOutcome& proof);
  /// The block and everything built on it is false. Never called for a verified block.
  void mark_invalid(const BlockEntry& entry);

  /// Lets other entries give way (HeaderRoom) where `source` has no room for `count` headers that follow `branch`: in
  /// fair shares, never one of `keep`, of `branch` or of their ancestors. Nothing where `branch` is unknown. Pointers
  /// to what gives way end; a dropped header may be offered again.
  void make_room(std::uint64_t source, std::size_t count, const Hash256& branch,
                 std::span<const BlockEntry* const> keep);
  /// The source is not connected any more: its headers give way first.
  void forget_source(std::uint64_t source) { room_.leave(source); }
  /// How many headers of this source would find room after make_room().
  [[nodiscard]] std::size_t room_for(std::uint64_t source) const { return room_.share_left(source); }

  /// What recheck() does and whom it tells.
  struct Recheck {
    unsigned level = 0;  ///< each does what the one before does: 0 bodies can be read, 1 they have the header's
                         ///< roots, 2 undo can be read, 3 the blocks are disconnected and connected again in
                         ///< memory, which gives the same undo and the same accounts, 4 `replay` gives the outcome
    std::uint64_t blocks = 0;  ///< the newest of the active chain; all where it has fewer
    /// nullopt: the model to start from is not kept.
    std::function<Result<std::optional<ProofOutcome>>(const BlockEntry&, const Body&)> replay;
    /// After each step; a reject ends the check with it.
    std::function<Result<>(std::uint64_t done, std::uint64_t steps)> progress;
  };
  /// Looks at blocks again that were verified before; nothing changes. Returns their number; kStorage names the first
  /// one that is not as it was. Memory: a second ledger, from level 3 on.
  Result<std::uint64_t> recheck(const Recheck& how) const;

  /// A header for a miner to work on: the child of the tip.
  [[nodiscard]] CandidateHeader candidate(const XOnlyKey& miner, std::uint64_t now, std::uint64_t nonce) const;

  [[nodiscard]] const NetworkParams& params() const { return params_; }
  [[nodiscard]] const Plan& plan(std::size_t task) const { return plans_[task]; }
  [[nodiscard]] const BlockEntry& genesis() const { return *active_.front(); }
  [[nodiscard]] const BlockEntry& tip() const { return *active_.back(); }
  /// The header with the most claimed work that is not known to be false.
  [[nodiscard]] const BlockEntry& best_header() const;
  [[nodiscard]] const BlockEntry* find(const Hash256& hash) const;
  [[nodiscard]] const BlockEntry* at_height(std::uint64_t height) const;  ///< on the active chain; nullptr beyond it
  [[nodiscard]] bool is_active(const BlockEntry& entry) const { return at_height(entry.height) == &entry; }
  /// Children of a block, in the order in which they became known.
  [[nodiscard]] std::span<const BlockEntry* const> children(const BlockEntry& entry) const;

  /// Root of the task's canonical model after `after` and its score (nullopt: still the genesis weights, never scored).
  [[nodiscard]] Hash256 canonical_root(const BlockEntry& after, std::size_t task) const;
  [[nodiscard]] std::optional<std::uint32_t> canonical_score(const BlockEntry& after, std::size_t task) const;
  /// The target that this block's ticket had to meet, and the one for a child of the tip.
  [[nodiscard]] Uint256 target_of(const BlockEntry& entry) const;
  [[nodiscard]] Uint256 next_target() const;
  /// Adopted steps over the steps that the difficulty says were spent, in parts per million, rounded down; over the
  /// last `blocks`.
  [[nodiscard]] std::uint32_t useful_fraction_ppm(std::uint64_t blocks) const;

  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  /// Rewards of the active chain that this key earned and that are not spendable yet.
  [[nodiscard]] std::uint64_t immature_balance(const XOnlyKey& key) const;
  /// tagged("FreezeNet/state", tip || accounts hash || canonical root of each task): equal on two nodes exactly if they
  /// agree.
  [[nodiscard]] Hash256 state_hash() const { return state_hash_at(tip()); }
  /// Hashes from the best verified tip back to genesis, ten in a row and then twice as far each time: where two chains
  /// part.
  [[nodiscard]] std::vector<Hash256> locator(const BlockEntry& from) const;
  /// The last block of the active chain that the locator names; genesis where it names none.
  [[nodiscard]] const BlockEntry& fork_point(std::span<const Hash256> locator) const;
  [[nodiscard]] std::size_t unverified() const { return room_.waiting(); }
  /// Verified blocks that are not on the active chain: work that somebody did in vain.
  [[nodiscard]] std::size_t stale_blocks() const { return seals_.size() - (active_.size() - 1); }

 private:
  BlockEntry* insert(const SealedHeader& header, const Hash256& hash, const Hash256& candidate_hash,
                     const BlockEntry& parent);
  [[nodiscard]] Result<> check_start(const SealedHeader& header, const BlockEntry& parent) const;
  [[nodiscard]] Result<> check_seal(const Hash256& candidate_hash, const Hash256& block_hash) const;
  Result<ChainUpdate> activate(BlockEntry& best, StoredBlock verified);
  [[nodiscard]] std::optional<MaturedReward> matured_by(const BlockEntry& entry) const;
  [[nodiscard]] BlockOutcome judge(const BlockEntry& entry, const ProofOutcome& proof) const;
  [[nodiscard]] const BlockEntry* last_of_task(const BlockEntry& after, std::size_t task) const;
  [[nodiscard]] Hash256 state_hash_at(const BlockEntry& at) const;
  void drop_subtree(const BlockEntry& root);
  [[nodiscard]] bool better(const BlockEntry& a, const BlockEntry& b) const;

  NetworkParams params_;
  std::vector<Plan> plans_;
  std::vector<Hash256> task_ids_;
  std::vector<Hash256> genesis_roots_;
  ChainStore& store_;
  std::unordered_map<Hash256, std::unique_ptr<BlockEntry>> entries_;
  std::unordered_map<Hash256, std::vector<const BlockEntry*>> children_;
  std::unordered_map<Hash256, Hash256> seals_;  // candidate hash -> the verified block that sealed it
  std::vector<const BlockEntry*> active_;       // index = height
  Ledger ledger_;
  std::uint64_t completions_ = 0;
  HeaderRoom room_;
};

}  // namespace freezenet
