#include "consensus/chain/early_headers.h"

#include <gtest/gtest.h>

#include "consensus/default_task.h"

namespace freezenet {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;
constexpr std::uint64_t kAllowed = 120;  // regtest: interval under ten minutes

class EarlyHeadersTest : public testing::Test {
 protected:
  static SealedHeader header_at(std::uint64_t time, std::uint64_t nonce = 0) {
    SealedHeader header;
    header.candidate.time = time;
    header.candidate.nonce = nonce;
    return header;
  }
  NetworkParams params_ = regtest_params();
  EarlyHeaders early_{params_};
};

TEST_F(EarlyHeadersTest, GivesThemOutInOrderWhenTheirTimeHasCome) {
  EXPECT_TRUE(early_.hold(header_at(kNow + 300), 1));
  EXPECT_TRUE(early_.hold(header_at(kNow + 200), 2));
  EXPECT_TRUE(early_.hold(header_at(kNow + 250), 1));
  EXPECT_TRUE(early_.hold(header_at(kNow + 250), 3)) << "held already";
  EXPECT_EQ(early_.size(), 3U);
  EXPECT_TRUE(early_.due(kNow + 200 - kAllowed - 1).empty());
  const auto first = early_.due(kNow + 250 - kAllowed);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].header, header_at(kNow + 200));
  EXPECT_EQ(first[0].source, 2U);
  EXPECT_EQ(first[1].header, header_at(kNow + 250));
  EXPECT_EQ(early_.size(), 1U);
  EXPECT_EQ(early_.due(kNow + 10'000).size(), 1U);
  EXPECT_TRUE(early_.due(kNow + 10'000).empty());
}

TEST_F(EarlyHeadersTest, AFloodKeepsToItsOwnRoom) {
  EXPECT_TRUE(early_.hold(header_at(kNow + 5000), 1));
  for (std::uint64_t i = 0; i < 1000; ++i) early_.hold(header_at(kNow + 1000 - i, i), 2);
  EXPECT_EQ(early_.size(), 1 + EarlyHeaders::kMaxOfOneSource);
  const auto soonest = early_.due(kNow + 100'000);
  EXPECT_EQ(soonest.front().header.candidate.time, kNow + 1) << "of one source the soonest stay";
  EXPECT_EQ(soonest.back().source, 1U);
}

TEST_F(EarlyHeadersTest, WhereAllIsFullTheFurthestGivesWay) {
  for (std::uint64_t source = 1; source <= 2 * EarlyHeaders::kMax / EarlyHeaders::kMaxOfOneSource; ++source) {
    for (std::uint64_t i = 0; i < EarlyHeaders::kMaxOfOneSource; ++i)
      early_.hold(header_at(kNow + 1000, 100 * source + i), source);
  }
  EXPECT_EQ(early_.size(), EarlyHeaders::kMax);
  EXPECT_FALSE(early_.hold(header_at(kNow + 1001), 1000));
  EXPECT_TRUE(early_.hold(header_at(kNow + 999), 1000));
  EXPECT_EQ(early_.size(), EarlyHeaders::kMax);
  EXPECT_EQ(early_.due(kNow + 999).front().source, 1000U);
}

}  // namespace
}  // namespace freezenet
