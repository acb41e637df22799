#include "daemon/storage/sqlite_chain_store.h"

#include <map>
#include <set>

#include "daemon/storage/sqlite.h"
#include "tests/unit/daemon/setup/file_size_limit.h"
#include "tests/unit/daemon/storage/chain_store_fixture.h"

namespace freezenet::daemon {
namespace {

namespace fs = std::filesystem;
using test::ChainStoreTest;
using test::expect_same;
using test::kGenesis;
using test::read_all;
using ::testing::HasSubstr;

TEST_F(ChainStoreTest, AnEmptyStoreHasNoTip) {
  const auto saved = test::load_all(*open());
  ASSERT_TRUE(saved) << saved.error().detail;
  EXPECT_TRUE(saved->blocks.empty());
  EXPECT_TRUE(saved->tip.is_zero());
}

TEST_F(ChainStoreTest, WhatWasCommittedIsThereAfterAReopen) {
  fill(5);
  const auto content = read_all(file(), hashes_);
  ASSERT_TRUE(content) << content.error().detail;
  ASSERT_EQ(content->saved.blocks.size(), 5U);
  Hash256 parent = kGenesis;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    const StoredBlock expected = test::block_after(parent, n);
    EXPECT_EQ(content->saved.blocks[n - 1].header, expected.header);
    EXPECT_EQ(content->saved.blocks[n - 1].body, expected.body);
    EXPECT_EQ(content->saved.blocks[n - 1].outcome, expected.outcome);
    EXPECT_EQ(content->saved.blocks[n - 1].completed, n);
    EXPECT_EQ(content->bodies[n - 1], expected.body);
    EXPECT_EQ(content->undos[n - 1], test::connect(expected, n).connected[0].undo);
    parent = expected.header.block_hash();
  }
  EXPECT_EQ(content->saved.tip, parent);
  EXPECT_EQ(content->saved.state_hash, test::hash_of(5005));
  ASSERT_EQ(content->saved.accounts.size(), 5U);
  std::map<XOnlyKey, std::optional<Account>> accounts;
  for (const auto& row : content->saved.accounts) accounts[row.key] = row.account;
  EXPECT_EQ(accounts[test::key_of(3)], (Account{~std::uint64_t{0} - 3, 3}));  // beyond the sign bit
}

TEST_F(ChainStoreTest, AReorganisationMovesUndoAndAccounts) {
  fill(2);
  const auto store = open();
  const StoredBlock a3 = test::block_after(hashes_[0], 30);  // a fork of block 2
  const StoredBlock a4 = test::block_after(a3.header.block_hash(), 31);
  ChainChange kept;
  kept.verified = a3;
  kept.tip = hashes_[1];
  kept.tip_height = 2;
  kept.claims_below = 2;
  ASSERT_TRUE(store->commit(kept));
  ChainChange moved = test::connect(a4, 3);
  moved.disconnected = {hashes_[1]};
  moved.connected.insert(moved.connected.begin(), {a3.header.block_hash(), 2, BlockUndo{}, {}});
  moved.accounts.push_back({test::key_of(2), std::nullopt});
  ASSERT_TRUE(store->commit(moved));

  EXPECT_EQ(store->undo(hashes_[1]).error().code, RejectCode::kNotFound);
  EXPECT_EQ(*store->undo(a3.header.block_hash()), BlockUndo{});
  EXPECT_TRUE(store->body(hashes_[1]));  // still served to peers
  const auto saved = test::load_all(*store);
  ASSERT_TRUE(saved) << saved.error().detail;
  EXPECT_EQ(saved->blocks.size(), 4U);
  EXPECT_EQ(saved->tip, a4.header.block_hash());
  for (const auto& row : saved->accounts) EXPECT_NE(row.key, test::key_of(2));
}

TEST_F(ChainStoreTest, AFailedCommitChangesNothing) {
  fill(3);
  const auto before = read_all(file(), hashes_);
  {
    const auto store = open();
    ChainChange twice = test::connect(test::block_after(hashes_[1], 3), 9);  // the third block, which is there already
    twice.accounts.push_back({test::key_of(1), std::nullopt});
    const auto done = store->commit(twice);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, RejectCode::kStorage);
    // It is read as if nothing had been asked, and takes nothing more in this run.
    const StoredBlock next = test::block_after(hashes_[2], 4);
    EXPECT_TRUE(store->body(hashes_[2]));
    EXPECT_EQ(store->commit(test::connect(next, 4)).error().detail, done.error().detail);
    EXPECT_EQ(test::load_all(*store)->blocks.size(), 3U);
    ASSERT_TRUE(open()->commit(test::connect(next, 4)));
  }
  EXPECT_EQ(read_all(file(), hashes_)->saved.blocks.size(), before->saved.blocks.size() + 1);
}

TEST_F(ChainStoreTest, AFailureInTheLastTableTakesBackTheFirst) {
  fill(2);
  sql("CREATE TRIGGER refuse BEFORE INSERT ON accounts BEGIN SELECT RAISE(FAIL, 'refused'); END; UPDATE meta SET key = "
      "key");
  const StoredBlock third = test::block_after(hashes_[1], 3);
  ASSERT_FALSE(open()->commit(test::connect(third, 3)));
  const auto content = read_all(file(), hashes_);
  ASSERT_TRUE(content) << content.error().detail;
  EXPECT_EQ(content->saved.tip, hashes_[1]);
  EXPECT_EQ(open()->body(third.header.block_hash()).error().code, RejectCode::kNotFound);
  EXPECT_EQ(open()->undo(third.header.block_hash()).error().code, RejectCode::kNotFound);
}

TEST_F(ChainStoreTest, AWriteThatFailsHalfWayIsOneLineAndLosesNothing) {
  fill(2);
  const auto store = open();
  const auto before = test::load_all(*store);
  StoredBlock big = test::block_after(hashes_[1], 3);
  big.body.digests.assign(20'000, test::hash_of(1));
  Result<> done;
  {
    const test::FileSizeLimit limit(100'000);
    done = store->commit(test::connect(big, 3));
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, RejectCode::kStorage);
  EXPECT_THAT(done.error().detail, HasSubstr(file().string()));
  const auto after = test::load_all(*store);
  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_EQ(after->tip, before->tip);
  EXPECT_FALSE(store->keep_waiting({}, {}));
  EXPECT_FALSE(store->commit(test::connect(big, 3))) << "what a disk keeps that failed once is not believed";
  EXPECT_TRUE(open()->commit(test::connect(big, 3))) << "after a start";
}

TEST_F(ChainStoreTest, ALogThatLostItsEndIsMissed) {
  fill(1);
  const auto store = open();
  const StoredBlock second = test::block_after(hashes_[0], 2);
  ASSERT_TRUE(store->commit(test::connect(second, 2)));
  ASSERT_TRUE(store->commit(test::connect(test::block_after(second.header.block_hash(), 3), 3)));
  fs::create_directory(folder_ / "copy");
  for (const char* name : {"chain.sqlite", "chain.sqlite-wal", "chain.sqlite-tip"})
    fs::copy(folder_ / name, folder_ / "copy" / name);
  // One bit in the last transaction: SQLite takes it for a crash before the commit.
  std::string wal = test::read_text(folder_ / "copy/chain.sqlite-wal");
  wal[wal.size() - 100] = static_cast<char>(wal[wal.size() - 100] ^ 1);
  test::write_text(folder_ / "copy/chain.sqlite-wal", wal);
  const auto damaged = SqliteChainStore::open(folder_ / "copy/chain.sqlite", kGenesis);
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().detail, HasSubstr("it holds 2 blocks and has held 3"));
  EXPECT_THAT(damaged.error().detail, HasSubstr("--reindex"));
  // Without the mark nobody could tell.
  fs::remove(folder_ / "copy/chain.sqlite-tip");
  EXPECT_TRUE(SqliteChainStore::open(folder_ / "copy/chain.sqlite", kGenesis));
}

TEST_F(ChainStoreTest, ASnapshotStaysAsItWasAndTakesNothing) {
  fill(2);
  const auto store = open();
  const auto snapshot = SqliteChainStore::open_snapshot(file(), kGenesis);
  ASSERT_TRUE(snapshot) << snapshot.error().detail;
  ASSERT_EQ(test::load_all(**snapshot)->blocks.size(), 2U);
  const StoredBlock third = test::block_after(hashes_[1], 3);
  ASSERT_TRUE(store->commit(test::connect(third, 3)));
  EXPECT_EQ(test::load_all(**snapshot)->blocks.size(), 2U);
  EXPECT_FALSE((*snapshot)->commit(test::connect(third, 3)));
}

TEST_F(ChainStoreTest, TheLogIsFoldedInBeforeItGrowsLong) {
  fill(1);
  const auto store = open();
  Hash256 last = hashes_[0];
  for (std::uint64_t n = 2; n < 300; ++n) {
    const StoredBlock block = test::block_after(last, n);
    ASSERT_TRUE(store->commit(test::connect(block, n)));
    last = block.header.block_hash();
  }
  EXPECT_LT(fs::file_size(folder_ / "chain.sqlite-wal"), 3U * 1000 * 4096);
  EXPECT_GT(fs::file_size(file()), 100'000U);
  EXPECT_TRUE(store->finish());
  EXPECT_EQ(fs::file_size(folder_ / "chain.sqlite-wal"), 0U);
}

TEST(SqliteError, SaysWhatToDo) {
  EXPECT_EQ(sqlite_error("/d/chain.sqlite", SQLITE_FULL, "database or disk is full").detail,
            "the database /d/chain.sqlite cannot be written: the disk is full (database or disk is full); free some "
            "space on that disk; nothing of the chain is lost");
  EXPECT_THAT(sqlite_error("/d/c", SQLITE_BUSY_SNAPSHOT, "x").detail, HasSubstr("in use by another program"));
  EXPECT_THAT(sqlite_error("/d/c", SQLITE_IOERR_FSYNC, "x").detail, HasSubstr("check the disk"));
  EXPECT_THAT(sqlite_error("/d/c", SQLITE_NOTADB, "x").detail,
              HasSubstr("start with --reindex to rebuild it from what is intact"));
  EXPECT_THAT(sqlite_error("/d/c", 9999, "x").detail, HasSubstr("SQLite 9999"));
}

TEST_F(ChainStoreTest, AProcessThatDiesKeepsWhatItAcknowledged) {
  const auto store = open();
  const StoredBlock first = test::block_after(kGenesis, 1);
  ASSERT_TRUE(store->commit(test::connect(first, 1)));
  // What a killed process leaves: the files as they are now, the log not folded in.
  fs::create_directory(folder_ / "copy");
  for (const char* name : {"chain.sqlite", "chain.sqlite-wal"}) fs::copy(folder_ / name, folder_ / "copy" / name);
  const auto content = read_all(folder_ / "copy/chain.sqlite", {first.header.block_hash()});
  ASSERT_TRUE(content) << content.error().detail;
  EXPECT_EQ(content->saved.tip, first.header.block_hash());
}

TEST_F(ChainStoreTest, ALogCutAnywhereGivesTheStateBeforeOrAfter) {
  fill(1);
  const auto store = open();
  const StoredBlock second = test::block_after(hashes_[0], 2);
  ASSERT_TRUE(store->commit(test::connect(second, 2)));
  const std::string wal = test::read_text(folder_ / "chain.sqlite-wal");
  ASSERT_GT(wal.size(), 4096U);
  fs::create_directory(folder_ / "copy");
  const fs::path copy = folder_ / "copy/chain.sqlite";
  std::set<std::uint64_t> heights;
  for (std::size_t cut = 0; cut <= wal.size(); cut += 700) {
    fs::copy(file(), copy, fs::copy_options::overwrite_existing);
    fs::remove(folder_ / "copy/chain.sqlite-shm");
    test::write_text(folder_ / "copy/chain.sqlite-wal", wal.substr(0, cut));
    const auto content = read_all(copy, {hashes_[0]});
    ASSERT_TRUE(content) << "cut at " << cut << ": " << content.error().detail;
    ASSERT_TRUE(content->saved.tip == hashes_[0] || content->saved.tip == second.header.block_hash());
    heights.insert(content->saved.blocks.size());
  }
  EXPECT_EQ(heights.count(1), 1U);
}

TEST_F(ChainStoreTest, ModelsAreFoundByTheirRoot) {
  fill(3);
  const auto store = open();
  EXPECT_THAT(*store->blocks_with_model(test::hash_of(2002)), ::testing::ElementsAre(hashes_[1]));
  EXPECT_TRUE(store->blocks_with_model(test::hash_of(1))->empty());
  EXPECT_EQ(store->body(test::hash_of(1)).error().code, RejectCode::kNotFound);
}

TEST_F(ChainStoreTest, AnAssumedBlockIsConfirmedInItsPlace) {
  fill(2);
  StoredBlock assumed = test::block_after(hashes_[1], 3);
  assumed.outcome = {test::hash_of(4003), 0, 0, true, true};
  hashes_.push_back(assumed.header.block_hash());
  {
    const auto store = open();
    ASSERT_TRUE(store->commit(test::connect(assumed, 3)));
    EXPECT_EQ(test::load_all(*store)->blocks[2].outcome, assumed.outcome);
    ChainChange change;
    change.confirmed = {hashes_[2], {test::hash_of(4003), 7, 8, true, false}};
    change.tip = hashes_[2];
    change.tip_height = change.claims_below = 3;
    change.state_hash = test::hash_of(5003);
    ASSERT_TRUE(store->commit(change));
  }
  const auto content = read_all(file(), hashes_);
  ASSERT_TRUE(content) << content.error().detail;
  ASSERT_EQ(content->saved.blocks.size(), 3U);
  EXPECT_EQ(content->saved.blocks[2].outcome, (BlockOutcome{test::hash_of(4003), 7, 8, true, false}));
  EXPECT_EQ(content->saved.blocks[2].body, assumed.body);
  EXPECT_EQ(content->saved.blocks[1].outcome, test::block_after(hashes_[0], 2).outcome);
}

}  // namespace
}  // namespace freezenet::daemon
