// What was verified once is looked at again: each level finds what the one below it cannot see.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/chain/chain.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kNow = 1'800'000'000;

class RecheckTest : public testing::Test {
 protected:
  RecheckTest() {
    for (std::uint64_t i = 0; i < chain_.params().maturity; ++i) extend({});
    for (std::uint64_t i = 0; i < 3; ++i) extend({transfer(10 + i, 2 * i), claim(i, 2 * i + 1)});
  }
  void extend(std::vector<Transaction> transactions) {
    const std::uint64_t salt = 100 + chain_.tip().height;
    const BuiltBlock block = build_block(chain_, chain_.tip(), test_key(1), salt, 1, std::move(transactions));
    const auto entry = chain_.add_header(block.header, kNow);
    ASSERT_TRUE(entry) << entry.error().message();
    ASSERT_TRUE(chain_.accept(**entry, block.body, proof_of(salt, 100)));
  }
  Transaction signed_by_miner(std::uint64_t nonce, std::variant<Transfer, Claim> action) {
    Transaction t{{}, nonce, 1'000, std::move(action), {}};
    t.sign(test_key(1), chain_.genesis().hash);
    return t;
  }
  Transaction transfer(std::uint64_t amount, std::uint64_t nonce) {
    return signed_by_miner(nonce, Transfer{test_key(2).public_key(), amount});
  }
  Transaction claim(std::uint64_t model, std::uint64_t nonce) {
    return signed_by_miner(nonce, Claim{hash_of(model), ClaimScheme::kGradSigns, hash_of(1)});
  }
  Result<std::uint64_t> recheck(unsigned level, std::uint64_t blocks = 1'000'000) {
    return chain_.recheck({.level = level, .blocks = blocks, .replay = replay_, .progress = progress_});
  }
  /// `level` finds the fault and names it; the level before it does not.
  void expect_found_first_at(unsigned level, const std::string& what) {
    if (level > 0) {
      EXPECT_TRUE(recheck(level - 1));
    }
    const auto found = recheck(level);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code == RejectCode::kStorage, level != 0) << found.error().message();
    EXPECT_THAT(found.error().message(), HasSubstr(what));
  }

  MemoryStore store_;
  Chain chain_{regtest_params(), store_};
  decltype(Chain::Recheck::replay) replay_;
  decltype(Chain::Recheck::progress) progress_;
};

TEST_F(RecheckTest, WhatWasVerifiedIsSoundAtEveryLevel) {
  for (unsigned level = 0; level <= 4; ++level) {
    EXPECT_EQ(recheck(level).value(), chain_.tip().height) << level;
    EXPECT_EQ(recheck(level, 2).value(), 2U) << level;
  }
}

TEST_F(RecheckTest, ABodyThatIsGoneIsFoundByReadingIt) {
  store_.blocks.erase(store_.blocks.end() - 2);
  expect_found_first_at(0, "not-found");
}

TEST_F(RecheckTest, AnotherBodyIsFoundByTheRootsOfTheHeader) {
  store_.blocks.back().body.transactions.pop_back();
  expect_found_first_at(1, "at height " + std::to_string(chain_.tip().height));
}

TEST_F(RecheckTest, UndoThatIsGoneIsFoundByReadingIt) {
  store_.undos.erase(chain_.tip().hash);
  expect_found_first_at(2, "no undo");
}

TEST_F(RecheckTest, AnotherUndoIsFoundByConnectingTheBlock) {
  BlockUndo& undo = store_.undos.at(chain_.tip().hash);
  ASSERT_FALSE(undo.entries.empty());
  undo.entries.front().before->balance += 1;
  expect_found_first_at(3, "at height " + std::to_string(chain_.tip().height));
}

TEST_F(RecheckTest, ClaimsThatTheUndoKeepsAreFound) {
  store_.undos.at(chain_.tip().hash).claims += 1;
  expect_found_first_at(3, "at height ");
}

TEST_F(RecheckTest, AnotherOutcomeIsFoundByTheReplay) {
  const Hash256 wrong = chain_.at_height(3)->hash;
  replay_ = [&](const BlockEntry& e, const Body&) -> Result<std::optional<ProofOutcome>> {
    if (e.height == 5) return std::nullopt;  // its model is not kept
    ProofOutcome same{e.outcome->canonical_root, e.outcome->score, true};
    if (e.hash == wrong) same.score += 1;
    return same;
  };
  expect_found_first_at(4, "at height 3: its replay");
}

TEST_F(RecheckTest, ProgressIsToldAndEndsTheCheck) {
  std::uint64_t told = 0, of = 0;
  progress_ = [&](std::uint64_t done, std::uint64_t steps) -> Result<> {
    told = done;
    of = steps;
    return {};
  };
  ASSERT_TRUE(recheck(3));
  EXPECT_EQ(told, of);
  EXPECT_EQ(of, 2 * chain_.tip().height);
  progress_ = [](std::uint64_t done, std::uint64_t) -> Result<> {
    return done < 4 ? Result<>{} : reject(RejectCode::kCancelled);
  };
  EXPECT_EQ(recheck(3).error().code, RejectCode::kCancelled);
}

}  // namespace
}  // namespace freezenet
