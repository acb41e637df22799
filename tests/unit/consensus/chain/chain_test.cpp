#include "consensus/chain/chain.h"

#include <gtest/gtest.h>

#include "consensus/difficulty.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

class ChainTest : public testing::Test {
 protected:
  const BlockEntry& add(const BuiltBlock& block) {
    auto entry = chain_->add_header(block.header, kNow);
    EXPECT_TRUE(entry) << entry.error().message();
    return **entry;
  }
  const BlockEntry& extend(const BlockEntry& parent, std::uint64_t salt, std::uint32_t score = 100,
                           std::uint8_t key = 1) {
    const BuiltBlock block = build_block(*chain_, parent, test_key(key), salt);
    const BlockEntry& entry = add(block);
    EXPECT_TRUE(chain_->check_body(entry, block.body));
    auto update = chain_->accept(entry, block.body, proof_of(salt, score));
    EXPECT_TRUE(update) << update.error().message();
    return entry;
  }
  RejectCode refusal(const BuiltBlock& block, std::uint64_t now = kNow) {
    auto entry = chain_->add_header(block.header, now);
    EXPECT_FALSE(entry);
    return entry ? RejectCode::kDuplicate : entry.error().code;
  }

  MemoryStore store_;
  SecretKey key_ = test_key(1);
  std::unique_ptr<Chain> chain_ = std::make_unique<Chain>(regtest_params(), store_);
};

TEST_F(ChainTest, ExtendsTheTipAndAdoptsTheModel) {
  const BlockEntry& a = extend(chain_->genesis(), 1, 100);
  EXPECT_EQ(&chain_->tip(), &a);
  EXPECT_TRUE(a.outcome->adopted);
  EXPECT_EQ(chain_->canonical_root(a, 0), proof_of(1, 100).thawed_root);
  EXPECT_EQ(chain_->canonical_score(a, 0), 100);
  EXPECT_EQ(chain_->unverified(), 0U);
}

TEST_F(ChainTest, CandidateIsAcceptedByItsOwnChain) {
  const CandidateHeader c = chain_->candidate(key_.public_key(), kNow, 7, hash_of(3));
  EXPECT_EQ(c.prev_block, chain_->genesis().hash);
  EXPECT_EQ(c.start_root, chain_->canonical_root(chain_->genesis(), 0));
  EXPECT_EQ(c.time, kNow);
  EXPECT_EQ(c.body_root, hash_of(3));
  EXPECT_EQ(chain_->candidate(key_.public_key(), 0, 7, {}).time, chain_->genesis().header.candidate.time + 1);
}

TEST_F(ChainTest, RefusesEachFaultOfAHeaderUnderItsName) {
  const auto with = [&](auto change, bool sign = true) {
    BuiltBlock b = build_block(*chain_, chain_->genesis(), key_, 3);
    change(b.header);
    const Uint256 target = ticket_target(chain_->params().tasks[0], b.header.candidate.bits);
    while (sign && Uint256::from_hash(b.header.block_hash()) > target) ++b.header.candidate.nonce;
    if (sign) seal(b, key_);
    return b;
  };
  EXPECT_EQ(refusal(with([](SealedHeader& h) { h.candidate.version = 2; })), RejectCode::kBadVersion);
  EXPECT_EQ(refusal(with([](SealedHeader& h) { h.candidate.prev_block = hash_of(9); })), RejectCode::kUnknownParent);
  EXPECT_EQ(refusal(with([](SealedHeader& h) { h.candidate.task_id = hash_of(9); })), RejectCode::kWrongTask);
  EXPECT_EQ(refusal(with([](SealedHeader& h) { h.candidate.start_root = hash_of(9); })), RejectCode::kWrongStartRoot);
  EXPECT_EQ(refusal(with([](SealedHeader& h) { h.candidate.bits = 0x1f7fffff; }, false)), RejectCode::kWrongBits);
  EXPECT_EQ(refusal(with([&](SealedHeader& h) { h.candidate.time = chain_->genesis().header.candidate.time; })),
            RejectCode::kTimeTooOld);
  EXPECT_EQ(refusal(with([](SealedHeader& h) { h.candidate.time = kNow + 121; })), RejectCode::kTimeTooEarly);
  EXPECT_EQ(refusal(with([](SealedHeader& h) { h.signature.bytes[5] ^= 1; }, false)), RejectCode::kBadSignature);
  EXPECT_EQ(refusal(with(
                [](SealedHeader& h) {
                  while (Uint256::from_hash(h.block_hash()) <= *target_from_compact(h.candidate.bits))
                    ++h.candidate.nonce;
                },
                false)),
            RejectCode::kHighHash);
  EXPECT_TRUE(chain_->add_header(with([](SealedHeader& h) { h.candidate.time = kNow + 120; }).header, kNow));
}

TEST_F(ChainTest, RefusesEachFaultOfABodyUnderItsName) {
  BuiltBlock block = build_block(*chain_, chain_->genesis(), key_, 1);
  const BlockEntry& entry = add(block);
  Body other = block.body;
  other.digests.back() = hash_of(123);
  EXPECT_EQ(chain_->check_body(entry, other).error().code, RejectCode::kWrongTraceRoot);
  other.digests.pop_back();
  EXPECT_EQ(chain_->check_body(entry, other).error().code, RejectCode::kWrongDigestCount);
  EXPECT_TRUE(chain_->check_body(entry, block.body));
}

TEST_F(ChainTest, HeaderAheadOfItsParentsVerdictIsCheckedAfterIt) {
  const BuiltBlock first = build_block(*chain_, chain_->genesis(), key_, 1);
  const BlockEntry& a = add(first);
  BuiltBlock second = build_block(*chain_, a, key_, 2);  // its start root is zero: false, but nobody can know yet
  const BlockEntry& b = add(second);
  EXPECT_EQ(chain_->ready(b).error().code, RejectCode::kParentUnverified);
  ASSERT_TRUE(chain_->accept(a, first.body, proof_of(1, 100)));
  EXPECT_EQ(chain_->ready(b).error().code, RejectCode::kWrongStartRoot);
  EXPECT_EQ(chain_->accept(b, second.body, proof_of(2, 100)).error().code, RejectCode::kWrongStartRoot);
}

TEST_F(ChainTest, ClaimedWorkCountsForNothingBeforeReplay) {
  const BlockEntry& tip = extend(chain_->genesis(), 1);
  const BlockEntry* parent = &add(build_block(*chain_, chain_->genesis(), key_, 50));
  for (std::uint64_t i = 0; i < 5; ++i) parent = &add(build_block(*chain_, *parent, key_, 51 + i));
  EXPECT_EQ(&chain_->tip(), &tip);
  EXPECT_EQ(&chain_->best_header(), parent);
  EXPECT_EQ(chain_->unverified(), 6U);
  chain_->mark_invalid(*chain_->find(parent->parent->parent->hash));
  EXPECT_EQ(chain_->unverified(), 3U);
  EXPECT_EQ(parent->state, BlockState::kInvalid);
  EXPECT_EQ(chain_->best_header().height, 3U);
}

TEST_F(ChainTest, ChildOfAnInvalidBlockIsRefused) {
  const BlockEntry& bad = add(build_block(*chain_, chain_->genesis(), key_, 1));
  chain_->mark_invalid(bad);
  EXPECT_EQ(refusal(build_block(*chain_, bad, key_, 2)), RejectCode::kInvalidParent);
  EXPECT_EQ(refusal({bad.header, {}}), RejectCode::kKnownInvalid);
}

TEST_F(ChainTest, CandidateHasExactlyOneSeal) {
  const BlockEntry& a = extend(chain_->genesis(), 1);
  BuiltBlock other{a.header, {}};
  do {
    other.header.model_root = hash_of(other.header.model_root.bytes[0] + 1'000U);
    ++other.header.trace_root.bytes[0];
  } while (Uint256::from_hash(other.header.block_hash()) > *target_from_compact(a.header.candidate.bits));
  seal(other, key_);
  EXPECT_EQ(refusal(other), RejectCode::kSecondSeal);
}

TEST_F(ChainTest, EqualWorkGoesToTheBranchThatWasCompleteFirst) {
  const BuiltBlock early = build_block(*chain_, chain_->genesis(), key_, 1);
  const BuiltBlock late = build_block(*chain_, chain_->genesis(), key_, 2);
  const BlockEntry& e = add(early);
  const BlockEntry& l = add(late);
  chain_->mark_complete(e);
  chain_->mark_complete(l);
  ASSERT_TRUE(chain_->accept(l, late.body, proof_of(2, 90)));
  EXPECT_EQ(&chain_->tip(), &l);
  auto update = chain_->accept(e, early.body, proof_of(1, 90));
  ASSERT_TRUE(update);
  EXPECT_EQ(&chain_->tip(), &e);
  EXPECT_EQ(update->disconnected, std::vector<const BlockEntry*>{&l});
  EXPECT_EQ(chain_->stale_blocks(), 1U);
}

TEST_F(ChainTest, ReorganisationRestoresMoneyAndModels) {
  const std::uint32_t maturity = chain_->params().maturity;
  const BlockEntry* fork = &chain_->genesis();
  for (std::uint64_t i = 0; i < maturity + 2; ++i) fork = &extend(*fork, 100 + i);
  const Hash256 state_at_fork = chain_->state_hash();
  EXPECT_EQ(chain_->ledger().find(key_.public_key())->balance, 2 * chain_->params().subsidy);
  EXPECT_EQ(chain_->immature_balance(key_.public_key()), maturity * chain_->params().subsidy);

  const BlockEntry* mine = fork;
  for (std::uint64_t i = 0; i < 6; ++i) mine = &extend(*mine, 200 + i, 100, 2);
  const Hash256 state_of_mine = chain_->state_hash();
  const BlockEntry* theirs = fork;
  for (std::uint64_t i = 0; i < 7; ++i) theirs = &extend(*theirs, 300 + i, 100, 3);
  EXPECT_EQ(&chain_->tip(), theirs);
  EXPECT_EQ(chain_->immature_balance(test_key(2).public_key()), 0U);
  EXPECT_EQ(chain_->immature_balance(test_key(3).public_key()), 7 * chain_->params().subsidy);

  // The same blocks in another order, and from the store, end in the same state.
  Chain restored(regtest_params(), store_);
  ASSERT_TRUE(restored.restore());
  EXPECT_EQ(restored.tip().hash, theirs->hash);
  EXPECT_EQ(restored.state_hash(), chain_->state_hash());
  EXPECT_EQ(restored.stale_blocks(), 6U);
  EXPECT_NE(state_at_fork, state_of_mine);
  EXPECT_NE(state_of_mine, chain_->state_hash());
}

TEST_F(ChainTest, ReorganisationThereAndBackEndsInTheSameState) {
  const BlockEntry* a = &chain_->genesis();
  for (std::uint64_t i = 0; i < 12; ++i) a = &extend(*a, 100 + i, 100, 1);
  const Hash256 state = chain_->state_hash();
  const auto accounts = chain_->ledger().accounts();
  const BlockEntry* b = &chain_->genesis();
  for (std::uint64_t i = 0; i < 13; ++i) b = &extend(*b, 200 + i, 100, 2);
  ASSERT_EQ(&chain_->tip(), b);
  // Two more on the first branch win it back; take them off again by comparing at the old height's state.
  const BlockEntry* c = a;
  for (std::uint64_t i = 0; i < 2; ++i) c = &extend(*c, 300 + i, 100, 1);
  ASSERT_EQ(&chain_->tip(), c);

  MemoryStore fresh_store;
  Chain fresh(regtest_params(), fresh_store);
  const auto replay = [&](const BlockEntry* to) {
    std::vector<const BlockEntry*> path;
    for (const BlockEntry* e = to; e->height > fresh.tip().height; e = e->parent) path.push_back(e);
    for (auto e = path.rbegin(); e != path.rend(); ++e) {
      auto entry = fresh.add_header((*e)->header, kNow);
      ASSERT_TRUE(entry) << entry.error().message();
      const ProofOutcome proof{(*e)->outcome->canonical_root, (*e)->outcome->score, true};
      ASSERT_TRUE(fresh.accept(**entry, *store_.body((*e)->hash), proof));
    }
  };
  replay(a);
  EXPECT_EQ(fresh.state_hash(), state);
  EXPECT_EQ(fresh.ledger().accounts(), accounts);
  replay(c);
  EXPECT_EQ(fresh.state_hash(), chain_->state_hash());
}

TEST_F(ChainTest, FailedStoreLeavesTheChainAsItWas) {
  const BlockEntry* tip = &chain_->genesis();
  for (std::uint64_t i = 0; i < 12; ++i) tip = &extend(*tip, 100 + i);
  const Hash256 state = chain_->state_hash();
  const BuiltBlock block = build_block(*chain_, *tip, key_, 200);
  const BlockEntry& entry = add(block);
  store_.fail_next = true;
  auto update = chain_->accept(entry, block.body, proof_of(200, 100));
  ASSERT_FALSE(update);
  EXPECT_EQ(update.error().code, RejectCode::kStorage);
  EXPECT_EQ(chain_->state_hash(), state);
  EXPECT_EQ(&chain_->tip(), tip);
  EXPECT_EQ(entry.state, BlockState::kHeader);
  ASSERT_TRUE(chain_->accept(entry, block.body, proof_of(200, 100)));
  EXPECT_EQ(&chain_->tip(), &entry);
}

TEST_F(ChainTest, GateKeepsTheBestRecentModel) {
  const BlockEntry& good = extend(chain_->genesis(), 1, 300);
  const BlockEntry& worse = extend(good, 2, 250);  // the margin of 2% of 360 is 7.2
  EXPECT_FALSE(worse.outcome->adopted);
  EXPECT_EQ(chain_->canonical_root(worse, 0), proof_of(1, 0).thawed_root);
  EXPECT_EQ(worse.outcome->canonical_score, 300U);
  const BlockEntry& close = extend(worse, 3, 293);
  EXPECT_TRUE(close.outcome->adopted);
  const BlockEntry& slow_ratchet = extend(close, 4, 290);  // measured against 300, not against 293
  EXPECT_FALSE(slow_ratchet.outcome->adopted);
  EXPECT_EQ(chain_->useful_fraction_ppm(100), 1'000'000ULL * 2 / (4 * 2));  // each block stands for two tickets
}

TEST_F(ChainTest, UnsoundModelIsNeverAdoptedButTheBlockStands) {
  const BuiltBlock block = build_block(*chain_, chain_->genesis(), key_, 1);
  const BlockEntry& entry = add(block);
  ASSERT_TRUE(chain_->accept(entry, block.body, proof_of(1, 360, false)));
  EXPECT_FALSE(entry.outcome->adopted);
  EXPECT_EQ(&chain_->tip(), &entry);
}

TEST_F(ChainTest, RestoreNoticesMissingMoneyAndForeignBlocks) {
  const BlockEntry* tip = &chain_->genesis();
  for (std::uint64_t i = 0; i < 12; ++i) tip = &extend(*tip, 100 + i);
  const MemoryStore good = store_;
  store_.accounts.begin()->second.balance += 1;
  EXPECT_EQ(Chain(regtest_params(), store_).restore().error().code, RejectCode::kStorage);
  store_ = good;
  store_.blocks.erase(store_.blocks.begin() + 3);
  EXPECT_EQ(Chain(regtest_params(), store_).restore().error().code, RejectCode::kStorage);
  store_ = good;
  store_.blocks[4].outcome.canonical_root = hash_of(1);
  EXPECT_EQ(Chain(regtest_params(), store_).restore().error().code, RejectCode::kStorage);
  store_ = good;
  EXPECT_TRUE(Chain(regtest_params(), store_).restore());
}

TEST_F(ChainTest, LocatorFindsTheForkOfAnotherChain) {
  const BlockEntry* tip = &chain_->genesis();
  for (std::uint64_t i = 0; i < 40; ++i) tip = &extend(*tip, 100 + i);
  const auto locator = chain_->locator(*tip);
  EXPECT_EQ(locator.front(), tip->hash);
  EXPECT_EQ(locator.back(), chain_->genesis().hash);
  EXPECT_LT(locator.size(), 20U);
  EXPECT_EQ(chain_->fork_point(locator).height, 40U);
  const std::vector<Hash256> foreign{hash_of(1), chain_->at_height(17)->hash, chain_->genesis().hash};
  EXPECT_EQ(chain_->fork_point(foreign).height, 17U);
  EXPECT_EQ(chain_->fork_point(std::vector{hash_of(1)}).height, 0U);
}

/// A chain that retargets, begun at its easiest target.
class ChainDifficulty : public testing::Test {
 protected:
  void extend(std::uint64_t salt, std::uint64_t seconds) {
    const BuiltBlock b = build_block(chain, *tip, test_key(1), salt, seconds);
    auto entry = chain.add_header(b.header, kNow);
    ASSERT_TRUE(entry) << entry.error().message();
    ASSERT_TRUE(chain.accept(**entry, b.body, proof_of(salt, 1)));
    tip = *entry;
  }
  void extend_at(std::uint64_t salt, std::uint64_t time) { extend(salt, time - tip->header.candidate.time); }
  static NetworkParams easy_params() {
    NetworkParams easy = localnet_params();
    easy.genesis_time = 1'790'000'000;
    easy.genesis_bits = 0x20100000;
    return easy;
  }

  const NetworkParams params = easy_params();
  MemoryStore store;
  Chain chain{params, store};
  const BlockEntry* tip = &chain.genesis();
};

TEST_F(ChainDifficulty, FasterBlocksMakeHarderTargetsAndPausesDoNotCollapseThem) {
  for (std::uint64_t i = 0; i < 24; ++i) extend(i, 1);
  const Uint256 hard = chain.next_target();
  EXPECT_LT(hard, *target_from_compact(params.limit_bits));
  extend(500, 2'592'000);  // thirty days
  // The median passes the pause with the sixth block after it.
  for (std::uint64_t i = 1; i <= 4; ++i) extend(500 + i, 1);
  const Uint256 before = chain.next_target();
  EXPECT_LT(before, hard);
  extend(505, 1);
  // It gives back at most six intervals of 5 s on a half-life of 60 s: less than a factor of 1.5.
  EXPECT_GT(chain.next_target(), before);
  EXPECT_LT(chain.next_target(), before.saturating_mul_div(3, 2));
}

/// Times may jump back and forth below the median; a clamp on each jump alone would let virtual time run ahead of the
/// clock.
TEST_F(ChainDifficulty, JumpingTimesDoNotSpeedUpVirtualTime) {
  std::uint64_t salt = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 6; ++i) extend_at(++salt, median_time_past(*tip) + 1);
    const std::uint64_t low = median_time_past(*tip);
    for (std::uint64_t i = 1; i <= 5; ++i) extend_at(++salt, low + 30 * i);
  }
  EXPECT_LE(tip->virtual_time, static_cast<std::int64_t>(median_time_past(*tip)));
}

}  // namespace
}  // namespace freezenet
