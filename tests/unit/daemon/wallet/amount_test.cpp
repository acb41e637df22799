#include "daemon/wallet/amount.h"

#include <limits>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

TEST(Amount, IsReadToTheLastUnit) {
  EXPECT_EQ(parse_amount("0"), 0U);
  EXPECT_EQ(parse_amount("1"), kCoin);
  EXPECT_EQ(parse_amount("1.25"), 125'000'000U);
  EXPECT_EQ(parse_amount("0.00000001"), 1U);
  EXPECT_EQ(parse_amount("0.1"), 10'000'000U);
  // Beyond the 53 bits of a double.
  EXPECT_EQ(parse_amount("90071992.54740993"), 9'007'199'254'740'993U);
  EXPECT_EQ(parse_amount("184467440737.09551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(Amount, WhatIsNoAmountIsRefused) {
  for (const char* bad : {"", ".", "1.", ".5", "-1", "+1", "1e8", "0x1", "1,5", " 1", "1 ", "1.000000001", "01",
                          "1.2.3", "1.-5", "inf", "NaN", "1.5\n"}) {
    const auto refused = parse_amount(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, RejectCode::kBadEncoding) << bad;
  }
  for (const char* large : {"184467440737.09551616", "184467440738", "99999999999999999999999999999999999999"}) {
    const auto refused = parse_amount(large);
    ASSERT_FALSE(refused) << large;
    EXPECT_EQ(refused.error().code, RejectCode::kOverflow) << large;
  }
}

TEST(Amount, IsWrittenAsItIsRead) {
  EXPECT_EQ(format_amount(0), "0.00000000");
  EXPECT_EQ(format_amount(1), "0.00000001");
  EXPECT_EQ(format_amount(125'000'000), "1.25000000");
  EXPECT_EQ(format_amount(std::numeric_limits<std::uint64_t>::max()), "184467440737.09551615");
  std::uint64_t units = 1;
  for (int i = 0; i < 200; ++i) {
    units = units * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    EXPECT_EQ(parse_amount(format_amount(units)), units);
  }
}

}  // namespace
}  // namespace freezenet::daemon
