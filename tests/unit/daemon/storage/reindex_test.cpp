#include "daemon/storage/reindex.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "consensus/chain/chain.h"
#include "daemon/storage/sqlite_chain_store.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kNow = 1'800'000'000;

/// A database with a chain that went back on itself: blocks of real headers, without the training.
class ReindexTest : public testing::Test {
 protected:
  fs::path file() const { return folder_ / "chain.sqlite"; }

  void fill() {
    auto store = SqliteChainStore::open(file(), params_.genesis_hash());
    ASSERT_TRUE(store) << store.error().detail;
    Chain chain(params_, **store);
    const BlockEntry* fork = extend(chain, chain.genesis(), 100, 12);
    extend(chain, *fork, 200, 3);
    extend(chain, *fork, 300, 5);
    state_ = chain.state_hash();
    stale_ = chain.stale_blocks();
    ASSERT_EQ(stale_, 3U);
  }
  Transaction signed_by_miner(std::uint64_t nonce, std::variant<Transfer, Claim> action) const {
    Transaction t{{}, nonce, 1'000, std::move(action), {}};
    t.sign(test_key(1), params_.genesis_hash());
    return t;
  }
  /// Three blocks with a transfer and a claim each, on a chain whose first rewards are mature.
  void spend(Chain& chain) {
    const BlockEntry* tip = extend(chain, chain.tip(), 400, params_.maturity);
    for (std::uint64_t i = 0; i < 3; ++i) {
      const BuiltBlock block =
          build_block(chain, *tip, test_key(1), 900 + i, 1,
                      {signed_by_miner(2 * i, Transfer{test_key(2).public_key(), 10 + i}),
                       signed_by_miner(2 * i + 1, Claim{hash_of(i), ClaimScheme::kGradSigns, hash_of(1)})});
      tip = *chain.add_header(block.header, kNow);
      ASSERT_TRUE(chain.accept(*tip, block.body, proof_of(900 + i, 100)));
    }
  }
  static const BlockEntry* extend(Chain& chain, const BlockEntry& parent, std::uint64_t salt, std::uint64_t blocks) {
    const BlockEntry* e = &parent;
    for (std::uint64_t i = 0; i < blocks; ++i) {
      const BuiltBlock block = build_block(chain, *e, test_key(1), salt + i);
      e = *chain.add_header(block.header, kNow);
      const auto update =
          chain.accept(*e, block.body, {hash_of(salt + i), 100 + static_cast<std::uint32_t>(i % 3) * 100, i % 3 != 1});
      EXPECT_TRUE(update) << update.error().message();
    }
    return e;
  }

  void sql(const std::string& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &db), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, &error), SQLITE_OK) << (error != nullptr ? error : "");
    sqlite3_close(db);
  }
  Result<ReindexReport> rebuild(bool keep_assumed = true) {
    said_.clear();
    return reindex(
        file(), params_, [&](const std::string& line) { said_.push_back(line); }, keep_assumed);
  }
  /// What a node that starts on the file stands on.
  std::pair<std::uint64_t, Hash256> stands() {
    auto store = SqliteChainStore::open(file(), params_.genesis_hash());
    EXPECT_TRUE(store) << store.error().detail;
    Chain chain(params_, **store);
    const auto restored = chain.restore();
    EXPECT_TRUE(restored) << restored.error().detail;
    EXPECT_TRUE(chain.recheck({.level = 3, .blocks = 1000, .replay = {}, .progress = {}}));
    return {chain.tip().height, chain.state_hash()};
  }

  test::TemporaryFolder folder_;
  std::vector<std::string> said_;
  NetworkParams params_ = regtest_params();
  Hash256 state_;
  std::size_t stale_ = 0;
};

TEST_F(ReindexTest, GivesTheSameChainFromASoundDatabase) {
  fill();
  const auto report = rebuild();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->blocks, 20U);
  EXPECT_EQ(report->damaged + report->loose, 0U);
  EXPECT_FALSE(fs::exists(file().string() + ".old"));
  EXPECT_EQ(stands(), std::make_pair(std::uint64_t{17}, state_));
}

TEST_F(ReindexTest, WhatFollowsFromTheBlocksIsMadeAnew) {
  fill();
  sql("DELETE FROM accounts; DELETE FROM undo; UPDATE meta SET checksum = x'00' WHERE key = 'head'");
  ASSERT_FALSE(SqliteChainStore::open(file(), params_.genesis_hash()));
  ASSERT_EQ(rebuild()->blocks, 20U);
  EXPECT_EQ(stands(), std::make_pair(std::uint64_t{17}, state_));
}

TEST_F(ReindexTest, MoneyClaimsAndWhatTheOperatorAndTheUserSaidStay) {
  fill();
  const Transaction waiting = signed_by_miner(6, Transfer{test_key(3).public_key(), 5});
  Hash256 aside, spent, first;
  {
    auto store = SqliteChainStore::open(file(), params_.genesis_hash());
    Chain chain(params_, **store);
    ASSERT_TRUE(chain.restore());
    spend(chain);
    first = (*store)->body(chain.tip().parent->hash)->transactions.front().id();
    aside = chain.tip().hash;
    ASSERT_TRUE(chain.set_aside(chain.tip()));
    spent = chain.state_hash();
    ASSERT_TRUE((*store)->keep_waiting(std::vector<KeptTransaction>{{waiting, kNow, true}}, {}));
  }
  sql("DELETE FROM claims; DELETE FROM transactions; DELETE FROM accounts; DELETE FROM undo");
  const auto report = rebuild();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->waiting, 1U);
  EXPECT_EQ(stands().second, spent);

  auto store = SqliteChainStore::open(file(), params_.genesis_hash());
  Chain chain(params_, **store);
  ASSERT_TRUE(chain.restore());
  EXPECT_EQ(chain.set_aside_blocks(), std::vector<Hash256>{aside});
  EXPECT_EQ(chain.ledger().claims().size(), 2U);
  ASSERT_TRUE((*store)->find_transaction(first)->has_value());
  const auto kept = (*store)->waiting()->kept;
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.front().transaction.id(), waiting.id());
  EXPECT_TRUE(kept.front().local);
}

TEST_F(ReindexTest, ADamagedWaitingTransactionCostsItselfAlone) {
  fill();
  {
    auto store = SqliteChainStore::open(file(), params_.genesis_hash());
    std::vector<KeptTransaction> waiting;
    for (std::uint64_t i = 0; i < 3; ++i)
      waiting.push_back({signed_by_miner(i, Transfer{test_key(3).public_key(), 5}), kNow + i, true});
    ASSERT_TRUE((*store)->keep_waiting(waiting, {}));
  }
  sql("UPDATE mempool SET local = 0 WHERE received = " + std::to_string(kNow + 1) +
      "; UPDATE mempool SET data = x'00' WHERE received = " + std::to_string(kNow + 2));
  const auto report = rebuild();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->waiting, 2U);
  EXPECT_EQ(report->damaged, 2U);
  ASSERT_EQ(said_.size(), 1U);
  EXPECT_THAT(said_.front(), testing::HasSubstr("1 could be mended; 1 cannot be read: "));
  EXPECT_TRUE(fs::exists(file().string() + ".old"));
}

TEST_F(ReindexTest, ADamagedRowCostsItsDescendantsAlone) {
  fill();
  sql("UPDATE blocks SET score = score + 1 WHERE seq = 18");  // the third block of the heavier branch
  const auto report = rebuild();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->damaged, 1U);
  EXPECT_EQ(report->loose, 2U);
  EXPECT_EQ(report->blocks, 17U);
  EXPECT_EQ(stands().first, 15U);
  EXPECT_TRUE(fs::exists(file().string() + ".old")) << "what was lost may still be looked at";
}

TEST_F(ReindexTest, WhatCannotBeOpenedNowIsNotTakenForEmpty) {
  fill();
  fs::rename(file(), folder_ / "elsewhere");
  fs::create_directory(
      file());  // as a file of another user's: it cannot be opened, and nothing says that it is damaged
  const auto report = rebuild();
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().detail.find("cannot be opened"), std::string::npos) << report.error().detail;
  fs::remove(file());
  fs::rename(folder_ / "elsewhere", file());
  ASSERT_EQ(rebuild()->blocks, 20U);
}

TEST_F(ReindexTest, WhatAnEarlierRepairPutAsideIsNeverOverwritten) {
  fill();
  sql("UPDATE blocks SET score = score + 1 WHERE seq = 20");
  ASSERT_EQ(rebuild()->blocks, 19U);
  const auto first = fs::file_size(file().string() + ".old");
  std::ofstream(file(), std::ios::trunc) << std::string(9000, 'x');
  ASSERT_EQ(rebuild()->blocks, 0U);
  EXPECT_EQ(fs::file_size(file().string() + ".old"), first);
  EXPECT_EQ(fs::file_size(file().string() + ".old2"), 9000U);
}

TEST_F(ReindexTest, WhatIsNoDatabaseGivesAnEmptyOne) {
  fill();
  {
    auto store = SqliteChainStore::open(file(), params_.genesis_hash());
    const Transaction paid = signed_by_miner(0, Transfer{test_key(3).public_key(), 5});
    ASSERT_TRUE((*store)->keep_waiting(std::vector<KeptTransaction>{{paid, kNow, true}}, {}));
  }
  std::ofstream(file(), std::ios::trunc) << std::string(9000, 'x');
  ASSERT_EQ(rebuild()->blocks, 0U);
  ASSERT_EQ(said_.size(), 1U) << "that there were payments is all that is left of them";
  EXPECT_THAT(said_.front(), testing::HasSubstr("how many there were cannot be read; ask listtransactions"));
  EXPECT_EQ(stands().first, 0U);
}

TEST_F(ReindexTest, CutShortAnywhereItEndsTheSame) {
  fill();
  const fs::path building = file().string() + ".building", rebuilt = file().string() + ".rebuilt";
  // In the middle: the beginning of a new file.
  std::ofstream(building) << "half of a page";
  EXPECT_TRUE(reindex_was_cut_short(file()));
  ASSERT_EQ(rebuild()->blocks, 20U);
  EXPECT_FALSE(reindex_was_cut_short(file()));
  EXPECT_EQ(stands(), std::make_pair(std::uint64_t{17}, state_));
  // Whole, but not in place: the old one is not needed any more.
  fs::rename(file(), rebuilt);
  std::ofstream(file()) << "an old one";
  EXPECT_TRUE(reindex_was_cut_short(file()));
  const auto report = rebuild();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->finished_before);
  EXPECT_EQ(stands(), std::make_pair(std::uint64_t{17}, state_));
}

TEST_F(ReindexTest, AssumedBlocksStayAssumed) {
  std::vector<BlockOutcome> outcomes;
  {
    auto store = SqliteChainStore::open(file(), params_.genesis_hash());
    ASSERT_TRUE(store);
    Chain chain(params_, **store);
    const BlockEntry* e = &chain.genesis();
    for (std::uint32_t i = 0; i < 6; ++i) {
      const BuiltBlock block = build_block(chain, *e, test_key(1), 700 + i);
      e = *chain.add_header(block.header, kNow);
      const bool assumed = i < 4;  // and of the others, adoption was read from headers
      outcomes.push_back({hash_of(700 + i), assumed ? 0 : 100 - i, assumed ? 0 : 100 - i, true, assumed});
      ASSERT_TRUE(chain.accept_stored(*e, block.body, outcomes.back()));
    }
  }
  const auto before = stands();
  const auto report = rebuild();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->blocks, 6U);
  EXPECT_EQ(stands(), before);
  {
    auto store = SqliteChainStore::open(file(), params_.genesis_hash());
    Chain chain(params_, **store);
    ASSERT_TRUE(chain.restore());
    EXPECT_EQ(chain.assumed_blocks(), 4U);
    for (std::uint64_t h = 1; h <= 6; ++h) EXPECT_EQ(*chain.at_height(h)->outcome, outcomes[h - 1]) << h;
  }
  const auto dropped = rebuild(false);
  ASSERT_TRUE(dropped) << dropped.error().detail;
  EXPECT_EQ(dropped->blocks, 0U);
  EXPECT_EQ(dropped->loose, 6U) << "and what stands on them";
  EXPECT_TRUE(fs::exists(file().string() + ".old"));
  EXPECT_EQ(stands().first, 0U);
}

}  // namespace
}  // namespace freezenet::daemon
