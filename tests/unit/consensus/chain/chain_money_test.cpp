// Transactions in blocks: on the tip, on forks, over reorganisations and restarts.

#include <gtest/gtest.h>

#include "consensus/chain/chain.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

class ChainMoneyTest : public testing::Test {
 protected:
  const BlockEntry& extend(const BlockEntry& parent, std::uint64_t salt, std::vector<Transaction> transactions = {},
                           std::uint8_t miner = 1) {
    const BuiltBlock block = build_block(*chain_, parent, test_key(miner), salt, 1, std::move(transactions));
    auto entry = chain_->add_header(block.header, kNow);
    EXPECT_TRUE(entry) << entry.error().message();
    EXPECT_TRUE(chain_->check_body(**entry, block.body));
    const auto update = chain_->accept(**entry, block.body, proof_of(salt, 100));
    EXPECT_TRUE(update) << update.error().message();
    return **entry;
  }
  /// A chain of miner 1 whose first reward can be spent in the next block.
  const BlockEntry& mature() {
    const BlockEntry* tip = &chain_->genesis();
    for (std::uint64_t i = 0; i < chain_->params().maturity; ++i) tip = &extend(*tip, 100 + i);
    return *tip;
  }
  Transaction transfer(std::uint64_t amount, std::uint64_t nonce = 0, std::uint8_t from = 1, std::uint8_t to = 2) {
    Transaction t{{}, nonce, 1'000, Transfer{test_key(to).public_key(), amount}, {}};
    t.sign(test_key(from), chain_->genesis().hash);
    return t;
  }
  Transaction claim(std::uint64_t model, std::uint64_t nonce) {
    Transaction t{{}, nonce, 1'000, Claim{hash_of(model), ClaimScheme::kGradSigns, hash_of(1)}, {}};
    t.sign(test_key(1), chain_->genesis().hash);
    return t;
  }
  std::uint64_t balance(std::uint8_t n) const {
    return chain_->ledger().find(test_key(n).public_key()).value_or(Account{}).balance;
  }
  RejectCode refused(const BlockEntry& parent, std::uint64_t salt, std::vector<Transaction> transactions) {
    const BuiltBlock block = build_block(*chain_, parent, test_key(1), salt, 1, std::move(transactions));
    auto entry = chain_->add_header(block.header, kNow);
    EXPECT_TRUE(chain_->check_body(**entry, block.body));
    const auto early = chain_->check_transactions(**entry, block.body);
    const auto late = chain_->accept(**entry, block.body, proof_of(salt, 100));
    EXPECT_FALSE(early);
    EXPECT_FALSE(late);
    return early || late || early.error().code != late.error().code ? RejectCode::kCancelled : late.error().code;
  }

  MemoryStore store_;
  std::unique_ptr<Chain> chain_ = std::make_unique<Chain>(regtest_params(), store_);
  const std::uint64_t kReward = regtest_params().subsidy_at(1);
};

TEST_F(ChainMoneyTest, ARewardIsSpentInTheBlockThatMaturesIt) {
  const BlockEntry& tip = extend(mature(), 500, {transfer(30)});
  EXPECT_EQ(balance(2), 30U);
  EXPECT_EQ(balance(1), kReward - 1'030);
  EXPECT_EQ(tip.fees, 1'000U);
  EXPECT_EQ(chain_->matured_next()->amount, kReward);
}

TEST_F(ChainMoneyTest, FeesMatureWithTheRewardOfTheirBlock) {
  const BlockEntry* tip = &extend(mature(), 500, {transfer(30)}, 3);
  EXPECT_EQ(chain_->immature_balance(test_key(3).public_key()), kReward + 1'000);
  for (std::uint64_t i = 0; i < chain_->params().maturity; ++i) tip = &extend(*tip, 600 + i);
  EXPECT_EQ(balance(3), kReward + 1'000);
}

TEST_F(ChainMoneyTest, TotalSupplyIsTheScheduleLessWhatHasNotMatured) {
  const BlockEntry* tip = &mature();
  for (std::uint64_t i = 0; i < 25; ++i) {
    tip = &extend(*tip, 700 + i, {transfer(1'000 + i, i)}, static_cast<std::uint8_t>(1 + i % 3));
    std::uint64_t minted = 0, waiting = 0;
    for (std::uint64_t h = 1; h <= tip->height; ++h) minted += chain_->params().subsidy_at(h);
    for (std::uint64_t h = tip->height - chain_->params().maturity + 1; h <= tip->height; ++h) {
      waiting += chain_->params().subsidy_at(h) + chain_->at_height(h)->fees;
    }
    ASSERT_EQ(chain_->ledger().total() + waiting, minted) << tip->height;
  }
}

TEST_F(ChainMoneyTest, WhatTheLedgerDoesNotAllowMakesABlockFalse) {
  const BlockEntry& tip = mature();
  EXPECT_EQ(refused(tip, 500, {transfer(kReward)}), RejectCode::kInvalidTransaction);
  EXPECT_EQ(refused(tip, 501, {transfer(1, 1)}), RejectCode::kInvalidTransaction);
  EXPECT_EQ(refused(tip, 502, {claim(1, 0), claim(1, 1)}), RejectCode::kInvalidTransaction);
  EXPECT_EQ(&chain_->tip(), &tip);
  EXPECT_EQ(balance(1), 0U);
}

TEST_F(ChainMoneyTest, AForkIsJudgedByItsOwnLedger) {
  const BlockEntry& fork = mature();
  const BlockEntry& mine = extend(fork, 500, {transfer(30)});
  extend(mine, 501);
  // On the other branch the same nonce is still free, and the money is still there.
  const BlockEntry& other = extend(fork, 600, {transfer(70), claim(5, 1)});
  EXPECT_EQ(&chain_->tip().header, &chain_->at_height(mine.height + 1)->header);
  EXPECT_EQ(refused(other, 601, {transfer(70)}), RejectCode::kInvalidTransaction);  // spent on this branch
  const BlockEntry& next = extend(other, 602, {transfer(1, 2)});
  EXPECT_EQ(refused(next, 603, {claim(5, 3)}), RejectCode::kInvalidTransaction);
  EXPECT_EQ(balance(2), 30U);
  extend(next, 604);
  EXPECT_EQ(balance(2), 71U);
  EXPECT_EQ(chain_->ledger().claims().size(), 1U);
  EXPECT_EQ(chain_->ledger().claims()[0].height, other.height);
}

TEST_F(ChainMoneyTest, AReorganisationEqualsAFreshSyncAndARestart) {
  const BlockEntry& fork = mature();
  const BlockEntry* a = &fork;
  for (std::uint64_t i = 0; i < 6; ++i) a = &extend(*a, 500 + i, {transfer(10 + i, i * 2), claim(i, i * 2 + 1)});
  const BlockEntry* b = &fork;
  for (std::uint64_t i = 0; i < 8; ++i)
    b = &extend(*b, 600 + i, {claim(50 + i, i * 2), transfer(90 + i, i * 2 + 1)}, 4);
  ASSERT_EQ(&chain_->tip(), b);

  MemoryStore fresh_store;
  Chain fresh(regtest_params(), fresh_store);
  for (std::uint64_t h = 1; h <= b->height; ++h) {
    const BlockEntry& e = *chain_->at_height(h);
    const Body body = *store_.body(e.hash);
    const auto entry = fresh.add_header(e.header, kNow);
    ASSERT_TRUE(entry);
    const std::uint64_t salt = h <= fork.height ? 99 + h : 600 + h - fork.height - 1;
    ASSERT_TRUE(fresh.accept(**entry, body, proof_of(salt, 100)));
  }
  EXPECT_EQ(fresh.state_hash(), chain_->state_hash());
  EXPECT_EQ(fresh.ledger().claims(), chain_->ledger().claims());

  Chain restarted(regtest_params(), store_);
  ASSERT_TRUE(restarted.restore());
  EXPECT_EQ(restarted.state_hash(), chain_->state_hash());
  EXPECT_EQ(restarted.immature_balance(test_key(4).public_key()), chain_->immature_balance(test_key(4).public_key()));
  EXPECT_EQ(restarted.matured_next()->amount, chain_->matured_next()->amount);
}

TEST_F(ChainMoneyTest, AFailedCommitLeavesTheMoneyAlone) {
  const BlockEntry& tip = mature();
  const Hash256 before = chain_->state_hash();
  const BuiltBlock block = build_block(*chain_, tip, test_key(1), 500, 1, {transfer(30), claim(1, 1)});
  const auto entry = chain_->add_header(block.header, kNow);
  store_.fail_next = true;
  EXPECT_EQ(chain_->accept(**entry, block.body, proof_of(1, 100)).error().code, RejectCode::kStorage);
  EXPECT_EQ(chain_->state_hash(), before);
  ASSERT_TRUE(chain_->accept(**entry, block.body, proof_of(1, 100)));
  EXPECT_EQ(balance(2), 30U);
}

TEST_F(ChainMoneyTest, TheOperatorSetsABlockAsideAndTakesItBack) {
  const BlockEntry& fork = mature();
  const BlockEntry& a = extend(fork, 500, {transfer(30)});
  const BlockEntry& a2 = extend(a, 501);
  const BlockEntry& b = extend(fork, 600, {transfer(70)});
  const Hash256 state = chain_->state_hash();
  ASSERT_TRUE(chain_->set_aside(a));
  EXPECT_EQ(&chain_->tip(), &b);
  EXPECT_EQ(balance(2), 70U);
  EXPECT_EQ(a2.state, BlockState::kInvalid);
  // Nobody is to blame for what the operator does not want.
  const BuiltBlock child = build_block(*chain_, a2, test_key(1), 700);
  EXPECT_EQ(chain_->add_header(child.header, kNow).error().code, RejectCode::kSetAside);
  EXPECT_EQ(chain_->add_header(a2.header, kNow).error().code, RejectCode::kSetAside);
  EXPECT_EQ(blame(RejectCode::kSetAside), Blame::kNobody);

  Chain restarted(regtest_params(), store_);
  ASSERT_TRUE(restarted.restore());
  EXPECT_EQ(restarted.tip().hash, b.hash);
  EXPECT_EQ(restarted.find(a2.hash)->state, BlockState::kInvalid);

  // Its descendant stands for it: what was declared of one below is taken back too.
  ASSERT_TRUE(chain_->reconsider(a2));
  EXPECT_EQ(&chain_->tip(), &a2);
  EXPECT_EQ(chain_->state_hash(), state);
  EXPECT_TRUE(chain_->set_aside_blocks().empty());
}

TEST_F(ChainMoneyTest, SettingAsideForgetsWhatWaitsOnTheBlock) {
  const BlockEntry& a = extend(chain_->genesis(), 500);
  const BuiltBlock waiting = build_block(*chain_, a, test_key(1), 501);
  ASSERT_TRUE(chain_->add_header(waiting.header, kNow));
  ASSERT_TRUE(chain_->set_aside(a));
  EXPECT_EQ(chain_->tip().height, 0U);
  EXPECT_EQ(chain_->find(waiting.header.block_hash()), nullptr);
  EXPECT_EQ(chain_->unverified(), 0U);
  ASSERT_TRUE(chain_->reconsider(a));
  EXPECT_EQ(&chain_->tip(), &a);
  EXPECT_TRUE(chain_->add_header(waiting.header, kNow));
  EXPECT_EQ(chain_->set_aside(chain_->genesis()).error().code, RejectCode::kNotFound);
  EXPECT_EQ(chain_->set_aside(*chain_->find(waiting.header.block_hash())).error().code, RejectCode::kParentUnverified);
}

TEST_F(ChainMoneyTest, AFailureOfTheStoreSetsNothingAside) {
  const BlockEntry& a = extend(chain_->genesis(), 500);
  store_.fail_next = true;
  EXPECT_EQ(chain_->set_aside(a).error().code, RejectCode::kStorage);
  EXPECT_EQ(&chain_->tip(), &a);
  EXPECT_EQ(a.state, BlockState::kVerified);
  EXPECT_TRUE(chain_->set_aside_blocks().empty());
}

}  // namespace
}  // namespace freezenet
