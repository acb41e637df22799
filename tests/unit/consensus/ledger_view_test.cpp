#include "consensus/ledger_view.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/consensus/chain/chain_builder.h"

namespace freezenet {
namespace {

XOnlyKey key(std::uint8_t n) { return XOnlyKey{{n}}; }

Transaction transfer(std::uint8_t from, std::uint8_t to, std::uint64_t amount, std::uint64_t fee, std::uint64_t nonce) {
  return {key(from), nonce, fee, Transfer{key(to), amount}, {}};
}
Transaction claim(std::uint8_t from, std::uint64_t model, std::uint64_t nonce) {
  return {key(from), nonce, 1, Claim{hash_of(model), ClaimScheme::kGradSigns, hash_of(9)}, {}};
}

class LedgerViewTest : public testing::Test {
 protected:
  LedgerViewTest() { ledger_.set(key(1), Account{100, 0}); }
  RejectCode refusal(std::vector<Transaction> transactions, std::optional<MaturedReward> matured = {}) {
    LedgerView view(ledger_);
    const Hash256 before = view.accounts_hash();
    const auto undo = view.connect({5, matured, transactions});
    EXPECT_FALSE(undo);
    EXPECT_EQ(view.accounts_hash(), before) << "a refused block leaves nothing behind";
    EXPECT_EQ(view.claims_digest(), ledger_.claims_digest());
    return undo ? RejectCode::kCancelled : undo.error().code;
  }
  Ledger ledger_;
};

TEST_F(LedgerViewTest, ATransferMovesTheAmountAndBurnsTheFee) {
  LedgerView view(ledger_);
  const std::vector transactions{transfer(1, 2, 30, 3, 0), transfer(2, 1, 10, 1, 0)};
  ASSERT_TRUE(view.connect({5, std::nullopt, transactions}));
  EXPECT_EQ(view.find(key(1)), (Account{77, 1}));
  EXPECT_EQ(view.find(key(2)), (Account{19, 1}));
  EXPECT_EQ(ledger_.find(key(1)), (Account{100, 0})) << "the ledger below stays as it is";
  ledger_.apply(view);
  EXPECT_EQ(ledger_.total(), 96U);
  EXPECT_EQ(ledger_.accounts_hash(), view.accounts_hash());
}

TEST_F(LedgerViewTest, ToOneselfCostsTheFee) {
  LedgerView view(ledger_);
  const std::vector transactions{transfer(1, 1, 99, 1, 0)};
  ASSERT_TRUE(view.connect({5, std::nullopt, transactions}));
  EXPECT_EQ(view.find(key(1)), (Account{99, 1}));
}

TEST_F(LedgerViewTest, RefusesWhatTheAccountDoesNotAllow) {
  EXPECT_EQ(refusal({transfer(1, 2, 100, 1, 0)}), RejectCode::kInsufficientFunds);
  EXPECT_EQ(refusal({transfer(3, 2, 1, 0, 0)}), RejectCode::kInsufficientFunds);
  EXPECT_EQ(refusal({transfer(1, 2, 1, 0, 1)}), RejectCode::kWrongNonce);
  EXPECT_EQ(refusal({transfer(1, 2, 1, 0, 0), transfer(1, 2, 1, 0, 0)}), RejectCode::kWrongNonce);
  EXPECT_EQ(refusal({claim(1, 3, 0), claim(1, 3, 1)}), RejectCode::kDuplicateClaim);
  ledger_.set(key(2), Account{std::numeric_limits<std::uint64_t>::max(), 0});
  EXPECT_EQ(refusal({transfer(1, 2, 1, 0, 0)}), RejectCode::kOverflow);
  EXPECT_EQ(refusal({}, MaturedReward{key(2), 1}), RejectCode::kOverflow);
}

TEST_F(LedgerViewTest, WhatMaturesCanBeSpentInTheSameBlock) {
  LedgerView view(ledger_);
  const std::vector transactions{transfer(7, 2, 50, 0, 0)};
  ASSERT_TRUE(view.connect({5, MaturedReward{key(7), 50}, transactions}));
  EXPECT_EQ(view.find(key(7)), (Account{0, 1})) << "its nonce stays, so that nothing is made twice";
}

TEST_F(LedgerViewTest, TheFirstClaimStaysTheFirst) {
  ledger_.set(key(2), Account{10, 0});
  LedgerView first(ledger_);
  const std::vector ones{claim(1, 3, 0)};
  const auto undo = first.connect({5, std::nullopt, ones});
  ASSERT_TRUE(undo);
  ledger_.apply(first);
  EXPECT_EQ(refusal({claim(1, 3, 1)}), RejectCode::kDuplicateClaim);
  LedgerView second(ledger_);
  const std::vector twos{claim(2, 3, 0), claim(1, 4, 1)};
  ASSERT_TRUE(second.connect({6, std::nullopt, twos})) << "another's claim of the same model is another claim";
  ledger_.apply(second);
  ASSERT_EQ(ledger_.claims_of(hash_of(3)), (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(ledger_.claims()[0].claimant, key(1));
  EXPECT_EQ(ledger_.claims()[1].height, 6U);
  // Both blocks undone: as if nothing had been claimed.
  LedgerView back(ledger_);
  BlockUndo second_undo{{}, 1, first.claims_digest()};
  back.disconnect(second_undo);
  EXPECT_FALSE(back.has_claim(ledger_.claims()[1].id()));
  EXPECT_TRUE(back.has_claim(ledger_.claims()[0].id()));
  back.disconnect(*undo);
  EXPECT_FALSE(back.has_claim(ledger_.claims()[0].id()));
  EXPECT_TRUE(back.claims_digest().is_zero());
  ledger_.apply(back);
  EXPECT_TRUE(ledger_.claims().empty());
  EXPECT_TRUE(ledger_.claims_of(hash_of(3)).empty());
}

TEST_F(LedgerViewTest, UndoHasOneEncoding) {
  LedgerView view(ledger_);
  const std::vector transactions{transfer(1, 2, 30, 3, 0), claim(1, 3, 1)};
  const auto undo = view.connect({5, MaturedReward{key(9), 4}, transactions});
  ASSERT_TRUE(undo);
  Writer out;
  undo->encode(out);
  EXPECT_EQ(BlockUndo::decode(out.data()), *undo);
  Bytes swapped = out.data();
  swapped[1] = 0xff;  // the first key after the second
  EXPECT_EQ(BlockUndo::decode(swapped).error().code, RejectCode::kBadEncoding);
}

}  // namespace
}  // namespace freezenet
