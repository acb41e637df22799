// Blocks that are taken for valid because a later one is trusted: which ones, with what outcome, and how they are
// replayed afterwards.

#include <gtest/gtest.h>

#include "consensus/chain/header_stream.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;
constexpr std::uint64_t kTasks = 2, kWindow = 3, kHeight = 42;
constexpr std::uint64_t kBoundary = kHeight - (kWindow + 1) * kTasks;

NetworkParams two_tasks() {
  NetworkParams params = regtest_params();
  params.adoption_window = kWindow;
  params.tasks.push_back(params.tasks.front());
  params.tasks.back().name = "again";
  return params;
}

/// Some blocks are adopted, others are not, such as the two above the boundary. The segment of block 12 changed
/// nothing: it is adopted, which no header shows.
ProofOutcome proof_at(std::uint64_t height) {
  if (height == 12) return proof_of(8, 300);
  return proof_of(height, height % 5 < 2 ? 100 : 300);
}

class AssumedTest : public testing::Test {
 protected:
  void SetUp() override {
    for (std::uint64_t h = 1; h <= kHeight + 5; ++h) extend_reference(h);
    assumption_ = {kHeight, at(kHeight).hash, at(kHeight).outcome->canonical_root};
    chain_.assume(assumption_);
  }
  void extend_reference(std::uint64_t height) {
    blocks_.push_back(build_block(reference_, reference_.tip(), test_key(1), height));
    const auto e = reference_.add_header(blocks_.back().header, kNow);
    ASSERT_TRUE(e) << e.error().message();
    ASSERT_TRUE(reference_.accept(**e, blocks_.back().body, proof_at(height)));
  }
  const BlockEntry& at(std::uint64_t height) { return *reference_.at_height(height); }

  static void take_headers(Chain& chain, const std::vector<BuiltBlock>& blocks) {
    for (const BuiltBlock& block : blocks) ASSERT_TRUE(chain.add_header(block.header, kNow));
  }
  /// The headers, the trail, and the models of the best boundary.
  void prepare(Chain& chain) {
    take_headers(chain, blocks_);
    find_trail(chain);
    ASSERT_EQ(chain.boundaries().size(), 1U);
    const Boundary boundary = chain.boundaries().front();
    EXPECT_EQ(boundary.height, kBoundary);
    std::vector<std::uint32_t> scores;
    for (std::size_t task = 0; task < kTasks; ++task) {
      EXPECT_EQ(boundary.roots[task], reference_.canonical_root(at(kBoundary), task));
      scores.push_back(*reference_.canonical_score(at(kBoundary), task));
    }
    chain.skip_to(boundary, scores);
  }
  void find_trail(Chain& chain) {
    auto trail = chain.begin_trail(*chain.find(assumption_.block));
    ASSERT_TRUE(trail && trail->met());
    chain.follow(std::move(*trail));
  }
  const BlockEntry& entry(const Chain& chain, std::uint64_t height) { return *chain.find(at(height).hash); }
  /// Up to this height, without a replay where none is needed.
  void sync(Chain& chain, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t h = from; h <= to; ++h) {
      const BlockEntry& e = entry(chain, h);
      const bool assumed = chain.assumed_outcome(e).has_value();
      EXPECT_EQ(assumed, h <= kBoundary) << h;
      const auto done =
          assumed ? chain.accept_assumed(e, blocks_[h - 1].body) : chain.accept(e, blocks_[h - 1].body, proof_at(h));
      ASSERT_TRUE(done) << h << ": " << done.error().message();
    }
  }
  void expect_as_the_reference(const Chain& chain, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t h = from; h <= to; ++h) {
      EXPECT_EQ(*entry(chain, h).outcome, *at(h).outcome) << h;
      EXPECT_EQ(entry(chain, h).total_adopted_steps, at(h).total_adopted_steps) << h;
    }
  }
  std::size_t sweep(Chain& chain) {
    std::size_t confirmed = 0;
    while (const BlockEntry* lowest = chain.lowest_assumed()) {
      EXPECT_EQ(lowest->height, 1 + confirmed);
      const auto wrong = chain.confirm(*lowest, proof_at(lowest->height));
      EXPECT_TRUE(wrong && *wrong == nullptr) << lowest->height;
      if (!wrong || *wrong != nullptr) break;
      ++confirmed;
    }
    return confirmed;
  }

  MemoryStore reference_store_, store_;
  Chain reference_{two_tasks(), reference_store_};
  Chain chain_{two_tasks(), store_};
  std::vector<BuiltBlock> blocks_;
  Assumption assumption_;
};

TEST_F(AssumedTest, WhatIsNotReplayedEndsWithTheSameState) {
  prepare(chain_);
  sync(chain_, 1, kHeight + 5);
  EXPECT_EQ(chain_.state_hash(), reference_.state_hash());
  EXPECT_EQ(chain_.assumed_blocks(), kBoundary);
  for (std::uint64_t h = 1; h <= kBoundary; ++h) {
    EXPECT_TRUE(entry(chain_, h).outcome->assumed) << h;
    EXPECT_EQ(entry(chain_, h).outcome->canonical_root, at(h).outcome->canonical_root) << h;
    EXPECT_EQ(entry(chain_, h).outcome->adopted, at(h).outcome->adopted && h != 12) << h;
  }
  EXPECT_FALSE(at(kBoundary + 1).outcome->adopted || at(kBoundary + 2).outcome->adopted);
  for (std::uint64_t h = kBoundary + 1; h <= kHeight + 5; ++h)
    EXPECT_EQ(*entry(chain_, h).outcome, *at(h).outcome) << h;
}

TEST_F(AssumedTest, TheReplayAfterwardsMakesThemLikeAnyOther) {
  prepare(chain_);
  sync(chain_, 1, kHeight + 5);
  EXPECT_EQ(sweep(chain_), kBoundary);
  EXPECT_EQ(chain_.assumed_blocks(), 0U);
  expect_as_the_reference(chain_, 1, kHeight + 5);
  EXPECT_EQ(chain_.state_hash(), reference_.state_hash());
}

TEST_F(AssumedTest, ARestartGoesOnWhereTheReplayWas) {
  prepare(chain_);
  sync(chain_, 1, kHeight + 5);
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(chain_.confirm(*chain_.lowest_assumed(), proof_at(1 + i)));
  Chain again(two_tasks(), store_);
  ASSERT_TRUE(again.restore());
  EXPECT_EQ(again.assumed_blocks(), kBoundary - 7);
  EXPECT_TRUE(
      again.recheck({.level = 4,
                     .blocks = 1000,
                     .replay = [&](const BlockEntry& e,
                                   const Body&) { return Result<std::optional<ProofOutcome>>(proof_at(e.height)); },
                     .progress = {}}));
  while (const BlockEntry* lowest = again.lowest_assumed())
    ASSERT_EQ(again.confirm(*lowest, proof_at(lowest->height)).value(), nullptr);
  expect_as_the_reference(again, 1, kHeight + 5);
}

TEST_F(AssumedTest, ARestartOnTheWayGoesOnOnceTheHeadersAreBack) {
  prepare(chain_);
  sync(chain_, 1, kBoundary + 1);
  Chain again(two_tasks(), store_);
  ASSERT_TRUE(again.restore());
  take_headers(again, {blocks_.begin() + kBoundary + 1, blocks_.end()});
  // The gate of the next block looks back on scores that nobody knows here.
  EXPECT_EQ(again.ready(entry(again, kBoundary + 2)).error().code, RejectCode::kParentUnverified);
  again.assume(assumption_);
  find_trail(again);
  sync(again, kBoundary + 2, kHeight + 5);
  EXPECT_EQ(again.state_hash(), reference_.state_hash());
}

/// The boundary's scores are gone with the run that had them: what is replayed now would have none to go on from.
TEST_F(AssumedTest, ARestartBelowTheBoundaryWaitsForItsModels) {
  prepare(chain_);
  sync(chain_, 1, kBoundary - 3);
  Chain again(two_tasks(), store_);
  ASSERT_TRUE(again.restore());
  take_headers(again, {blocks_.begin() + kBoundary - 3, blocks_.end()});
  again.assume(assumption_);
  find_trail(again);
  const BlockEntry& next = entry(again, kBoundary - 2);
  EXPECT_EQ(again.ready(next).error().code, RejectCode::kParentUnverified);
  ASSERT_EQ(again.boundaries().size(), 1U);
  again.skip_to(again.boundaries().front(),
                {*reference_.canonical_score(at(kBoundary), 0), *reference_.canonical_score(at(kBoundary), 1)});
  sync(again, kBoundary - 2, kHeight + 5);
  EXPECT_EQ(sweep(again), kBoundary);
  expect_as_the_reference(again, 1, kHeight + 5);
}

/// Another seal of the same candidate costs its signer no training.
TEST_F(AssumedTest, OnlyAReplaySettlesWhichSealIsTheValidOne) {
  prepare(chain_);
  sync(chain_, 1, kHeight + 5);
  const std::size_t stale = chain_.stale_blocks();
  SealedHeader other = blocks_[2].header;
  const auto offer = [&](Chain& chain) {
    Result<const BlockEntry*> added = reject(RejectCode::kHighHash);
    while (!added && added.error().code == RejectCode::kHighHash) {
      ++other.model_root.bytes[0];
      other.signature = test_key(1).sign(other.block_hash());
      added = chain.add_header(other, kNow);
    }
    return added;
  };
  EXPECT_TRUE(offer(chain_)) << "nobody knows yet which one is";
  Chain again(two_tasks(), store_);
  ASSERT_TRUE(again.restore());
  EXPECT_TRUE(offer(again));
  EXPECT_EQ(sweep(chain_), kBoundary);
  EXPECT_EQ(offer(chain_).error().code, RejectCode::kSecondSeal);
  EXPECT_EQ(chain_.stale_blocks(), stale);
}

TEST_F(AssumedTest, WithoutTheHeadersTheReplayComesFirst) {
  prepare(chain_);
  sync(chain_, 1, kBoundary + 1);
  chain_.assume(std::nullopt);
  const BlockEntry& next = entry(chain_, kBoundary + 2);
  EXPECT_EQ(chain_.ready(next).error().code, RejectCode::kParentUnverified);
  EXPECT_EQ(sweep(chain_), kBoundary);
  EXPECT_TRUE(chain_.ready(next));
}

TEST_F(AssumedTest, NothingIsSkippedWithoutTheModelsOrTheBlock) {
  take_headers(chain_, {blocks_.begin(), blocks_.begin() + kHeight - 1});
  EXPECT_EQ(chain_.find(assumption_.block), nullptr);
  const auto trail = chain_.begin_trail(entry(chain_, kHeight - 1));
  ASSERT_TRUE(trail);
  EXPECT_FALSE(trail->met() || trail->ended());
  EXPECT_FALSE(chain_.assumed_outcome(entry(chain_, 1)));
  take_headers(chain_, {blocks_.begin() + kHeight - 1, blocks_.end()});
  find_trail(chain_);
  EXPECT_TRUE(chain_.under_assumption(entry(chain_, 1)));
  EXPECT_TRUE(chain_.under_assumption(entry(chain_, kHeight)));
  EXPECT_FALSE(chain_.under_assumption(entry(chain_, kHeight + 1)));
  EXPECT_FALSE(chain_.assumed_outcome(entry(chain_, 1))) << "no models yet";
}

TEST_F(AssumedTest, ABlockOfAnotherHeightOrBranchIsNotMet) {
  take_headers(chain_, blocks_);
  for (const Assumption& wrong :
       {Assumption{kHeight - 1, assumption_.block, {}}, Assumption{kHeight, hash_of(1), {}}}) {
    chain_.assume(wrong);
    const auto trail = chain_.begin_trail(entry(chain_, kHeight + 2));
    ASSERT_TRUE(trail);
    EXPECT_TRUE(trail->ended());
    EXPECT_FALSE(trail->met());
  }
}

TEST_F(AssumedTest, ABranchBesideIsNotUnderIt) {
  prepare(chain_);
  sync(chain_, 1, 9);
  BuiltBlock other = build_block(chain_, chain_.tip(), test_key(2), 9'000);
  const auto e = chain_.add_header(other.header, kNow);
  ASSERT_TRUE(e);
  EXPECT_FALSE(chain_.under_assumption(**e));
  EXPECT_FALSE(chain_.accept_assumed(**e, other.body));
  EXPECT_EQ(chain_.ready(**e).error().code, RejectCode::kParentUnverified) << "its gate is decided by a replay";
  for (std::uint64_t h = 1; h <= 9; ++h) ASSERT_TRUE(chain_.confirm(*chain_.lowest_assumed(), proof_at(h)));
  EXPECT_TRUE(chain_.ready(**e));
}

TEST_F(AssumedTest, TheLedgerIsNeverSkipped) {
  // A chain whose miner spends what it does not have: headers cannot show it.
  Transaction theft{{}, 0, 1'000, Transfer{test_key(2).public_key(), 1}, {}};
  theft.sign(test_key(3), chain_.genesis().hash);
  prepare(chain_);
  sync(chain_, 1, 4);
  const BuiltBlock bad = build_block(reference_, at(4), test_key(1), 5'000, 1, {theft});
  const auto e = chain_.add_header(bad.header, kNow);
  ASSERT_TRUE(e);
  EXPECT_EQ(chain_.accept_stored(**e, bad.body, *at(5).outcome).error().code, RejectCode::kInvalidTransaction);
  EXPECT_EQ(chain_.tip().height, 4U);
}

TEST_F(AssumedTest, AReplayThatDisagreesNamesTheBlock) {
  prepare(chain_);
  sync(chain_, 1, kHeight + 5);
  const BlockEntry* lowest = chain_.lowest_assumed();
  const int before = store_.commits;
  EXPECT_EQ(chain_.confirm(*lowest, proof_of(1, 300 - 1, false)).value(), lowest) << "not sound: not adopted";
  EXPECT_EQ(store_.commits, before);
  EXPECT_EQ(chain_.assumed_blocks(), kBoundary);
  ASSERT_TRUE(chain_.set_aside(*lowest));
  EXPECT_EQ(chain_.assumed_blocks(), 0U);
  EXPECT_EQ(chain_.tip().height, 0U);
  ASSERT_TRUE(chain_.reconsider(*lowest));
  EXPECT_EQ(chain_.assumed_blocks(), kBoundary);
  store_.fail_next = true;
  EXPECT_EQ(chain_.confirm(*lowest, proof_at(1)).error().code, RejectCode::kStorage);
  EXPECT_EQ(chain_.assumed_blocks(), kBoundary);
  EXPECT_EQ(chain_.confirm(*lowest, proof_at(1)).value(), nullptr);
}

/// Below the boundary a score was higher than the headers above it show.
TEST_F(AssumedTest, AdoptionThatNoGateAllowedIsFoundAtTheEnd) {
  prepare(chain_);
  sync(chain_, 1, kHeight + 5);
  const BlockEntry* wrong = nullptr;
  while (const BlockEntry* lowest = chain_.lowest_assumed()) {
    ProofOutcome proof = proof_at(lowest->height);
    if (lowest->height > kBoundary - kTasks && entry(chain_, lowest->height).outcome->adopted) proof.score = 360;
    wrong = chain_.confirm(*lowest, proof).value();
    if (wrong != nullptr) break;
  }
  ASSERT_NE(wrong, nullptr);
  EXPECT_GT(wrong->height, kBoundary);
  EXPECT_LE(chain_.assumed_blocks(), kTasks);
  EXPECT_GE(chain_.assumed_blocks(), 1U) << "the last one is not confirmed before it is settled";
}

TEST_F(AssumedTest, AStreamLeavesTheSameTrail) {
  Chain small(two_tasks(), store_, {100, 5});
  small.assume(assumption_);
  const BlockEntry* last = nullptr;
  for (std::size_t i = 0; i < 5; ++i) last = *small.add_header(blocks_[i].header, kNow, 1);
  HeaderStream stream(small, *last, blocks_[5].header);
  for (std::size_t i = 6; i < kHeight; ++i) {
    EXPECT_FALSE(stream.trail()->met());
    ASSERT_TRUE(stream.extend(blocks_[i].header, kNow));
  }
  ASSERT_TRUE(stream.trail()->met());
  small.follow(*stream.trail());
  ASSERT_EQ(small.boundaries().size(), 1U);
  for (std::size_t task = 0; task < kTasks; ++task)
    EXPECT_EQ(small.boundaries()[0].roots[task], reference_.canonical_root(at(kBoundary), task));
}

TEST(HeaderTrail, MarksAndBoundariesOfALongChain) {
  const NetworkParams params = two_tasks();
  const auto hash_at = [](std::uint64_t height) { return hash_of(height); };
  for (const std::uint64_t from : {0U, 63U, 64U, 65U, 1500U}) {
    const Assumption assumption{2'500, hash_of(2'500), {}};
    HeaderTrail trail(assumption, params, from);
    for (std::uint64_t h = from + 1; h <= 2'600; ++h) trail.add(hash_at(h), hash_of(1'000'000 + h));
    EXPECT_TRUE(trail.met());
    EXPECT_EQ(trail.mark_from(from), nullptr);
    for (std::uint64_t h = from + 1; h <= 2'500; ++h) {
      const Hash256* mark = trail.mark_from(h);
      ASSERT_NE(mark, nullptr) << h;
      EXPECT_EQ(*mark, hash_at(std::min<std::uint64_t>((h + 63) / 64 * 64, 2'500))) << h;
    }
    EXPECT_EQ(trail.mark_from(2'501), nullptr);
    ASSERT_EQ(trail.boundaries().size(), 2U);
    EXPECT_EQ(trail.boundaries()[0].height, 2'500U - 8);
    EXPECT_EQ(trail.boundaries()[1].height, 2'000U);
    EXPECT_EQ(trail.boundaries()[1].roots, (std::vector{hash_of(1'002'002), hash_of(1'002'001)}));
  }
}

TEST(HeaderTrail, TooLowForABoundary) {
  EXPECT_TRUE(HeaderTrail({8, {}, {}}, two_tasks(), 0).boundaries().empty());
  EXPECT_EQ(HeaderTrail({9, {}, {}}, two_tasks(), 0).boundaries().size(), 1U);
}

}  // namespace
}  // namespace freezenet
