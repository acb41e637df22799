#include "daemon/wallet/payer.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

PayerAccount account(std::uint8_t number, std::uint64_t balance, std::uint64_t pending = 0) {
  PayerAccount account{{}, balance, pending, number};
  account.key.bytes[0] = number;
  return account;
}

TEST(Payer, IsTheAccountWithTheLeastThatSuffices) {
  const std::vector<PayerAccount> accounts{account(1, 100), account(2, 50), account(3, 70)};
  EXPECT_EQ(choose_payer(accounts, 60)->next_nonce, 3U);
  EXPECT_EQ(choose_payer(accounts, 50)->next_nonce, 2U);
  EXPECT_EQ(choose_payer(accounts, 100)->next_nonce, 1U);
  EXPECT_FALSE(choose_payer(accounts, 101)) << "several accounts do not pay together";
  EXPECT_EQ(most_available(accounts), 100U);
}

TEST(Payer, WhatWaitsForABlockIsSpentAlready) {
  const std::vector<PayerAccount> accounts{account(1, 100, 60), account(2, 50), account(3, 10, 20)};
  EXPECT_EQ(choose_payer(accounts, 45)->next_nonce, 2U);
  EXPECT_EQ(choose_payer(accounts, 40)->next_nonce, 1U);
  EXPECT_FALSE(choose_payer(accounts, 51));
  EXPECT_EQ(most_available(accounts), 50U);
}

TEST(Payer, DoesNotDependOnTheOrderOfTheAccounts) {
  const std::vector<PayerAccount> one{account(2, 50), account(1, 50)}, other{account(1, 50), account(2, 50)};
  EXPECT_EQ(choose_payer(one, 10)->next_nonce, 1U);
  EXPECT_EQ(choose_payer(other, 10)->next_nonce, 1U);
  EXPECT_FALSE(choose_payer({}, 0));
  EXPECT_FALSE(choose_payer(other, std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace
}  // namespace freezenet::daemon
