#include "daemon/pending_blocks.h"

#include <list>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

class PendingBlocksTest : public testing::Test {
 protected:
  PendingBlocks::Block block(std::uint64_t height, std::size_t model_bytes = 10, net::PeerId from = 1) {
    BlockEntry& entry = entries_.emplace_back();
    entry.height = height;
    entry.parent = &parent_;
    entry.hash.bytes[0] = static_cast<std::uint8_t>(entries_.size());
    entry.hash.bytes[1] = static_cast<std::uint8_t>(entries_.size() >> 8);
    return {&entry, {}, Bytes(model_bytes), {from}};
  }
  BlockEntry parent_;  // not verified
  std::list<BlockEntry> entries_;
  PendingBlocks pending_;
};

TEST_F(PendingBlocksTest, WaitingIsLowestFirstWithoutTheSubmitted) {
  for (const std::uint64_t height : {5U, 3U, 4U}) ASSERT_TRUE(pending_.add(block(height), false));
  PendingBlocks::Block* lowest = pending_.waiting().front();
  EXPECT_EQ(lowest->entry->height, 3U);
  EXPECT_TRUE(pending_.hand_over(*lowest));
  ASSERT_EQ(pending_.waiting().size(), 2U);
  EXPECT_EQ(pending_.waiting()[0]->entry->height, 4U);
  EXPECT_EQ(pending_.waiting()[1]->entry->height, 5U);
}

TEST_F(PendingBlocksTest, TheNextBlockTakesThePlaceOfTheFurthest) {
  for (std::size_t i = 0; i < PendingBlocks::kMaxBlocks; ++i) ASSERT_TRUE(pending_.add(block(100 + i, 10, i), false));
  const Hash256 furthest = entries_.back().hash;
  EXPECT_EQ(pending_.add(block(7, 10, 99), false).error().code, RejectCode::kBusy);
  EXPECT_TRUE(pending_.add(block(1, 10, 99), true));
  EXPECT_EQ(pending_.size(), PendingBlocks::kMaxBlocks);
  EXPECT_FALSE(pending_.contains(furthest));
}

TEST_F(PendingBlocksTest, WhereAllAreNextTheBoundHolds) {
  parent_.state = BlockState::kVerified;
  for (std::size_t i = 0; i < PendingBlocks::kMaxBlocks; ++i) ASSERT_TRUE(pending_.add(block(100, 10, i), true));
  EXPECT_EQ(pending_.add(block(100, 10, 99), true).error().code, RejectCode::kBusy);
}

TEST_F(PendingBlocksTest, OnePeerDoesNotTakeAllPlaces) {
  for (std::size_t i = 0; i < PendingBlocks::kMaxOfOnePeer; ++i) ASSERT_TRUE(pending_.add(block(100 + i), false));
  EXPECT_EQ(pending_.add(block(200), false).error().code, RejectCode::kBusy);
  EXPECT_TRUE(pending_.add(block(200, 10, 2), false));
}

TEST_F(PendingBlocksTest, WhatALiarSentIsDroppedUnlessItIsBeingReplayed) {
  ASSERT_TRUE(pending_.add(block(1), false));
  pending_.hand_over(*pending_.waiting().front());
  ASSERT_TRUE(pending_.add(block(2), false));
  ASSERT_TRUE(pending_.add(block(3, 10, 2), false));
  pending_.erase_waiting_of(1);
  ASSERT_EQ(pending_.waiting().size(), 1U);
  EXPECT_EQ(pending_.waiting().front()->entry->height, 3U);
  EXPECT_EQ(pending_.size(), 2U);
}

TEST_F(PendingBlocksTest, IsBoundedInBytesWhichComeBack) {
  ASSERT_TRUE(pending_.add(block(1, PendingBlocks::kMaxBytes), false));
  EXPECT_EQ(pending_.add(block(2, 1), false).error().code, RejectCode::kBusy);
  pending_.hand_over(*pending_.waiting().front());
  EXPECT_TRUE(pending_.add(block(3, PendingBlocks::kMaxBytes), false));
  pending_.erase(entries_.back().hash);
  EXPECT_TRUE(pending_.add(block(4, PendingBlocks::kMaxBytes), false));
}

TEST_F(PendingBlocksTest, TheSameBlockWaitsOnce) {
  auto first = block(1);
  PendingBlocks::Block again = first;
  ASSERT_TRUE(pending_.add(std::move(first), false));
  EXPECT_EQ(pending_.add(std::move(again), false).error().code, RejectCode::kDuplicate);
  EXPECT_EQ(pending_.size(), 1U);
}

}  // namespace
}  // namespace freezenet::daemon
