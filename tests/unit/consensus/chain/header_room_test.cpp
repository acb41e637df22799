#include "consensus/chain/header_room.h"

#include <gtest/gtest.h>

#include "consensus/chain/ancestry.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;
constexpr HeaderLimits kSmall{60, 20};

class HeaderRoomTest : public testing::Test {
 protected:
  /// As ChainService does it: room for the one header first. nullptr where there is none.
  const BlockEntry* offer(std::uint64_t source, const BlockEntry& parent, std::vector<const BlockEntry*> keep = {}) {
    const SealedHeader header = build_block(chain_, parent, key_, ++salt_).header;
    chain_.make_room(source, 1, parent.hash, keep);
    auto entry = chain_.add_header(header, kNow, source);
    if (entry) return *entry;
    EXPECT_EQ(entry.error().code, RejectCode::kTooManyHeaders);
    return nullptr;
  }
  /// A branch from genesis, as long as there is room for it and at most `length`.
  std::vector<Hash256> branch(std::uint64_t source, std::size_t length) {
    std::vector<Hash256> hashes;
    const BlockEntry* parent = &chain_.genesis();
    while (hashes.size() < length && (parent = offer(source, *parent)) != nullptr) hashes.push_back(parent->hash);
    return hashes;
  }
  std::size_t known(const std::vector<Hash256>& hashes) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(hashes, [&](const Hash256& hash) { return chain_.find(hash) != nullptr; }));
  }

  MemoryStore store_;
  SecretKey key_ = test_key(1);
  Chain chain_{regtest_params(), store_, kSmall};
  std::uint64_t salt_ = 0;
};

TEST_F(HeaderRoomTest, ASourceHasItsOwnBoundAndOwnBlocksAlwaysFit) {
  const auto theirs = branch(7, 100);
  EXPECT_EQ(theirs.size(), kSmall.per_source);
  EXPECT_EQ(offer(7, *chain_.find(theirs.back())), nullptr);
  EXPECT_NE(offer(8, *chain_.find(theirs.back())), nullptr);
  EXPECT_EQ(branch(0, 100).size(), 100U);
  EXPECT_EQ(known(theirs), theirs.size()) << "own blocks take nothing from anybody";
}

/// Three sources fill the pot; a fourth gets a quarter of it, from their far ends.
TEST_F(HeaderRoomTest, AFullPotIsSharedAnew) {
  std::vector<std::vector<Hash256>> before;
  for (const std::uint64_t source : {1U, 2U, 3U}) before.push_back(branch(source, 100));
  EXPECT_EQ(chain_.unverified(), kSmall.total);
  const auto fourth = branch(4, 100);
  EXPECT_EQ(fourth.size(), kSmall.total / 4);
  EXPECT_EQ(known(fourth), fourth.size());
  EXPECT_EQ(chain_.unverified(), kSmall.total);
  for (const auto& hashes : before) {
    const std::size_t left = known(hashes);
    EXPECT_EQ(left, kSmall.total / 4);
    for (std::size_t i = 0; i < left; ++i) EXPECT_NE(chain_.find(hashes[i]), nullptr) << "the nearest stay";
  }
  EXPECT_EQ(chain_.room_for(4), 0U);
  EXPECT_GT(chain_.room_for(5), 0U);
}

TEST_F(HeaderRoomTest, WhoLeftGivesWayFirstAndWhatIsOfferedAgainIsTheNewSources) {
  const auto gone = branch(1, 100), here = branch(2, 100), also_here = branch(3, 100);
  chain_.forget_source(1);
  // The lower half is offered again, by a peer that is still here.
  for (std::size_t i = 0; i < 10; ++i) {
    auto again = chain_.add_header(chain_.find(gone[i])->header, kNow, 4);
    ASSERT_EQ(again.error().code, RejectCode::kDuplicate);
  }
  EXPECT_EQ(branch(5, 10).size(), 10U);
  EXPECT_EQ(known(here) + known(also_here), 2 * kSmall.per_source);
  EXPECT_EQ(known(gone), 10U);
  EXPECT_EQ(branch(6, 4).size(), 4U);
  EXPECT_EQ(known(gone), 10U) << "source 4 has no more than its part";
  EXPECT_EQ(known(here) + known(also_here), 2 * kSmall.per_source - 4);
}

TEST_F(HeaderRoomTest, ABatchIsTakenFromAllWhoHaveMoreThanTheirPart) {
  std::vector<std::vector<Hash256>> before;
  for (const std::uint64_t source : {1U, 2U, 3U}) before.push_back(branch(source, 100));
  chain_.make_room(4, 50, chain_.genesis().hash, {});
  for (const auto& hashes : before) EXPECT_EQ(known(hashes), kSmall.total / 4);
}

TEST_F(HeaderRoomTest, SourcesThatComeAndGoTakeNothingFromWhoStays) {
  const auto honest = branch(1, 15);
  for (std::uint64_t source = 100; source < 400; ++source) {
    ASSERT_EQ(branch(source, 2).size(), 2U);
    chain_.forget_source(source);
  }
  EXPECT_EQ(known(honest), honest.size());
  EXPECT_LE(chain_.unverified(), kSmall.total);
}

TEST_F(HeaderRoomTest, WhatIsBeingReplayedStaysWithItsAncestors) {
  const auto first = branch(1, 100);
  branch(2, 100);
  branch(3, 100);
  const std::vector<const BlockEntry*> replayed{chain_.find(first[18])};
  const BlockEntry* parent = &chain_.genesis();
  std::size_t length = 0;
  while ((parent = offer(4, *parent, replayed)) != nullptr) ++length;
  EXPECT_EQ(length, 11U) << "one from the pinned branch, and what the others have above a quarter";
  for (std::size_t i = 0; i <= 18; ++i) EXPECT_NE(chain_.find(first[i]), nullptr) << i;
  EXPECT_EQ(chain_.find(first[19]), nullptr);
}

/// A branch of many senders: what stands on an entry goes with it, or a hostile chain with a foreign top would be safe.
TEST_F(HeaderRoomTest, WhatStandsOnAnEntryGoesWithIt) {
  const auto base = branch(1, 100);
  const BlockEntry* top = offer(2, *chain_.find(base.back()));
  ASSERT_NE(top, nullptr);
  const Hash256 top_hash = top->hash;
  for (const std::uint64_t source : {3U, 4U, 5U}) branch(source, 100);
  EXPECT_EQ(chain_.find(top_hash), nullptr);
  EXPECT_EQ(known(base), kSmall.total / 4) << "source 2 has nothing left";
}

TEST_F(HeaderRoomTest, ASourceThatChangesItsBranchGetsRoomForTheNewOne) {
  const auto old = branch(1, 100);
  EXPECT_EQ(branch(1, 12).size(), 12U);
  EXPECT_EQ(known(old), kSmall.per_source - 12);
}

TEST_F(HeaderRoomTest, WhatProvedFalseIsRememberedUntilTheRoomIsNeeded) {
  const auto refuted = branch(1, 20);
  chain_.mark_invalid(*chain_.find(refuted[0]));
  EXPECT_EQ(chain_.unverified(), 0U);
  EXPECT_EQ(chain_.add_header(chain_.find(refuted[0])->header, kNow, 2).error().code, RejectCode::kKnownInvalid);
  EXPECT_EQ(branch(1, 100).size(), kSmall.per_source) << "it does not count against its source";
  branch(2, 100);
  EXPECT_EQ(known(refuted), 20U);
  branch(3, 15);
  EXPECT_EQ(known(refuted), 5U);
  EXPECT_EQ(chain_.best_header().state, BlockState::kHeader);
}

TEST_F(HeaderRoomTest, BestHeaderFollowsWhatIsLeft) {
  EXPECT_EQ(&chain_.best_header(), &chain_.genesis());
  const auto far = branch(1, 20);
  EXPECT_EQ(chain_.best_header().hash, far.back());
  for (const std::uint64_t source : {2U, 3U, 4U, 5U, 6U}) branch(source, 100);
  EXPECT_EQ(chain_.best_header().height, kSmall.total / 6);
  chain_.forget_source(1);
  EXPECT_EQ(chain_.unverified(), kSmall.total);
}

TEST(Ancestry, SkipsLeadToEveryAncestor) {
  MemoryStore store;
  Chain chain(regtest_params(), store);
  std::vector<const BlockEntry*> path{&chain.genesis()};
  for (std::uint64_t i = 0; i < 150; ++i) {
    auto entry = chain.add_header(build_block(chain, *path.back(), test_key(1), i).header, kNow, 1);
    ASSERT_TRUE(entry);
    path.push_back(*entry);
  }
  for (const std::size_t from : {1U, 64U, 127U, 128U, 150U}) {
    for (std::size_t to = 0; to <= from; ++to) ASSERT_EQ(&ancestor(*path[from], to), path[to]) << from << " to " << to;
    EXPECT_EQ(&first_unverified(*path[from]), path[1]);
  }
}

}  // namespace
}  // namespace freezenet
