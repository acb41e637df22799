// Databases that are damaged, or not ours: refused with one line that names the file and what to do.

#include "consensus/base/hex.h"
#include "daemon/storage/chain_rows.h"
#include "tests/unit/daemon/storage/chain_store_fixture.h"

namespace freezenet::daemon {
namespace {

namespace fs = std::filesystem;
using test::ChainStoreTest;
using test::expect_same;
using test::kGenesis;
using test::read_all;
using ::testing::HasSubstr;

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
  set_schema(5);
  EXPECT_THAT(error(), HasSubstr("a newer version of FreezeNet (schema 5"));
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
      {"UPDATE transactions SET id = zeroblob(32) WHERE height = 2", "transaction row 2/0 fails its checksum"},
      {"UPDATE meta SET value = zeroblob(32) WHERE key = 'set-aside'", "meta row 'set-aside' fails its checksum"},
      {"UPDATE meta SET value = zeroblob(16) WHERE key = 'waiting'", "meta row 'waiting' fails its checksum"},
      {"UPDATE meta SET value = zeroblob(88) WHERE key = 'head'", "meta row 'head' fails its checksum"},
      {"DELETE FROM meta WHERE key = 'head'", "meta row 'head' is missing"},
      {"UPDATE meta SET value = zeroblob(32) WHERE key = 'genesis'", "meta row 'genesis' fails its checksum"},
      {"UPDATE meta SET value = x'05000000' WHERE key = 'schema'", "meta row 'schema' fails its checksum"},
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

TEST_F(ChainStoreTest, WhatWaitsIsMendedOrSaidToBeLost) {
  fill(2);
  const std::string sound = test::read_text(file());
  const std::string id = to_hex(read_all(file(), {})->waiting.front());
  const std::pair<const char*, std::string> changes[] = {
      {"UPDATE mempool SET local = 0", "1 could be mended; nothing is lost"},
      {"UPDATE mempool SET received = 1 - received", "1 could be mended; nothing is lost"},
      {"UPDATE mempool SET checksum = x'00'", "1 could be mended; nothing is lost"},
      {"UPDATE mempool SET id = zeroblob(32)", "1 could be mended; nothing is lost"},
      {"UPDATE mempool SET data = x'00'", "1 cannot be read: " + id + "; ask listtransactions"},
      {"UPDATE mempool SET data = substr(data, 1, 60) || x'77' || substr(data, 62)", "1 cannot be read: " + id},
      {"UPDATE mempool SET id = zeroblob(32), received = 3", "1 cannot be read: 000000"},
      {"DELETE FROM mempool", "1 are gone; ask listtransactions"},
  };
  for (const auto& [change, expected] : changes) {
    test::write_text(file(), sound);
    sql(change);
    const auto content = read_all(file(), {});
    ASSERT_TRUE(content) << change;
    EXPECT_THAT(content->lost, HasSubstr(expected)) << change;
    const bool mended = expected.find("mended") != std::string::npos;
    ASSERT_EQ(content->waiting.size(), mended ? 1U : 0U) << change;
    if (mended) {
      EXPECT_EQ(to_hex(content->waiting.front()), id) << change;
    }
    // Said once: what is left is written anew.
    const auto store = open();
    ASSERT_TRUE(store->keep_only(store->waiting()->all(5)));
    EXPECT_TRUE(store->waiting()->sound()) << change;
    EXPECT_EQ(store->waiting()->kept.size(), content->waiting.size());
  }
}

TEST_F(ChainStoreTest, AcknowledgedTransactionsThatTheLogLostAreSaidToBeLost) {
  fill(2);
  const Transaction t{test::key_of(57), 1, 2, Transfer{test::key_of(58), 3}, {}};
  const std::string before = test::read_text(file());
  ASSERT_TRUE(open()->keep_waiting(std::vector<KeptTransaction>{{t, 1'800'000'000, true}}, {}));
  for (const char* name : {"chain.sqlite-wal", "chain.sqlite-shm"}) fs::remove(folder_ / name);
  test::write_text(file(), before);
  for (int start = 0; start < 2; ++start) {
    const auto store = open();
    EXPECT_EQ(store->waiting()->cut_off, 1U) << "until somebody was told, however many blocks come meanwhile";
    EXPECT_THAT(store->waiting()->what_is_lost(), HasSubstr("the 1 newest of this node's user are gone"));
    if (start == 0) {
      const StoredBlock block = test::block_after(hashes_.back(), 3);
      ASSERT_TRUE(store->commit(test::connect(block, 3)));
    }
  }
  const auto store = open();
  ASSERT_TRUE(store->keep_only(store->waiting()->all(5)));
  EXPECT_TRUE(store->waiting()->sound());
  EXPECT_TRUE(open()->waiting()->sound());
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
    } else if (!content->lost.empty()) {
      ++found;  // in what waits: the rest is as it was
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
