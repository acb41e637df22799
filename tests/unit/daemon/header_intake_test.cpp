#include "daemon/header_intake.h"

#include <gtest/gtest.h>

#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet::daemon {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;
constexpr std::size_t kWindow = 4;

/// Two chains with room for 20 headers a source: a branch that is heavier only beyond its 40th header.
class HeaderIntakeTest : public testing::Test {
 protected:
  struct Branch {
    std::vector<BuiltBlock> blocks;
    std::vector<Hash256> hashes;
  };
  /// Blocks from genesis, verified by a chain of its own so that their start roots are right.
  static Branch branch(std::size_t length, std::uint64_t salt) {
    Branch made;
    MemoryStore store;
    Chain chain(regtest_params(), store);
    const BlockEntry* e = &chain.genesis();
    for (std::size_t i = 0; i < length; ++i) {
      made.blocks.push_back(build_block(chain, *e, test_key(1), salt + i));
      e = *chain.add_header(made.blocks.back().header, kNow);
      EXPECT_TRUE(chain.accept(*e, made.blocks.back().body, proof_of(salt + i, 100)));
      made.hashes.push_back(e->hash);
    }
    return made;
  }
  /// Headers from `begin`, at most a message of 10, as BlockSync offers them.
  net::HeadersVerdict offer(net::PeerId peer, const Branch& of, std::size_t begin) {
    const std::size_t end = std::min(begin + 10, of.blocks.size());
    std::vector<SealedHeader> headers;
    for (std::size_t i = begin; i < end; ++i) headers.push_back(of.blocks[i].header);
    return intake_.offer(peer, headers, end - begin < 10, kNow);
  }
  void accept(const Branch& of, std::size_t index, std::uint64_t salt) {
    const BlockEntry* e = chain_.find(of.hashes[index]);
    ASSERT_NE(e, nullptr) << index;
    const auto done = chain_.accept(*e, of.blocks[index].body, proof_of(salt + index, 100));
    ASSERT_TRUE(done) << index << ": " << done.error().message();
  }
  void have(const Branch& ours, std::uint64_t salt) {
    for (std::size_t i = 0; i < ours.blocks.size(); ++i) {
      ASSERT_TRUE(chain_.add_header(ours.blocks[i].header, kNow));
      accept(ours, i, salt);
    }
  }

  MemoryStore store_;
  Chain chain_{regtest_params(), store_, {100, 20}};
  PendingBlocks pending_;
  HeaderIntake intake_{chain_, pending_};
};

/// The whole way of a peer with a deep fork: stored, streamed to the claim, and replayed forward in portions.
TEST_F(HeaderIntakeTest, ABranchHeavierOnlyBeyondItsRoomWins) {
  const Branch ours = branch(40, 1'000), theirs = branch(55, 2'000);
  have(ours, 1'000);
  std::size_t asked = 0, at = 0;
  std::optional<net::HeadersVerdict> verdict;
  for (; !verdict || !verdict->enough; at += verdict->taken()) {
    verdict = offer(5, theirs, at);
    ASSERT_FALSE(verdict->refused) << verdict->refused->message();
    ASSERT_LT(++asked, 10U);
  }
  EXPECT_EQ(chain_.unverified(), 20U);
  EXPECT_EQ(verdict->last, theirs.hashes[40]) << "as far as it takes to outweigh the tip";
  Hash256 stored = theirs.hashes[19];
  for (std::size_t done = 0, rounds = 0; chain_.tip().hash != theirs.hashes.back(); ++rounds) {
    ASSERT_LT(rounds, 60U) << "stuck at " << done;
    const net::Wanted wanted = intake_.wanted(5, stored, kWindow);
    ASSERT_FALSE(wanted.blocks.empty() && wanted.headers == net::HeadersToAsk::kNone) << "stuck at " << done;
    if (wanted.headers != net::HeadersToAsk::kNone) {
      const bool after_stored = wanted.headers == net::HeadersToAsk::kAfterStored;
      const auto more = offer(5, theirs, after_stored ? chain_.find(stored)->height : at);
      ASSERT_GT(more.added, 0U);
      stored = more.stored;
    }
    for (const net::WantedBlock& block : wanted.blocks) {
      ASSERT_EQ(block.hash, theirs.hashes[done]);
      accept(theirs, done++, 2'000);
    }
    ASSERT_LE(chain_.unverified(), 20U);
  }
  EXPECT_EQ(intake_.wanted(5, stored, kWindow).headers, net::HeadersToAsk::kNone);
}

TEST_F(HeaderIntakeTest, ALongBranchThatClaimsNoMoreThanTheTipIsLeftAlone) {
  const Branch ours = branch(40, 1'000), theirs = branch(39, 2'000);
  have(ours, 1'000);
  for (std::size_t at = 0; at < theirs.blocks.size();) {
    const auto verdict = offer(5, theirs, at);
    ASSERT_EQ(verdict.taken(), std::min<std::size_t>(10, theirs.blocks.size() - at));
    EXPECT_FALSE(verdict.enough);
    at += verdict.taken();
  }
  const net::Wanted wanted = intake_.wanted(5, theirs.hashes[19], kWindow);
  EXPECT_TRUE(wanted.blocks.empty());
  EXPECT_EQ(wanted.headers, net::HeadersToAsk::kAfterLast);
  intake_.left(5);
  EXPECT_EQ(intake_.wanted(5, theirs.hashes[19], kWindow).headers, net::HeadersToAsk::kNone);
}

TEST_F(HeaderIntakeTest, FromGenesisOneHeaderBeyondTheRoomIsEnough) {
  const Branch theirs = branch(45, 2'000);
  for (std::size_t at : {0U, 10U}) EXPECT_EQ(offer(5, theirs, at).added, 10U);
  const auto verdict = offer(5, theirs, 20);
  EXPECT_TRUE(verdict.enough);
  EXPECT_EQ(verdict.taken(), 1U);
  const net::Wanted wanted = intake_.wanted(5, theirs.hashes[19], kWindow);
  ASSERT_EQ(wanted.blocks.size(), kWindow);
  EXPECT_EQ(wanted.blocks.front().hash, theirs.hashes.front());
  EXPECT_EQ(wanted.headers, net::HeadersToAsk::kNone) << "there is enough to do";
}

TEST_F(HeaderIntakeTest, AFalseHeaderBeyondTheRoomIsRefused) {
  const Branch ours = branch(40, 1'000);
  Branch theirs = branch(39, 2'000);
  have(ours, 1'000);
  theirs.blocks[25].header.signature.bytes[0] ^= 1;
  offer(5, theirs, 0);
  offer(5, theirs, 10);
  const auto verdict = offer(5, theirs, 20);
  ASSERT_TRUE(verdict.refused);
  EXPECT_EQ(verdict.refused->code, RejectCode::kBadSignature);
  EXPECT_EQ(verdict.taken(), 5U);
}

TEST_F(HeaderIntakeTest, AChainThatEndsInTheTreeClaimsNothingElse) {
  const Branch theirs = branch(45, 2'000);
  for (std::size_t at : {0U, 10U, 20U}) offer(5, theirs, at);
  // The peer has gone back to a shorter chain, all of which is known.
  const std::vector<SealedHeader> known{theirs.blocks[3].header};
  EXPECT_EQ(intake_.offer(5, known, true, kNow).known, 1U);
  for (std::size_t i = 0; i < 20; ++i) accept(theirs, i, 2'000);
  EXPECT_EQ(intake_.wanted(5, theirs.hashes[3], kWindow).headers, net::HeadersToAsk::kNone);
}

TEST_F(HeaderIntakeTest, WhoLeftGivesWayFirst) {
  std::vector<Branch> branches;
  for (net::PeerId peer = 1; peer <= 6; ++peer) branches.push_back(branch(20, 10'000 * peer));
  for (net::PeerId peer = 1; peer <= 5; ++peer) {
    for (const std::size_t at : {0U, 10U}) ASSERT_EQ(offer(peer, branches[peer - 1], at).added, 10U);
  }
  intake_.left(3);
  EXPECT_EQ(offer(6, branches[5], 0).added, 10U);
  for (const std::size_t here : {0U, 1U, 3U, 4U}) EXPECT_NE(chain_.find(branches[here].hashes[19]), nullptr) << here;
}

TEST_F(HeaderIntakeTest, WhatWaitsForItsReplayIsNotWantedAgainAndNeverGivesWay) {
  const Branch theirs = branch(45, 2'000);
  for (std::size_t at : {0U, 10U}) offer(5, theirs, at);
  for (std::size_t i : {0U, 1U, 3U}) {
    ASSERT_TRUE(pending_.add({chain_.find(theirs.hashes[i]), theirs.blocks[i].body, std::nullopt, {5}}, i == 0));
  }
  const net::Wanted wanted = intake_.wanted(5, theirs.hashes[19], kWindow);
  ASSERT_EQ(wanted.blocks.size(), kWindow);
  EXPECT_EQ(wanted.blocks[0].hash, theirs.hashes[2]);
  EXPECT_EQ(wanted.blocks[1].hash, theirs.hashes[4]);
  intake_.left(5);
  for (net::PeerId peer = 6; peer < 30; ++peer) offer(peer, branch(10, 10'000 * peer), 0);
  for (std::size_t i = 0; i <= 3; ++i) EXPECT_NE(chain_.find(theirs.hashes[i]), nullptr) << i;
  EXPECT_EQ(chain_.find(theirs.hashes[4]), nullptr);
  EXPECT_EQ(intake_.wanted(5, theirs.hashes[19], kWindow).headers, net::HeadersToAsk::kFromTheFork);
}

/// An assumed block far beyond the room: headers are followed up to it, also where the branch outweighs the tip long
/// before.
TEST_F(HeaderIntakeTest, HeadersAreFollowedUpToTheAssumedBlock) {
  const Branch theirs = branch(150, 3'000);
  chain_.assume(Assumption{145, theirs.hashes[144], {}});
  std::size_t at = 0;
  for (std::optional<net::HeadersVerdict> verdict; !verdict || !verdict->enough; at += verdict->taken()) {
    ASSERT_LT(at, 150U);
    EXPECT_FALSE(chain_.trail());
    verdict = offer(5, theirs, at);
    ASSERT_FALSE(verdict->refused) << verdict->refused->message();
    // What the peer announces meanwhile is no end.
    intake_.offer(5, {theirs.blocks.back().header}, true, kNow);
  }
  ASSERT_TRUE(chain_.trail());
  EXPECT_EQ(at, 145U) << "no further than that";
  EXPECT_EQ(chain_.unverified(), 20U);
  ASSERT_EQ(chain_.boundaries().size(), 1U);
  EXPECT_EQ(chain_.boundaries()[0].height, 145U - 101);
  EXPECT_FALSE(intake_.wanted(5, theirs.hashes[19], kWindow).blocks.front().body_only) << "its model is not here";
  EXPECT_FALSE(chain_.assumed_outcome(*chain_.find(theirs.hashes[0]))) << "no marked header is in the tree";
}

/// A peer whose chain passes the height without the block, or ends before it, is worth what it claims, as ever.
TEST_F(HeaderIntakeTest, AChainWithoutTheAssumedBlockHoldsNothingUp) {
  const Branch theirs = branch(150, 4'000);
  for (const auto& [peer, height] : {std::pair{5U, 60U}, std::pair{6U, 100'000U}}) {
    chain_.assume(Assumption{height, hash_of(1), {}});
    std::size_t at = 0;
    for (std::optional<net::HeadersVerdict> verdict; !verdict || (!verdict->enough && at < 150); at += verdict->taken())
      verdict = offer(peer, theirs, at);
    EXPECT_EQ(at, std::min<std::size_t>(height, 150));
    if (at == 150) {
      EXPECT_EQ(offer(peer, theirs, 150).taken(), 0U) << "the end, which an empty message tells";
    }
    EXPECT_FALSE(chain_.trail());
    const net::Wanted wanted = intake_.wanted(peer, theirs.hashes[19], kWindow);
    EXPECT_EQ(wanted.blocks.size(), kWindow);
    EXPECT_NE(wanted.headers, net::HeadersToAsk::kAfterLast) << height;
  }
}

}  // namespace
}  // namespace freezenet::daemon
