#include "net/header_budget.h"

#include <gtest/gtest.h>

namespace freezenet::net {
namespace {

struct HeaderBudgetTest : ::testing::Test {
  HeaderBudgetTest() {
    limits.inbound_headers_per_second = 1'000;
    limits.outbound_headers_per_second = 1'000;
    limits.header_burst = 100;
  }
  Limits limits;
  const Clock::time_point now = Clock::now() + std::chrono::hours(1);
};

TEST_F(HeaderBudgetTest, ABurstIsFreeAndThenTheRateHolds) {
  HeaderBudget budget(limits);
  EXPECT_FALSE(budget.take(1, false, 50, now));
  EXPECT_FALSE(budget.take(1, false, 50, now));
  const auto due = budget.take(1, false, 50, now);
  ASSERT_TRUE(due);
  EXPECT_GE(*due, now + Millis(50));
  EXPECT_LE(*due, now + Millis(52));
  EXPECT_TRUE(budget.take(1, false, 50, now + Millis(40)));
  EXPECT_FALSE(budget.take(1, false, 50, *due));
}

TEST_F(HeaderBudgetTest, ThoseThatWeDialledDoNotWaitForThoseThatDialledUs) {
  HeaderBudget budget(limits);
  for (PeerId peer = 1; peer < 50; ++peer) budget.take(peer, false, 50, now);
  EXPECT_FALSE(budget.take(99, true, 50, now));
}

/// A hundred hostile peers offer without end; the honest one gets its part.
TEST_F(HeaderBudgetTest, AllWhoWaitTakeTurns) {
  HeaderBudget budget(limits);
  std::map<PeerId, int> turns;
  for (int ms = 0; ms < 10'000; ++ms) {
    for (PeerId peer = 1; peer <= 101; ++peer) {
      if (!budget.take(peer, false, 50, now + Millis(ms))) ++turns[peer];
    }
  }
  EXPECT_NEAR(turns[50], 2, 1);
  EXPECT_NEAR(turns[101], 2, 1);
}

TEST_F(HeaderBudgetTest, WhoLeavesKeepsNobodyWaiting) {
  HeaderBudget budget(limits);
  EXPECT_FALSE(budget.take(1, false, 100, now));
  EXPECT_TRUE(budget.take(2, false, 50, now));
  EXPECT_TRUE(budget.take(3, false, 50, now));
  EXPECT_TRUE(budget.take(3, false, 50, now + Millis(60))) << "2 is before it";
  budget.leave(2);
  EXPECT_FALSE(budget.take(3, false, 50, now + Millis(60)));
}

TEST_F(HeaderBudgetTest, WhatCostNothingIsGivenBack) {
  HeaderBudget budget(limits);
  EXPECT_FALSE(budget.take(1, false, 100, now));
  budget.give_back(false, 80);
  EXPECT_FALSE(budget.take(1, false, 80, now));
  EXPECT_TRUE(budget.take(1, false, 1, now));
  budget.give_back(false, 1'000'000);
  EXPECT_FALSE(budget.take(1, false, 100, now));
  EXPECT_TRUE(budget.take(1, false, 50, now)) << "no more than the burst is ever there";
}

}  // namespace
}  // namespace freezenet::net
