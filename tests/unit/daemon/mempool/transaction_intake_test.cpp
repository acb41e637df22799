// What a user's transaction is worth when the disk refuses it, and after a repair that set the chain back.

#include "daemon/mempool/transaction_intake.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet::daemon {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

struct FixedClock final : Clock {
  [[nodiscard]] std::uint64_t unix_seconds() const override { return kNow; }
};

/// Keeps rows in memory, and has no room when a test says so.
struct MemoryMempoolStore final : MempoolStore {
  Result<> keep_waiting(std::span<const KeptTransaction> added, std::span<const Hash256> removed) override {
    if (full) return reject(RejectCode::kDiskFull);
    for (const Hash256& id : removed) {
      std::erase_if(rows, [&](const KeptTransaction& k) { return k.transaction.id() == id; });
    }
    rows.insert(rows.end(), added.begin(), added.end());
    return {};
  }
  Result<std::vector<KeptTransaction>> waiting(std::size_t& damaged) override {
    damaged = 0;
    return rows;
  }
  bool full = false;
  std::vector<KeptTransaction> rows;
};

class TransactionIntakeTest : public testing::Test {
 protected:
  TransactionIntakeTest() {
    for (std::uint64_t i = 0; i <= chain_.params().maturity; ++i) extend({});
  }
  ChainUpdate extend(std::vector<Transaction> transactions) {
    const std::uint64_t salt = 100 + chain_.tip().height;
    const BuiltBlock block = build_block(chain_, chain_.tip(), test_key(1), salt, 1, std::move(transactions));
    const BlockEntry* entry = *chain_.add_header(block.header, kNow);
    return *chain_.accept(*entry, block.body, proof_of(salt, 100));
  }
  Transaction payment(std::uint64_t nonce, std::uint64_t fee = 1'000, std::uint64_t amount = 5) const {
    Transaction t{{}, nonce, fee, Transfer{test_key(2).public_key(), amount}, {}};
    t.sign(test_key(1), chain_.genesis().hash);
    return t;
  }
  bool waits(const Transaction& t) const { return intake_.pool().find(t.id()) != nullptr; }
  bool kept(const Transaction& t) const {
    return std::ranges::any_of(store_.rows, [&](const KeptTransaction& k) { return k.transaction.id() == t.id(); });
  }

  MemoryStore blocks_;
  Chain chain_{regtest_params(), blocks_};
  FixedClock clock_;
  MemoryMempoolStore store_;
  TransactionIntake intake_{chain_, blocks_, store_, clock_, Mempool::Limits{}};
};

TEST_F(TransactionIntakeTest, WhatTheDiskRefusedIsNotPaidLater) {
  ASSERT_TRUE(intake_.add(payment(0), true));
  store_.full = true;
  EXPECT_EQ(intake_.add(payment(1), true).error().code, RejectCode::kDiskFull);
  EXPECT_FALSE(waits(payment(1)));
  EXPECT_EQ(intake_.pool().next_nonce(test_key(1).public_key(), chain_.ledger()), 1U);
  store_.full = false;
  ASSERT_TRUE(intake_.add(payment(1, 1'000, 6), true));
  EXPECT_EQ(intake_.selection().transactions.size(), 2U);
  EXPECT_FALSE(kept(payment(1)));
  EXPECT_TRUE(kept(payment(1, 1'000, 6)));
}

TEST_F(TransactionIntakeTest, AReplacementThatTheDiskRefusedLeavesTheFirst) {
  ASSERT_TRUE(intake_.add(payment(0), true));
  ASSERT_TRUE(intake_.add(payment(1), true));
  store_.full = true;
  EXPECT_FALSE(intake_.add(payment(0, 9'000), true));
  store_.full = false;
  EXPECT_TRUE(waits(payment(0)));
  EXPECT_TRUE(waits(payment(1)));
  EXPECT_FALSE(waits(payment(0, 9'000)));
  ASSERT_TRUE(intake_.flush());
  EXPECT_TRUE(kept(payment(0)));
}

TEST_F(TransactionIntakeTest, WhatTheChainIsNotReadyForStaysOnTheDiskAndComesBack) {
  store_.rows = {{payment(1), kNow - 10, true},
                 {payment(1, 2'000), kNow - 10, false}};  // its nonce 0 was in a lost block
  ASSERT_TRUE(intake_.restore());
  EXPECT_FALSE(waits(payment(1)));
  EXPECT_TRUE(kept(payment(1)));
  EXPECT_FALSE(kept(payment(1, 2'000))) << "a peer's, who has it still";
  ASSERT_TRUE(intake_.follow(extend({payment(0)})));
  EXPECT_TRUE(waits(payment(1)));
  EXPECT_TRUE(kept(payment(1)));
}

TEST_F(TransactionIntakeTest, WhatIsUsedUpOrTooOldGoes) {
  store_.rows = {{payment(3), kNow - Mempool::Limits{}.expiry, true}, {payment(0), kNow, true}};
  (void)extend({payment(0, 2'000)});
  ASSERT_TRUE(intake_.restore());
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(TransactionIntakeTest, WhatTheUserPaidStaysTheUsersThroughAReorganisation) {
  ASSERT_TRUE(intake_.add(payment(0), true));
  const BlockEntry& fork = chain_.tip();
  ASSERT_TRUE(intake_.follow(extend({payment(0), payment(1)})));
  EXPECT_FALSE(waits(payment(0)));
  const BlockEntry* parent = &fork;
  for (std::uint64_t salt : {900, 901}) {
    const BuiltBlock block = build_block(chain_, *parent, test_key(1), salt);
    parent = *chain_.add_header(block.header, kNow);
    ASSERT_TRUE(intake_.follow(*chain_.accept(*parent, block.body, proof_of(salt, 100))));
  }
  ASSERT_TRUE(waits(payment(0)) && waits(payment(1)));
  EXPECT_TRUE(intake_.pool().find(payment(0).id())->local);
  EXPECT_FALSE(intake_.pool().find(payment(1).id())->local) << "it came with a peer's block";
  for (const KeptTransaction& k : store_.rows) EXPECT_EQ(k.local, k.transaction.nonce == 0);
}

}  // namespace
}  // namespace freezenet::daemon
