#include "net/block_claims.h"

#include <gtest/gtest.h>

namespace freezenet::net {
namespace {

WantedBlock block_of(std::uint8_t n) {
  WantedBlock block;
  block.hash.bytes[0] = n;
  block.model_bytes = 100;
  return block;
}

struct BlockClaimsTest : ::testing::Test {
  Limits limits;
  BlockClaims claims{limits};
  const Clock::time_point now = Clock::now();
};

TEST_F(BlockClaimsTest, OneFetchesWhileItDelivers) {
  EXPECT_TRUE(claims.take(block_of(1), 1, true, now).granted);
  const auto refused = claims.take(block_of(1), 2, true, now);
  EXPECT_FALSE(refused.granted);
  EXPECT_EQ(refused.again, now + limits.block_share);
  claims.progress(block_of(1).hash, 1, 10 * limits.min_block_rate);
  EXPECT_FALSE(claims.take(block_of(1), 2, true, refused.again).granted) << "on pace";
  const auto later = now + limits.block_share + std::chrono::seconds(10);
  EXPECT_TRUE(claims.take(block_of(1), 2, true, later).granted);
  EXPECT_TRUE(claims.owns(block_of(1).hash, 1)) << "it may still be the first";
  EXPECT_TRUE(claims.owns(block_of(1).hash, 2));
  claims.delivered(block_of(1).hash, 1);
  EXPECT_FALSE(claims.owns(block_of(1).hash, 2));
}

/// Everybody but one sits on what they claim, in any order, and comes back under a new number.
TEST_F(BlockClaimsTest, SilentPeersKeepABlockFromAnotherForAWhileOnly) {
  PeerId hostile = 100;
  Clock::time_point at = now;
  EXPECT_TRUE(claims.take(block_of(1), hostile, true, at).granted);
  Clock::time_point again;
  int rounds = 0;
  for (auto answer = claims.take(block_of(1), 1, true, at); !answer.granted; ++rounds) {
    ASSERT_LT(rounds, 3) << "nobody who begins later moves the time";
    again = at = answer.again;
    answer = claims.take(block_of(1), 1, true, at);
    if (!answer.granted) claims.take(block_of(1), ++hostile, true, at);
  }
  EXPECT_EQ(again, now + limits.block_share);
}

TEST_F(BlockClaimsTest, WhoHasDeliveredDoesNotWaitForWhoHasNot) {
  for (const PeerId peer : {1U, 2U, 3U}) claims.join(peer);
  EXPECT_TRUE(claims.take(block_of(1), 1, true, now).granted);
  claims.delivered(block_of(1).hash, 1);
  EXPECT_TRUE(claims.take(block_of(2), 2, true, now).granted);
  const auto soon = claims.take(block_of(2), 1, true, now);
  EXPECT_FALSE(soon.granted);
  EXPECT_LE(soon.again, now + limits.block_share / 8);
  EXPECT_TRUE(claims.take(block_of(2), 1, true, soon.again).granted);
  EXPECT_FALSE(claims.take(block_of(2), 3, true, soon.again).granted) << "1 has it now";
}

TEST_F(BlockClaimsTest, WhoStallsHasToProveItselfAnew) {
  for (const PeerId peer : {1U, 2U}) {
    claims.join(peer);
    EXPECT_TRUE(claims.take(block_of(9), peer, true, now).granted);
    claims.delivered(block_of(9).hash, peer);
  }
  EXPECT_TRUE(claims.take(block_of(1), 1, true, now).granted);
  const auto stalled = claims.take(block_of(1), 2, true, now).again;
  EXPECT_EQ(stalled, now + limits.block_share);
  EXPECT_TRUE(claims.take(block_of(1), 2, true, stalled).granted);
  claims.delivered(block_of(1).hash, 2);
  const auto wait_for_1 = [&](std::uint8_t n) {
    EXPECT_TRUE(claims.take(block_of(n), 1, true, stalled).granted);
    return claims.take(block_of(n), 2, true, stalled).again - stalled;
  };
  EXPECT_LE(wait_for_1(2), limits.block_share / 8);
  for (std::uint8_t n = 10; n < 18; ++n) {
    EXPECT_TRUE(claims.take(block_of(n), 1, true, stalled).granted);
    claims.delivered(block_of(n).hash, 1);
  }
  EXPECT_EQ(wait_for_1(3), limits.block_share);
}

TEST_F(BlockClaimsTest, HeldBlocksAreNotTakenOver) {
  EXPECT_TRUE(claims.take(block_of(1), 1, true, now).granted);
  claims.hold(block_of(1).hash, 1);
  EXPECT_FALSE(claims.take(block_of(1), 2, true, now + std::chrono::hours(100)).granted);
  EXPECT_TRUE(claims.leave(1));
  EXPECT_TRUE(claims.take(block_of(1), 2, true, now).granted);
}

/// However many there are, each has a claim, and none has two.
TEST_F(BlockClaimsTest, OneClaimAPeer) {
  for (std::uint8_t n = 0; n < 200; ++n) EXPECT_TRUE(claims.take(block_of(n), n, true, now).granted);
  EXPECT_EQ(claims.size(), 200U);
  EXPECT_TRUE(claims.take(block_of(250), 7, true, now).granted);
  EXPECT_EQ(claims.size(), 200U);
  EXPECT_FALSE(claims.owns(block_of(7).hash, 7));
  claims.release(block_of(7).hash, 7);
  EXPECT_TRUE(claims.owns(block_of(250).hash, 7)) << "it gave up another one";
}

TEST_F(BlockClaimsTest, MissingModelIsDerivedOnceNobodyIsLeftOrTimeIsUp) {
  claims.join(1);
  claims.join(2);
  EXPECT_FALSE(claims.model_missing(block_of(1).hash, 1, now)) << "2 may have it";
  EXPECT_FALSE(claims.take(block_of(1), 1, true, now).granted);
  auto answer = claims.take(block_of(1), 2, true, now);
  EXPECT_TRUE(answer.granted && !answer.derive);
  EXPECT_TRUE(claims.model_missing(block_of(1).hash, 2, now));
  claims.release(block_of(1).hash, 2);
  answer = claims.take(block_of(1), 1, true, now);
  EXPECT_TRUE(answer.granted && answer.derive);

  EXPECT_FALSE(claims.model_missing(block_of(2).hash, 1, now));
  answer = claims.take(block_of(2), 1, true, now);
  EXPECT_FALSE(answer.granted);
  answer = claims.take(block_of(2), 1, true, answer.again);
  EXPECT_TRUE(answer.granted && answer.derive);
}

}  // namespace
}  // namespace freezenet::net
