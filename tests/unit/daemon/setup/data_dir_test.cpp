#include "daemon/data_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consensus/base/hex.h"
#include "daemon/rpc_access.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using ::testing::HasSubstr;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777U;
}

TEST(DataDir, IsMadeForItsOwnerAlone) {
  const test::TemporaryFolder folder;
  const auto opened = DataDir::open(folder / "a/b");
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(mode_of(folder / "a/b"), 0700U);
  EXPECT_EQ(opened->paths().database(), folder / "a/b/chain.sqlite");
}

TEST(DataDir, ASecondOwnerIsToldWhoHoldsIt) {
  const test::TemporaryFolder folder;
  auto first = DataDir::open(folder / "d");
  ASSERT_TRUE(first);
  const auto second = DataDir::open(folder / "d");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, RejectCode::kStorage);
  EXPECT_THAT(second.error().detail,
              HasSubstr((folder / "d").string() + " is in use by process " + std::to_string(::getpid())));
  { const DataDir released = *std::move(first); }
  EXPECT_TRUE(DataDir::open(folder / "d"));
}

TEST(DataDir, AFileInItsPlaceIsRefused) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "d", "x");
  const auto opened = DataDir::open(folder / "d");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("is not a folder"));
  const auto below = DataDir::open(folder / "d/e");
  ASSERT_FALSE(below);
  EXPECT_THAT(below.error().detail, HasSubstr((folder / "d/e").string()));
}

TEST(DataDir, AFolderWithoutAccessNamesItAndTheUser) {
  if (::geteuid() == 0)
    GTEST_SKIP() << "root may read everything; tests/functional/test_startup_errors.py runs this as another user";
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "d");
  ::chmod((folder / "d").c_str(), 0);
  const auto opened = DataDir::open(folder / "d");
  ::chmod((folder / "d").c_str(), 0700);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("cannot read the data folder"));
}

TEST(MinerKey, IsMadeOnceAndKeptSecret) {
  const test::TemporaryFolder folder;
  const auto made = load_or_create_miner_key(folder / "miner.key");
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(mode_of(folder / "miner.key"), 0600U);
  const auto again = load_or_create_miner_key(folder / "miner.key");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key(), made->public_key());
  EXPECT_NE(load_or_create_miner_key(folder / "other.key")->public_key(), made->public_key());
}

TEST(MinerKey, BadFilesAreRefusedAndNeverReplaced) {
  const test::TemporaryFolder folder;
  for (const std::string& text : {std::string(), std::string("hello"), std::string(63, '1'), std::string(66, '1'),
                                  std::string(64, '0'), std::string(64, 'f'), std::string(2000, '1')}) {
    test::write_text(folder / "k", text);
    ::chmod((folder / "k").c_str(), 0600);
    EXPECT_FALSE(load_or_create_miner_key(folder / "k")) << text;
    EXPECT_EQ(test::read_text(folder / "k"), text);
  }
  test::write_text(folder / "k", std::string(64, '1') + "\r\n");
  EXPECT_TRUE(load_or_create_miner_key(folder / "k"));
  ::chmod((folder / "k").c_str(), 0640);
  const auto open = load_or_create_miner_key(folder / "k");
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().detail, HasSubstr("chmod 600"));
}

TEST(DurableFile, ReplacesWholeFilesAndLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_durably(folder / "f", std::string_view("one"), 0600));
  ASSERT_TRUE(write_durably(folder / "f", std::string_view("two"), 0644));
  EXPECT_EQ(test::read_text(folder / "f"), "two");
  EXPECT_EQ(mode_of(folder / "f"), 0644U);
  const auto count =
      std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator());
  EXPECT_EQ(count, 1);
}

TEST(DurableFile, FailuresNameThePathAndLeaveTheOldFile) {
  const test::TemporaryFolder folder;
  const auto missing = write_durably(folder / "none/f", std::string_view("x"), 0600);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, RejectCode::kStorage);
  EXPECT_THAT(missing.error().detail, HasSubstr("none"));
  EXPECT_THAT(missing.error().detail, HasSubstr("No such file"));
  std::filesystem::create_directories(folder / "is-a-folder/x");
  EXPECT_FALSE(write_durably(folder / "is-a-folder", std::string_view("x"), 0600));
  // The temporary file of the failed rename is gone.
  const auto count =
      std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator());
  EXPECT_EQ(count, 1);
}

TEST(DurableFile, AFullDiskIsReportedAsSuch) {
  // /dev/full fails every write with ENOSPC, as a full disk does; what is tested is the sentence.
  EXPECT_THAT(storage_error("write", "/x/y", ENOSPC).detail,
              HasSubstr("cannot write /x/y: No space left on device; free some space"));
}

TEST(DurableFile, ReadingIsBounded) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "f", std::string(100, 'x'));
  EXPECT_EQ(read_file(folder / "f", 100)->size(), 100U);
  EXPECT_EQ(read_file(folder / "f", 99).error().code, RejectCode::kTooLarge);
  EXPECT_EQ(read_file(folder / "none", 99).error().code, RejectCode::kNotFound);
  EXPECT_EQ(read_file(folder.path(), 99).error().code, RejectCode::kStorage);
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(folder / "fifo", 99).error().code, RejectCode::kStorage);
}

TEST(RpcAccess, ClientsFindPortAndCookie) {
  const test::TemporaryFolder folder;
  const DataPaths paths(folder.path());
  EXPECT_EQ(find_rpc_access(paths, {}, "127.0.0.1", 7).error().code, RejectCode::kNotFound);
  const auto cookie = create_cookie(paths);
  ASSERT_TRUE(cookie);
  EXPECT_EQ(mode_of(paths.cookie()), 0600U);
  EXPECT_EQ(find_rpc_access(paths, {}, "127.0.0.1", 7)->port, 7);
  ASSERT_TRUE(publish_rpc_address(paths, "::1", 4321));
  const auto access = find_rpc_access(paths, {}, "127.0.0.1", 7);
  ASSERT_TRUE(access);
  EXPECT_EQ(access->host, "::1");
  EXPECT_EQ(access->port, 4321);
  EXPECT_EQ(access->credentials, *cookie);
  EXPECT_EQ(find_rpc_access(paths, 9, "127.0.0.1", 7)->port, 9);
  EXPECT_NE(*create_cookie(paths), *cookie);
  remove_rpc_access(paths);
  EXPECT_FALSE(std::filesystem::exists(paths.cookie()));
}

TEST(RpcAccess, DamagedFilesAreNamed) {
  const test::TemporaryFolder folder;
  const DataPaths paths(folder.path());
  for (const char* text : {"", "__cookie__:", "user:password", "__cookie__:xyz"}) {
    test::write_text(paths.cookie(), text);
    EXPECT_EQ(find_rpc_access(paths, {}, "h", 7).error().code, RejectCode::kStorage) << text;
  }
  ASSERT_TRUE(create_cookie(paths));
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", ":80", "h:0", "h:65536", "h:-1", "h:80x", "[]:80"}) {
    test::write_text(paths.rpc_address(), text);
    const auto access = find_rpc_access(paths, {}, "h", 7);
    ASSERT_FALSE(access) << text;
    EXPECT_THAT(access.error().detail, HasSubstr("rpc-address"));
  }
}

}  // namespace
}  // namespace freezenet::daemon
