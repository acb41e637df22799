#include "daemon/storage/sqlite_chain_store.h"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "consensus/base/hex.h"
#include "daemon/storage/chain_rows.h"
#include "daemon/storage/sqlite.h"
#include "tests/unit/daemon/setup/file_size_limit.h"
#include "tests/unit/daemon/setup/temporary_folder.h"
#include "tests/unit/daemon/storage/chain_fixture.h"

namespace freezenet::daemon {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

const Hash256 kGenesis = test::hash_of(99);

/// Everything that a store gives back, or why it does not.
struct Content {
  test::Loaded saved;
  std::vector<Body> bodies;
  std::vector<BlockUndo> undos;
  std::vector<Hash256> waiting;  // ids
};

Result<Content> read_all(const fs::path& file, const std::vector<Hash256>& hashes) {
  auto store = SqliteChainStore::open(file, kGenesis);
  if (!store) return tl::unexpected(store.error());
  auto saved = test::load_all(**store);
  if (!saved) return tl::unexpected(saved.error());
  Content content{*std::move(saved), {}, {}, {}};
  for (const Hash256& hash : hashes) {
    auto body = (*store)->body(hash);
    if (!body) return tl::unexpected(body.error());
    auto undo = (*store)->undo(hash);
    if (!undo) return tl::unexpected(undo.error());
    for (const Transaction& transaction : body->transactions) {
      const auto place = (*store)->find_transaction(transaction.id());
      if (!place) return tl::unexpected(place.error());
      if (!*place) return reject(RejectCode::kStorage, file.string() + ": a transaction is missed; --reindex");
    }
    content.bodies.push_back(*std::move(body));
    content.undos.push_back(*std::move(undo));
  }
  std::size_t damaged = 0;
  const auto waiting = (*store)->waiting(damaged);
  if (!waiting) return tl::unexpected(waiting.error());
  for (const KeptTransaction& kept : *waiting) content.waiting.push_back(kept.transaction.id());
  if (damaged > 0) return reject(RejectCode::kStorage, file.string() + ": waiting transactions; --reindex");
  return content;
}

void expect_same(const Content& a, const Content& b) {
  ASSERT_EQ(a.saved.blocks.size(), b.saved.blocks.size());
  for (std::size_t i = 0; i < a.saved.blocks.size(); ++i) {
    EXPECT_EQ(a.saved.blocks[i].header, b.saved.blocks[i].header);
    EXPECT_EQ(a.saved.blocks[i].body, b.saved.blocks[i].body);
    EXPECT_EQ(a.saved.blocks[i].outcome, b.saved.blocks[i].outcome);
    EXPECT_EQ(a.saved.blocks[i].completed, b.saved.blocks[i].completed);
  }
  ASSERT_EQ(a.saved.accounts.size(), b.saved.accounts.size());
  for (std::size_t i = 0; i < a.saved.accounts.size(); ++i) {
    EXPECT_EQ(a.saved.accounts[i].key, b.saved.accounts[i].key);
    EXPECT_EQ(a.saved.accounts[i].account, b.saved.accounts[i].account);
  }
  EXPECT_EQ(a.saved.claims, b.saved.claims);
  EXPECT_EQ(a.waiting, b.waiting);
  EXPECT_EQ(a.saved.tip, b.saved.tip);
  EXPECT_EQ(a.saved.state_hash, b.saved.state_hash);
  EXPECT_EQ(a.bodies, b.bodies);
  EXPECT_EQ(a.undos, b.undos);
}

class ChainStoreTest : public ::testing::Test {
 protected:
  fs::path file() const { return folder_ / "chain.sqlite"; }
  std::unique_ptr<SqliteChainStore> open() {
    auto store = SqliteChainStore::open(file(), kGenesis);
    EXPECT_TRUE(store) << store.error().detail;
    return store ? *std::move(store) : nullptr;
  }
  std::string error() {
    const auto content = read_all(file(), hashes_);
    if (content) return "(accepted)";
    EXPECT_EQ(content.error().code, RejectCode::kStorage);
    EXPECT_EQ(content.error().detail.find('\n'), std::string::npos);
    EXPECT_THAT(content.error().detail, HasSubstr(file().string()));
    return content.error().detail;
  }
  /// `count` blocks in a row, and a transaction that waits. The store is closed afterwards: everything is in the one
  /// file.
  void fill(std::uint64_t count) {
    const auto store = open();
    Hash256 parent = kGenesis;
    for (std::uint64_t n = 1; n <= count; ++n) {
      const StoredBlock block = test::block_after(parent, n);
      const auto done = store->commit(test::connect(block, n));
      ASSERT_TRUE(done) << done.error().detail;
      parent = block.header.block_hash();
      hashes_.push_back(parent);
    }
    const Transaction waits{test::key_of(55), 1, 2, Transfer{test::key_of(56), 3}, {}};
    ASSERT_TRUE(store->keep_waiting(std::vector<KeptTransaction>{{waits, 1'800'000'000, true}}, {}));
  }
  void sql(const std::string& text, const fs::path& path = {}) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((path.empty() ? file() : path).c_str(), &db), SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(db, text.c_str(), nullptr, nullptr, &message);
    EXPECT_EQ(code, SQLITE_OK) << text << ": " << (message != nullptr ? message : "");
    EXPECT_GT(sqlite3_total_changes(db), 0) << text;
    sqlite3_free(message);
    sqlite3_close(db);
  }

  test::TemporaryFolder folder_;
  std::vector<Hash256> hashes_;
};

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

// --- Files that are not ours ---

TEST_F(ChainStoreTest, AnotherNetworkIsNamed) {
  fill(1);
  const auto other = SqliteChainStore::open(file(), test::hash_of(5));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, RejectCode::kStorage);
  EXPECT_THAT(other.error().detail, HasSubstr("belongs to another network"));
}

TEST_F(ChainStoreTest, ADatabaseOfAnotherVersionIsNamedWhateverItsTables) {
  fill(2);
  const auto set_schema = [&](std::uint32_t version) {
    const Bytes value = Writer().integer(version).take();
    sql("UPDATE meta SET value = x'" + to_hex(ByteView(value)) + "', checksum = x'" +
        to_hex(ByteView(meta_checksum("schema", value))) + "' WHERE key = 'schema'");
  };
  sql("DROP TABLE claims; DROP TABLE transactions; DROP TABLE mempool; UPDATE meta SET key = key");
  set_schema(1);
  EXPECT_THAT(error(), HasSubstr("an older version of FreezeNet (schema 1"));
  EXPECT_THAT(error(), HasSubstr("start once with --reindex"));
  set_schema(3);
  EXPECT_THAT(error(), HasSubstr("a newer version of FreezeNet (schema 3"));
}

TEST_F(ChainStoreTest, AnotherProgramsDatabaseIsLeftAlone) {
  sql("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  EXPECT_THAT(error(), HasSubstr("is not a FreezeNet chain database"));
}

TEST_F(ChainStoreTest, WhatIsNoDatabaseIsDamaged) {
  test::write_text(file(), std::string(8192, 'x'));
  EXPECT_THAT(error(), HasSubstr("is damaged"));
  EXPECT_THAT(error(), HasSubstr("start with --reindex to rebuild it from what is intact"));
}

TEST_F(ChainStoreTest, AnEmptyFileIsAFreshStore) {
  test::write_text(file(), "");
  EXPECT_TRUE(test::load_all(*open()));
}

TEST_F(ChainStoreTest, ATruncatedFileIsDamaged) {
  fill(8);
  const auto size = fs::file_size(file());
  fs::resize_file(file(), size / 2);
  EXPECT_THAT(error(), HasSubstr("is damaged"));
}

// --- Damage of every class of rows ---

TEST_F(ChainStoreTest, EachChangedValueIsFoundAndItsRowNamed) {
  fill(4);
  const std::string sound = test::read_text(file());
  const std::pair<const char*, const char*> changes[] = {
      {"UPDATE blocks SET hash = zeroblob(32) WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET model_root = zeroblob(32) WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET header = zeroblob(312) WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET header = x'00' WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET body = zeroblob(10) WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET canonical_root = zeroblob(32) WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET score = score + 1 WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET score = -1 WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET score = score + (1 << 32) WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET canonical_score = 0 WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET adopted = 1 - adopted WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET adopted = 2 WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET completed = 0 WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET checksum = x'' WHERE seq = 2", "block row 2 fails its checksum"},
      {"UPDATE blocks SET seq = 9 WHERE seq = 2", "block row 3 are missing"},
      {"DELETE FROM blocks WHERE seq = 2", "block row 3 are missing"},
      {"DELETE FROM blocks WHERE seq = 4", "3 block rows, not 4"},
      {"UPDATE accounts SET balance = balance + 1 WHERE key = (SELECT min(key) FROM accounts)",
       "account row 1 fails its checksum"},
      {"UPDATE accounts SET nonce = -nonce WHERE key = (SELECT min(key) FROM accounts)",
       "account row 1 fails its checksum"},
      {"UPDATE accounts SET key = zeroblob(32) WHERE key = (SELECT min(key) FROM accounts)",
       "account row 1 fails its checksum"},
      {"UPDATE undo SET entries = zeroblob(1) WHERE block = (SELECT max(block) FROM undo)",
       "undo row 4 fails its checksum"},
      {"UPDATE undo SET block = zeroblob(32) WHERE block = (SELECT max(block) FROM undo)",
       "undo row 1 fails its checksum"},
      {"DELETE FROM undo WHERE block = (SELECT max(block) FROM undo)", "3 undo rows, not 4"},
      {"UPDATE claims SET record = zeroblob(137) WHERE place = 2", "claim row 2 fails its checksum"},
      {"UPDATE claims SET place = 9 WHERE place = 2", "claim row 2 is missing"},
      {"DELETE FROM claims WHERE place = 3", "3 claim rows, not 4"},
      {"UPDATE transactions SET position = 1 WHERE height = 2", "transaction row 2/1 fails its checksum"},
      {"UPDATE transactions SET sender = zeroblob(32) WHERE height = 2", "transaction row 2/0 fails its checksum"},
      {"UPDATE transactions SET id = zeroblob(32) WHERE height = 2", "a transaction is missed"},
      {"UPDATE mempool SET local = 0", "waiting transactions"},
      {"UPDATE mempool SET data = x'00'", "waiting transactions"},
      {"UPDATE meta SET value = zeroblob(32) WHERE key = 'set-aside'", "meta row 'set-aside' fails its checksum"},
      {"UPDATE meta SET value = zeroblob(88) WHERE key = 'head'", "meta row 'head' fails its checksum"},
      {"DELETE FROM meta WHERE key = 'head'", "meta row 'head' is missing"},
      {"UPDATE meta SET value = zeroblob(32) WHERE key = 'genesis'", "meta row 'genesis' fails its checksum"},
      {"UPDATE meta SET value = x'03000000' WHERE key = 'schema'", "meta row 'schema' fails its checksum"},
  };
  for (const auto& [change, expected] : changes) {
    test::write_text(file(), sound);
    sql(change);
    EXPECT_THAT(error(), HasSubstr(expected)) << change;
  }
  // Two accounts that swapped their rows: each is sound in itself, but not under that key.
  test::write_text(file(), sound);
  sql("CREATE TEMP TABLE t AS SELECT * FROM accounts;"
      "UPDATE accounts SET (balance, nonce, checksum) = (SELECT balance, nonce, checksum FROM t WHERE t.key != "
      "accounts.key LIMIT 1)");
  EXPECT_THAT(error(), HasSubstr("fails its checksum"));
}

TEST_F(ChainStoreTest, AnyFlippedByteIsFoundOrHarmless) {
  fill(6);
  const auto sound = read_all(file(), hashes_);
  ASSERT_TRUE(sound);
  const std::string bytes = test::read_text(file());
  std::size_t found = 0, harmless = 0;
  std::uint32_t state = 7;
  // Every 61st byte (no page size is a multiple of it), a different bit each time.
  for (std::size_t at = 0; at < bytes.size(); at += 61) {
    state = state * 1664525U + 1013904223U;
    std::string bad = bytes;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (state >> 29)));
    for (const char* name : {"chain.sqlite-wal", "chain.sqlite-shm"}) fs::remove(folder_ / name);
    test::write_text(file(), bad);
    const auto content = read_all(file(), hashes_);
    if (!content) {
      EXPECT_EQ(content.error().code, RejectCode::kStorage) << "byte " << at << ": " << content.error().message();
      EXPECT_THAT(content.error().detail, HasSubstr(file().string())) << at;
      EXPECT_THAT(content.error().detail,
                  ::testing::AnyOf(HasSubstr("--reindex"), HasSubstr("move it away"), HasSubstr("move the file away")))
          << at;
      ++found;
    } else {
      ASSERT_NO_FATAL_FAILURE(expect_same(*content, *sound)) << "byte " << at;
      ++harmless;  // free space within pages, counters of the file's header
    }
  }
  EXPECT_GT(found, 100U);
  RecordProperty("found", static_cast<int>(found));
  RecordProperty("harmless", static_cast<int>(harmless));
}

}  // namespace
}  // namespace freezenet::daemon
