// What a user's transaction is worth when the disk refuses it, and after a repair that set the chain back.

#include "daemon/mempool/transaction_intake.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "daemon/storage/sqlite_chain_store.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

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
  Result<> keep_only(std::span<const KeptTransaction> waiting) override {
    rows.assign(waiting.begin(), waiting.end());
    return {};
  }
  Result<WaitingTransactions> waiting() override {
    WaitingTransactions found;
    found.kept = rows;
    return found;
  }
  bool full = false;
  std::vector<KeptTransaction> rows;
};

void nothing_lost(const std::string& line) { ADD_FAILURE() << line; }

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
  std::string said;
  ASSERT_TRUE(intake_.restore([&](const std::string& line) { said += line; }));
  EXPECT_THAT(said, testing::HasSubstr("do not send these again: " + to_hex(payment(1).id())));
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
  ASSERT_TRUE(intake_.restore(nothing_lost));
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

/// With the store that a node has.
TEST_F(TransactionIntakeTest, ARowThatTheDiskChangedIsSaidToBeLostOnce) {
  const test::TemporaryFolder folder;
  const auto file = folder / "chain.sqlite";
  const auto open = [&] { return *SqliteChainStore::open(file, chain_.genesis().hash); };
  {
    const auto store = open();
    TransactionIntake intake{chain_, blocks_, *store, clock_, Mempool::Limits{}};
    ASSERT_TRUE(intake.add(payment(0), true));
    ASSERT_TRUE(intake.add(payment(1), true));
    ASSERT_TRUE(intake.add(payment(2), true));
    ASSERT_TRUE(store->finish());
  }
  {
    const auto database = *Database::open(file);
    ASSERT_TRUE(database->execute(
        ("UPDATE mempool SET data = x'00' WHERE id = x'" + to_hex(ByteView(payment(1).id().bytes)) + "'").c_str()));
  }
  std::vector<std::string> said;
  for (int start = 0; start < 2; ++start) {
    const auto store = open();
    TransactionIntake intake{chain_, blocks_, *store, clock_, Mempool::Limits{}};
    ASSERT_TRUE(intake.restore([&](const std::string& line) { said.push_back(line); }));
    EXPECT_EQ(intake.pool().size(), 1U);
    if (start == 0) continue;
    // What stood behind it is there, and goes on once the gap is filled.
    ASSERT_TRUE(intake.add(payment(1), true));
    ASSERT_TRUE(intake.follow(extend({payment(0)})));
    EXPECT_EQ(intake.pool().size(), 2U);
  }
  ASSERT_EQ(said.size(), 3U) << "the one that waits for it at both starts, the damage at the first";
  EXPECT_THAT(said[0], testing::HasSubstr("do not send these again: " + to_hex(payment(2).id())));
  EXPECT_THAT(said[1], testing::HasSubstr("1 cannot be read: " + to_hex(payment(1).id())));
  EXPECT_THAT(said[1], testing::HasSubstr("send again what is not there"));
  EXPECT_EQ(said[2], said[0]);
}

}  // namespace
}  // namespace freezenet::daemon
