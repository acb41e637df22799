#include "net/node_identity.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <openssl/pem.h>
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

/// Standard input is the right answer to a question for it, as at a terminal: nobody may ask.
TEST_F(NodeIdentityTest, KeyUnderAPassPhraseIsRefusedWithoutAsking) {
  const auto file = folder / "node_key.pem";
  const auto identity = NodeIdentity::generate();
  BIO* out = BIO_new_file(file.c_str(), "w");
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(out, identity->key(), EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr), 1);
  ASSERT_EQ(PEM_write_bio_X509(out, identity->certificate()), 1);
  BIO_free(out);
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "secret\n", 7), 7);
  const int terminal = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  const auto loaded = NodeIdentity::load_or_create(file);
  ::dup2(terminal, STDIN_FILENO);
  for (const int fd : {ends[0], ends[1], terminal}) ::close(fd);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, RejectCode::kStorage);
}

TEST_F(NodeIdentityTest, UnwritableFolderIsAClearError) {
  const auto nowhere = NodeIdentity::load_or_create(folder / "missing" / "node_key.pem");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, RejectCode::kStorage);
}

}  // namespace
}  // namespace freezenet::net
