#include "net/block_claims.h"

#include <utility>

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

TEST_F(BlockClaimsTest, OneFetchesUntilTheDeadline) {
  EXPECT_TRUE(claims.take(block_of(1), 1, true, now).granted);
  const auto refused = claims.take(block_of(1), 2, true, now);
  EXPECT_FALSE(refused.granted);
  EXPECT_GT(refused.again, now);
  EXPECT_TRUE(claims.take(block_of(1), 2, true, refused.again).granted);
  EXPECT_FALSE(claims.owns(block_of(1).hash, 1));
  EXPECT_TRUE(claims.owns(block_of(1).hash, 2));
  claims.release(block_of(1).hash, 1);
  EXPECT_TRUE(claims.owns(block_of(1).hash, 2)) << "only the owner releases";
}

/// Two links that both need longer than the first deadline would otherwise take a block from each other for ever.
TEST_F(BlockClaimsTest, EachTakeoverDoublesTheTimeUpToABound) {
  Clock::time_point at = now;
  const auto next = [&](PeerId taker) {
    EXPECT_TRUE(claims.take(block_of(1), taker, true, at).granted);
    const auto begin = std::exchange(at, claims.take(block_of(1), 99, true, at).again);
    return at - begin;
  };
  PeerId peer = 1;
  const auto first = next(peer);
  for (const int factor : {2, 4, 8, 8, 8}) EXPECT_EQ(next(++peer), first * factor);
  claims.release(block_of(1).hash, peer);
  EXPECT_EQ(next(1), first) << "given up, not taken over";
}

TEST_F(BlockClaimsTest, HeldBlocksAreNotTakenOver) {
  EXPECT_TRUE(claims.take(block_of(1), 1, true, now).granted);
  claims.hold(block_of(1).hash, 1);
  EXPECT_FALSE(claims.take(block_of(1), 2, true, now + std::chrono::hours(100)).granted);
  EXPECT_TRUE(claims.leave(1));
  EXPECT_TRUE(claims.take(block_of(1), 2, true, now).granted);
}

TEST_F(BlockClaimsTest, TheWindowIsTheBound) {
  for (std::uint8_t n = 0; n < limits.window; ++n) EXPECT_TRUE(claims.take(block_of(n), n, true, now).granted);
  const auto full = claims.take(block_of(99), 99, true, now);
  EXPECT_FALSE(full.granted);
  EXPECT_EQ(claims.size(), limits.window);
  EXPECT_TRUE(claims.take(block_of(99), 99, true, full.again).granted);
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
