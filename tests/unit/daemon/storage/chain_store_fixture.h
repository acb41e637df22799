#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "daemon/storage/sqlite_chain_store.h"
#include "tests/unit/daemon/setup/temporary_folder.h"
#include "tests/unit/daemon/storage/chain_fixture.h"

namespace freezenet::daemon::test {

inline const Hash256 kGenesis = hash_of(99);

/// Everything that a store gives back, or why it does not.
struct Content {
  Loaded saved;
  std::vector<Body> bodies;
  std::vector<BlockUndo> undos;
  std::vector<Hash256> waiting;  // ids
  std::string lost;              // what is said of those that waited
};

inline Result<Content> read_all(const std::filesystem::path& file, const std::vector<Hash256>& hashes) {
  auto store = SqliteChainStore::open(file, kGenesis);
  if (!store) return tl::unexpected(store.error());
  auto saved = load_all(**store);
  if (!saved) return tl::unexpected(saved.error());
  Content content{*std::move(saved), {}, {}, {}, {}};
  for (const Hash256& hash : hashes) {
    auto body = (*store)->body(hash);
    if (!body) return tl::unexpected(body.error());
    auto undo = (*store)->undo(hash);
    if (!undo) return tl::unexpected(undo.error());
    for (const Transaction& transaction : body->transactions) {
      const auto place = (*store)->find_transaction(transaction.id());
      if (!place) return tl::unexpected(place.error());
      EXPECT_TRUE(*place) << "what a block holds is found";
    }
    content.bodies.push_back(*std::move(body));
    content.undos.push_back(*std::move(undo));
  }
  const auto waiting = (*store)->waiting();
  if (!waiting) return tl::unexpected(waiting.error());
  for (const KeptTransaction& kept : waiting->all(0)) content.waiting.push_back(kept.transaction.id());
  if (!waiting->sound()) content.lost = waiting->what_is_lost();
  return content;
}

inline void expect_same(const Content& a, const Content& b) {
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
  std::filesystem::path file() const { return folder_ / "chain.sqlite"; }
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
    EXPECT_THAT(content.error().detail, ::testing::HasSubstr(file().string()));
    return content.error().detail;
  }
  /// `count` blocks in a row, and a transaction that waits. The store is closed afterwards: everything is in the one
  /// file.
  void fill(std::uint64_t count) {
    const auto store = open();
    Hash256 parent = kGenesis;
    for (std::uint64_t n = 1; n <= count; ++n) {
      const StoredBlock block = block_after(parent, n);
      const auto done = store->commit(connect(block, n));
      ASSERT_TRUE(done) << done.error().detail;
      parent = block.header.block_hash();
      hashes_.push_back(parent);
    }
    const Transaction waits{key_of(55), 1, 2, Transfer{key_of(56), 3}, {}};
    ASSERT_TRUE(store->keep_waiting(std::vector<KeptTransaction>{{waits, 1'800'000'000, true}}, {}));
  }
  void sql(const std::string& text, const std::filesystem::path& path = {}) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((path.empty() ? file() : path).c_str(), &db), SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(db, text.c_str(), nullptr, nullptr, &message);
    EXPECT_EQ(code, SQLITE_OK) << text << ": " << (message != nullptr ? message : "");
    EXPECT_GT(sqlite3_total_changes(db), 0) << text;
    sqlite3_free(message);
    sqlite3_close(db);
  }

  TemporaryFolder folder_;
  std::vector<Hash256> hashes_;
};

}  // namespace freezenet::daemon::test
