#include "net/node_identity.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace freezenet::net {
namespace {

struct NodeIdentityTest : ::testing::Test {
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "freezenet-identity-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

TEST_F(NodeIdentityTest, IsMadeOncePrivateAndReadAgain) {
  const auto file = folder / "node_key.pem";
  const auto first = NodeIdentity::load_or_create(file);
  ASSERT_TRUE(first) << first.error().message();
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  const auto again = NodeIdentity::load_or_create(file);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->node_id(), first->node_id());
  EXPECT_NE(NodeIdentity::generate()->node_id(), first->node_id());
  EXPECT_FALSE(std::filesystem::exists(folder / "node_key.pem.tmp"));
}

TEST_F(NodeIdentityTest, DamagedFileIsNamedAndLeftAlone) {
  const auto file = folder / "node_key.pem";
  ASSERT_TRUE(NodeIdentity::load_or_create(file));
  std::filesystem::resize_file(file, 100);
  const auto damaged = NodeIdentity::load_or_create(file);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, RejectCode::kStorage);
  EXPECT_NE(damaged.error().detail.find(file.string()), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(file), 100u);
}

TEST_F(NodeIdentityTest, UnwritableFolderIsAClearError) {
  const auto nowhere = NodeIdentity::load_or_create(folder / "missing" / "node_key.pem");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, RejectCode::kStorage);
}

}  // namespace
}  // namespace freezenet::net
