#include "daemon/mempool/mempool.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/unit/daemon/storage/chain_fixture.h"

namespace freezenet::daemon {
namespace {

using test::hash_of;
using test::key_of;

constexpr std::uint64_t kNow = 1'800'000'000;

Transaction transfer(std::uint64_t from, std::uint64_t nonce, std::uint64_t fee = 1'000, std::uint64_t amount = 10) {
  return {key_of(from), nonce, fee, Transfer{key_of(99), amount}, {}};
}
Transaction claim(std::uint64_t from, std::uint64_t nonce, std::uint64_t model = 1) {
  return {key_of(from), nonce, 1'000, Claim{hash_of(model), ClaimScheme::kGradSigns, hash_of(2)}, {}};
}

std::vector<PooledTransaction> freed(const std::vector<Transaction>& transactions) {
  std::vector<PooledTransaction> freed;
  for (const Transaction& t : transactions) freed.push_back({t, t.id(), kNow, false});
  return freed;
}

class MempoolTest : public ::testing::Test {
 protected:
  MempoolTest() {
    for (std::uint64_t n = 1; n <= 40; ++n) ledger_.set(key_of(n), Account{100'000, 0});
  }
  Result<> add(const Transaction& t, bool local = false) { return pool_.add(t, kNow, local, ledger_, removed_); }
  RejectCode refusal(const Transaction& t) {
    const auto added = add(t);
    EXPECT_FALSE(added);
    return added ? RejectCode::kCancelled : added.error().code;
  }
  /// The invariant of mempool.h, asked of the ledger itself.
  void expect_sound() {
    LedgerView view(ledger_);
    const auto all = pool_.select(std::size_t{1} << 30);
    EXPECT_EQ(all.size(), pool_.size());
    const auto made = view.connect({1, std::nullopt, all});
    EXPECT_TRUE(made) << made.error().message();
    std::size_t bytes = 0;
    for (const Transaction& t : all) {
      bytes += t.size() + Mempool::kOverhead;
      EXPECT_NE(pool_.find(t.id()), nullptr);
    }
    EXPECT_EQ(pool_.bytes(), bytes);
  }
  /// Connects a block and tells the pool.
  void connect(const std::vector<Transaction>& transactions) {
    LedgerView view(ledger_);
    const auto undo = view.connect({1, std::nullopt, transactions});
    ASSERT_TRUE(undo) << undo.error().message();
    undos_.push_back(*undo);
    ledger_.apply(view);
    removed_ = pool_.connected(transactions, ledger_);
  }

  Ledger ledger_;
  std::vector<BlockUndo> undos_;
  Mempool::Removed removed_;
  Mempool pool_{Mempool::Limits{}};
};

TEST_F(MempoolTest, KeepsTheNoncesOfAnAccountInOrder) {
  EXPECT_EQ(refusal(transfer(1, 1)), RejectCode::kWrongNonce);
  ASSERT_TRUE(add(transfer(1, 0)));
  ASSERT_TRUE(add(transfer(1, 1)));
  EXPECT_EQ(refusal(transfer(1, 3)), RejectCode::kWrongNonce);
  EXPECT_EQ(refusal(transfer(1, 1)), RejectCode::kDuplicate);
  EXPECT_EQ(pool_.next_nonce(key_of(1), ledger_), 2U);
  EXPECT_EQ(pool_.next_nonce(key_of(2), ledger_), 0U);
  EXPECT_EQ(pool_.pending(key_of(1)), 2'020U);
  expect_sound();
}

TEST_F(MempoolTest, RefusesWhatTheAccountCannotPayBesideTheRest) {
  ASSERT_TRUE(add(transfer(1, 0, 1'000, 90'000)));
  EXPECT_EQ(refusal(transfer(1, 1, 1'000, 8'001)), RejectCode::kInsufficientFunds);
  EXPECT_TRUE(add(transfer(1, 1, 1'000, 8'000)));
  EXPECT_EQ(refusal(transfer(50, 0)), RejectCode::kInsufficientFunds);
  expect_sound();
}

TEST_F(MempoolTest, AFeeBelowTheLeastIsRefusedAndTheLeastIsNot) {
  EXPECT_EQ(refusal(transfer(1, 0, 152)), RejectCode::kFeeTooLow);
  EXPECT_TRUE(add(transfer(1, 0, 153)));
}

TEST_F(MempoolTest, AHigherFeeTakesThePlaceOfTheSameNonce) {
  const Transaction old = transfer(1, 0, 1'000);
  ASSERT_TRUE(add(old));
  ASSERT_TRUE(add(transfer(1, 1)));
  EXPECT_EQ(refusal(transfer(1, 0, 1'152, 11)), RejectCode::kFeeTooLow);
  EXPECT_EQ(refusal(transfer(1, 0, 1'153, 98'000)), RejectCode::kInsufficientFunds);
  ASSERT_TRUE(add(transfer(1, 0, 1'153, 11)));
  EXPECT_EQ(removed_, Mempool::Removed{old.id()});
  EXPECT_EQ(pool_.size(), 2U);
  expect_sound();
}

TEST_F(MempoolTest, AClaimIsMadeOnce) {
  ASSERT_TRUE(add(claim(1, 0)));
  EXPECT_EQ(refusal(claim(1, 1)), RejectCode::kDuplicateClaim);
  EXPECT_TRUE(add(claim(2, 0)));
  Transaction dearer = claim(1, 0);
  dearer.fee = 2'000;
  EXPECT_TRUE(add(dearer)) << "the same claim with a higher fee takes its own place";
  connect({dearer});
  EXPECT_EQ(refusal(claim(1, 1)), RejectCode::kDuplicateClaim);
  expect_sound();
}

TEST_F(MempoolTest, OneAccountHasSoManyPlaces) {
  for (std::uint64_t n = 0; n < pool_.limits().of_one_account; ++n) ASSERT_TRUE(add(transfer(1, n)));
  EXPECT_EQ(refusal(transfer(1, pool_.limits().of_one_account)), RejectCode::kBusy);
  EXPECT_TRUE(add(transfer(1, 3, 5'000))) << "a replacement needs no new place";
}

TEST_F(MempoolTest, WhereItIsFullTheCheapestLastOnesGo) {
  constexpr std::size_t kPlaces = 10;
  pool_ = Mempool({.bytes = kPlaces * (Transaction::kMinSize + Mempool::kOverhead)});
  for (std::uint64_t n = 1; n <= 5; ++n) {
    ASSERT_TRUE(add(transfer(n, 0, 5'000)));  // first ones, however little they pay, hold up what follows
    ASSERT_TRUE(add(transfer(n, 1, 1'000 * n)));
  }
  EXPECT_EQ(refusal(transfer(9, 0, 1'000)), RejectCode::kFeeTooLow);
  ASSERT_TRUE(add(transfer(9, 0, 1'001)));
  EXPECT_EQ(removed_, Mempool::Removed{transfer(1, 1, 1'000).id()});
  removed_.clear();
  ASSERT_TRUE(add(transfer(10, 0, 2'001)));
  EXPECT_EQ(removed_.size(), 1U);
  EXPECT_LE(pool_.bytes(), pool_.limits().bytes);
  expect_sound();
  // Its own queue cannot make room for what stands on it.
  pool_ = Mempool({.bytes = 2 * (Transaction::kMinSize + Mempool::kOverhead)});
  ASSERT_TRUE(add(transfer(1, 0, 200)));
  ASSERT_TRUE(add(transfer(1, 1, 200)));
  EXPECT_EQ(refusal(transfer(1, 2, 90'000)), RejectCode::kFeeTooLow);
  EXPECT_EQ(pool_.size(), 2U);
}

TEST_F(MempoolTest, AReplacementThatIsLargerMakesRoomToo) {
  constexpr std::size_t kPlaces = 3;
  pool_ = Mempool({.bytes = kPlaces * (Transaction::kMinSize + Mempool::kOverhead)});
  for (std::uint64_t n = 1; n <= kPlaces; ++n) ASSERT_TRUE(add(transfer(n, 0, 1'000)));
  Transaction dearer = claim(1, 0);
  dearer.fee = 9'000;
  ASSERT_GT(dearer.size(), Transaction::kMinSize);
  ASSERT_TRUE(add(dearer));
  EXPECT_LE(pool_.bytes(), pool_.limits().bytes);
  EXPECT_EQ(pool_.size(), 2U);
  expect_sound();
  // Where nothing cheaper can go, what stood there stands there still.
  pool_ = Mempool({.bytes = Transaction::kMinSize + Mempool::kOverhead});
  ASSERT_TRUE(add(transfer(1, 0)));
  EXPECT_EQ(refusal(dearer), RejectCode::kFeeTooLow);
  EXPECT_NE(pool_.find(transfer(1, 0).id()), nullptr);
  expect_sound();
}

TEST_F(MempoolTest, ABlockTakesItsOwnAndWhatItMadeImpossible) {
  ASSERT_TRUE(add(transfer(1, 0)));
  ASSERT_TRUE(add(transfer(1, 1)));
  ASSERT_TRUE(add(transfer(2, 0)));
  connect({transfer(1, 0)});
  EXPECT_EQ(pool_.size(), 2U);
  // Another transaction of the same nonce was in the block, and it left too little for the rest.
  connect({transfer(1, 1, 1'000, 90'000), transfer(2, 0, 1'000, 98'000)});
  EXPECT_EQ(pool_.size(), 0U);
  EXPECT_EQ(pool_.bytes(), 0U);
}

TEST_F(MempoolTest, AReorganisationBringsBackWhatItFreed) {
  const std::vector first{transfer(1, 0), transfer(1, 1), transfer(2, 0)};
  for (const Transaction& t : first) ASSERT_TRUE(add(t));
  ASSERT_TRUE(add(transfer(1, 2)));
  connect(first);
  EXPECT_EQ(pool_.size(), 1U);
  LedgerView view(ledger_);
  view.disconnect(undos_.back());
  const std::vector other{transfer(2, 0, 3'000, 1)};
  ASSERT_TRUE(view.connect({1, std::nullopt, other}));
  ledger_.apply(view);
  removed_ = pool_.reorganised(freed(first), ledger_);
  EXPECT_EQ(pool_.size(), 3U);
  EXPECT_EQ(pool_.find(first[2].id()), nullptr) << "its nonce is taken on this branch";
  EXPECT_TRUE(removed_.empty()) << "what waited before waits still";
  expect_sound();
}

TEST_F(MempoolTest, WhatWaitsTooLongGoesWithWhatDependsOnIt) {
  ASSERT_TRUE(pool_.add(transfer(1, 0), kNow, false, ledger_, removed_));
  ASSERT_TRUE(pool_.add(transfer(1, 1), kNow - 100, false, ledger_, removed_));
  ASSERT_TRUE(pool_.add(transfer(1, 2), kNow, false, ledger_, removed_));
  EXPECT_TRUE(pool_.expire(kNow - 100 + pool_.limits().expiry).empty());
  EXPECT_EQ(pool_.expire(kNow - 99 + pool_.limits().expiry).size(), 2U);
  EXPECT_EQ(pool_.size(), 1U);
  EXPECT_TRUE(pool_.expire(0).empty()) << "a clock that was set back makes nothing old";
}

TEST_F(MempoolTest, ABlockHoldsWhatPaysMost) {
  ASSERT_TRUE(add(transfer(1, 0, 200)));
  ASSERT_TRUE(add(transfer(1, 1, 9'000)));  // pays for the one before it
  ASSERT_TRUE(add(transfer(2, 0, 3'000)));
  ASSERT_TRUE(add(transfer(3, 0, 500)));
  const auto best = pool_.select(3 * Transaction::kMinSize);
  ASSERT_EQ(best.size(), 3U);
  EXPECT_EQ(best[0].from, key_of(1));
  EXPECT_EQ(best[1].nonce, 1U);
  EXPECT_EQ(best[2].from, key_of(2));
  EXPECT_TRUE(pool_.select(Transaction::kMinSize - 1).empty());
  // Two that belong together do not fit, one that pays less does.
  const auto one = pool_.select(Transaction::kMinSize);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].from, key_of(2));
}

TEST_F(MempoolTest, StaysSoundWhateverHappens) {
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random); };
  pool_ = Mempool({.bytes = 40 * (Transaction::kMinSize + Mempool::kOverhead), .of_one_account = 6});
  std::vector<std::vector<Transaction>> blocks;
  std::size_t added = 0;
  for (int step = 0; step < 3'000; ++step) {
    const std::uint64_t from = 1 + below(12);
    const std::uint64_t nonce =
        pool_.next_nonce(key_of(from), ledger_) - (below(3) == 0 ? 1 : 0) + (below(9) == 0 ? 1 : 0);
    const Transaction t =
        below(6) == 0 ? claim(from, nonce, below(4)) : transfer(from, nonce, 150 + below(5'000), 1 + below(9'000));
    added += add(t).has_value() ? 1 : 0;
    if (below(40) == 0) {
      blocks.push_back(pool_.select((1 + below(8)) * Transaction::kMaxSize));
      connect(blocks.back());
    } else if (below(60) == 0 && !blocks.empty()) {
      LedgerView view(ledger_);
      view.disconnect(undos_.back());
      undos_.pop_back();
      ledger_.apply(view);
      (void)pool_.reorganised(freed(blocks.back()), ledger_);
      blocks.pop_back();
    }
    ASSERT_LE(pool_.bytes(), pool_.limits().bytes);
    if (step % 20 == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_sound()) << step;
    }
  }
  EXPECT_GT(added, 400U) << "too little happened to mean anything";
}

}  // namespace
}  // namespace freezenet::daemon
