#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "consensus/chain/header_room.h"
#include "consensus/chain/header_trail.h"
#include "consensus/chain/proof_verifier.h"
#include "consensus/chain/store.h"
#include "consensus/network_params.h"

namespace freezenet {

/// How the active chain moved. Entries stay valid for the life of the Chain.
struct ChainUpdate {
  std::vector<const BlockEntry*> disconnected;  ///< newest first
  std::vector<const BlockEntry*> connected;     ///< oldest first
  std::vector<Transaction> made;                ///< those of the connected blocks
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
  /// Tier 1, first part: the body belongs to the header.
  Result<> check_body(const BlockEntry& entry, const Body& body) const;
  /// Tier 1, second part: the ledger before the block allows its transactions (signatures: rules.h). The parent is
  /// verified. kInvalidTransaction proves the block false.
  Result<> check_transactions(const BlockEntry& entry, const Body& body);
  /// Records that everything needed for the block's replay is here; breaks ties of work.
  void mark_complete(const BlockEntry& entry);
  /// The block's parent is verified and its header agrees with the outcome, so that it may be replayed.
  /// kParentUnverified: not yet; also where its adoption depends on scores of assumed blocks. Another reject: the block
  /// is false; the caller gives it to mark_invalid().
  Result<> ready(const BlockEntry& entry) const;
  /// The verdict of a replay that agreed: adopts or keeps the model, then moves the active chain to the most verified
  /// work. Durable on return. After kStorage the chain is unchanged.
  Result<ChainUpdate> accept(const BlockEntry& entry, const Body& body, const ProofOutcome& proof);
  /// The block and everything built on it is false. Never called for a verified block.
  void mark_invalid(const BlockEntry& entry);

  // Blocks that somebody else has replayed (docs/protocol.md section 12). Nothing of it is kept but the outcomes.

  /// What to look for; nullopt ends it. What was accepted because of it stays.
  void assume(std::optional<Assumption> assumption);
  [[nodiscard]] const std::optional<Assumption>& assumption() const { return assumption_; }
  /// The trail of a branch up to `at`, which is in the tree; nullopt where nothing is looked for.
  [[nodiscard]] std::optional<HeaderTrail> begin_trail(const BlockEntry& at) const;
  /// A trail that met the assumed block: from here on it is known which blocks are under the assumption.
  void follow(HeaderTrail trail) { trail_ = std::move(trail); }
  [[nodiscard]] const std::optional<HeaderTrail>& trail() const { return trail_; }
  /// Those of the trail that the tip has not passed.
  [[nodiscard]] std::vector<Boundary> boundaries() const;
  /// Its models are durable, and these are their scores, by task: no block up to it needs a replay any more.
  void skip_to(const Boundary& boundary, std::vector<std::uint32_t> scores);
  [[nodiscard]] bool skips() const { return boundary_.has_value(); }
  /// The tip is on the way to the assumed block, and blocks without a replay follow it.
  [[nodiscard]] bool nears_assumed() const;
  /// On the way to the assumed block, or this one.
  [[nodiscard]] bool under_assumption(const BlockEntry& entry) const;
  /// What the block's outcome is without a replay; nullopt where it needs one.
  [[nodiscard]] std::optional<BlockOutcome> assumed_outcome(const BlockEntry& entry) const;
  /// accept() with assumed_outcome(). Body and signatures were checked as always; the ledger is checked here.
  Result<ChainUpdate> accept_assumed(const BlockEntry& entry, const Body& body);
  /// accept() with an outcome that was stored before, as a database is rebuilt.
  Result<ChainUpdate> accept_stored(const BlockEntry& entry, const Body& body, const BlockOutcome& outcome);
  /// The first one that waits for its replay, none below it does; nullptr: none waits.
  [[nodiscard]] const BlockEntry* lowest_assumed() const { return assumed_.empty() ? nullptr : *assumed_.begin(); }
  [[nodiscard]] std::size_t assumed_blocks() const { return assumed_.size(); }
  /// The replay of lowest_assumed() agreed with its digests. nullptr: it is as it was assumed, which is durable now.
  /// Else the block that is proven false by it, and nothing has changed: that one, or one above whose adoption was read
  /// from headers and is decided now. kStorage: nothing has changed.
  Result<const BlockEntry*> confirm(const BlockEntry& entry, const ProofOutcome& proof);
  /// Adoption of a child of `parent` follows from scores that are known here.
  [[nodiscard]] bool gate_known(const BlockEntry& parent) const;

  /// The operator declares a block invalid, with everything built on it, or takes that back: the active chain moves to
  /// the most verified work of what is left. Durable on return; after kStorage nothing has changed. kNotFound for
  /// genesis. Headers without a verdict that stand on it are forgotten: they may be offered again.
  Result<ChainUpdate> set_aside(const BlockEntry& entry);
  Result<ChainUpdate> reconsider(const BlockEntry& entry);

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
    /// The outcome of a block's training; nullopt: the model to start from is not kept.
    using Replay = std::function<Result<std::optional<ProofOutcome>>(const BlockEntry&, const Body&)>;
    unsigned level = 0;        ///< each does what the one before does: 0 bodies can be read, 1 they have the header's
                               ///< roots, 2 undo can be read, 3 the blocks are disconnected and connected again in
                               ///< memory, which gives the same undo and the same ledger, 4 `replay` gives the outcome
    std::uint64_t blocks = 0;  ///< the newest of the active chain; all where it has fewer
    Replay replay;
    /// After each step; a reject ends the check with it.
    std::function<Result<>(std::uint64_t done, std::uint64_t steps)> progress;
  };
  /// Looks at blocks again that were verified before; nothing changes. Returns their number; kStorage names the first
  /// one that is not as it was. Memory from level 3 on: the accounts that these blocks touch.
  Result<std::uint64_t> recheck(const Recheck& how) const;

  /// A header for a miner to work on: the child of the tip, with a body of this root.
  [[nodiscard]] CandidateHeader candidate(const XOnlyKey& miner, std::uint64_t now, std::uint64_t nonce,
                                          const Hash256& body_root) const;
  /// What the next block credits before its transactions.
  [[nodiscard]] std::optional<MaturedReward> matured_next() const { return matured_after(tip()); }

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

  /// The last known block of every branch, false ones and headers alone included; in no order.
  [[nodiscard]] const std::unordered_set<const BlockEntry*>& leaves() const { return leaves_; }

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
  /// tagged("FreezeNet/state", tip || accounts hash || claims digest || canonical root of each task): equal on two
  /// nodes exactly if they agree.
  [[nodiscard]] const Hash256& state_hash() const { return state_hash_; }
  /// Hashes from the best verified tip back to genesis, ten in a row and then twice as far each time: where two chains
  /// part.
  [[nodiscard]] std::vector<Hash256> locator(const BlockEntry& from) const;
  /// The last block of the active chain that the locator names; genesis where it names none.
  [[nodiscard]] const BlockEntry& fork_point(std::span<const Hash256> locator) const;
  [[nodiscard]] std::size_t unverified() const { return room_.waiting(); }
  /// Verified blocks that are not on the active chain: work that somebody did in vain.
  [[nodiscard]] std::size_t stale_blocks() const { return verified_ - (active_.size() - 1); }
  /// What the operator declared invalid himself.
  [[nodiscard]] const std::vector<Hash256>& set_aside_blocks() const { return set_aside_; }

 private:
  BlockEntry* insert(const SealedHeader& header, const Hash256& hash, const Hash256& candidate_hash,
                     const BlockEntry& parent);
  [[nodiscard]] Result<> check_start(const SealedHeader& header, const BlockEntry& parent) const;
  [[nodiscard]] Result<> check_seal(const Hash256& candidate_hash, const Hash256& block_hash) const;
  /// Moves the active chain to `best`. `verified` is the block whose verdict is the reason, where there is one.
  Result<ChainUpdate> activate(const BlockEntry& best, const StoredBlock* verified,
                               const std::vector<Hash256>* set_aside = nullptr);
  /// Takes a view of the tip's ledger to `after`, which is verified or is `verified`; notes the way in `change`.
  Result<> go_to(const BlockEntry& after, LedgerView& view, const StoredBlock* verified, ChainChange* change);
  /// The ledger after a verified block of any branch, in a view over the tip's.
  Result<LedgerView*> view_after(const BlockEntry& entry);
  Result<ChainUpdate> change_set_aside(std::vector<Hash256> set_aside);
  /// Exchanges the list, and sets the states that follow from it.
  void mark_set_aside(std::vector<Hash256>& set_aside);
  [[nodiscard]] const BlockEntry& heaviest_verified() const;
  [[nodiscard]] std::optional<MaturedReward> matured_after(const BlockEntry& parent) const;
  [[nodiscard]] BlockOutcome judge(const BlockEntry& entry, const ProofOutcome& proof) const;
  /// The highest canonical score that the gate of a child of `parent` looks back on, -1 where there is none; nullopt
  /// where one of them is not known.
  [[nodiscard]] std::optional<std::int64_t> best_recent(const BlockEntry& parent) const;
  /// A replay decides the block's outcome: its gate is known, or what the headers say and the score before it.
  [[nodiscard]] bool decidable(const BlockEntry& entry) const;
  /// What a child of `parent` that is not adopted has as its canonical score is known: a placeholder must never become
  /// part of a real outcome.
  [[nodiscard]] bool score_known(const BlockEntry& parent) const;
  /// The canonical root after the block as a later header of its branch says it; nullopt where none is known that is
  /// sure to be right.
  [[nodiscard]] std::optional<Hash256> root_by_headers(const BlockEntry& entry) const;
  /// The marked header from this height on that stands on the block; nullptr where none is in the tree.
  [[nodiscard]] const BlockEntry* marked_above(const BlockEntry& entry, std::uint64_t height) const;
  /// The first block above `entry`, as far as gates reach, whose adoption is not what the scores say.
  [[nodiscard]] const BlockEntry* wrongly_adopted(const BlockEntry& entry) const;
  void count_adopted_again(BlockEntry& from);
  Result<ChainUpdate> take(const BlockEntry& entry, const Body& body, const BlockOutcome& outcome);
  Result<> ready_but_for_gate(const BlockEntry& entry) const;
  void collect_assumed();
  [[nodiscard]] const BlockEntry* last_of_task(const BlockEntry& after, std::size_t task) const;
  [[nodiscard]] Hash256 state_hash_of(const BlockEntry& at, const Hash256& accounts, const Hash256& claims) const;
  void drop_subtree(const BlockEntry& root);
  [[nodiscard]] bool better(const BlockEntry& a, const BlockEntry& b) const;

  NetworkParams params_;
  std::vector<Plan> plans_;
  std::vector<Hash256> task_ids_;
  std::vector<Hash256> genesis_roots_;
  ChainStore& store_;
  std::unordered_map<Hash256, std::unique_ptr<BlockEntry>> entries_;
  std::unordered_map<Hash256, std::vector<const BlockEntry*>> children_;
  std::unordered_set<const BlockEntry*> leaves_;  // without children
  std::size_t verified_ = 0;                      // blocks of that state, genesis not counted
  std::unordered_map<Hash256, Hash256> seals_;    // candidate hash -> the block that sealed it; replayed ones only
  std::vector<const BlockEntry*> active_;         // index = height
  Ledger ledger_;
  Hash256 state_hash_;  // a pass over all accounts, so it is made once for each tip
  /// The newest view over the ledger and the block that it stands after: the blocks of a branch come one after another.
  /// Gone as soon as the ledger moves.
  std::unique_ptr<LedgerView> view_;
  const BlockEntry* view_at_ = nullptr;
  std::vector<Hash256> set_aside_;
  std::optional<Assumption> assumption_;
  std::optional<HeaderTrail> trail_;
  std::optional<Boundary> boundary_;
  std::vector<std::uint32_t> boundary_scores_;
  struct ByHeight {
    bool operator()(const BlockEntry* a, const BlockEntry* b) const {
      return a->height != b->height ? a->height < b->height : a->hash < b->hash;
    }
  };
  std::set<const BlockEntry*, ByHeight> assumed_;
  std::uint64_t completions_ = 0;
  HeaderRoom room_;
};

}  // namespace freezenet
