#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "daemon/wallet/wallet.h"
#include "tests/unit/daemon/setup/file_size_limit.h"
#include "tests/unit/daemon/wallet/wallet_fixture.h"

namespace freezenet::daemon {
namespace {

using std::chrono::seconds;
using test::code_of;

class WalletLockTest : public test::WalletTest {};

TEST_F(WalletLockTest, LockedItShowsKeysAndGivesOutNoSecret) {
  auto wallet = open();
  const auto key = wallet->new_key("rent").value();
  ASSERT_TRUE(wallet->encrypt("open"));
  EXPECT_TRUE(on_disk().encrypted());
  EXPECT_EQ(wallet->view().entries.size(), 1U);
  EXPECT_EQ(code_of(wallet->secret(key)), RejectCode::kWalletLocked);
  EXPECT_EQ(code_of(wallet->new_key("")), RejectCode::kWalletLocked);
  EXPECT_EQ(code_of(wallet->encrypt("again")), RejectCode::kWalletState);
  wallet.reset();
  wallet = open();
  EXPECT_EQ(wallet->view().entries[0].label, "rent");
  EXPECT_EQ(code_of(wallet->secret(key)), RejectCode::kWalletLocked);
  EXPECT_EQ(code_of(wallet->unlock("Open", seconds(5))), RejectCode::kWrongPassphrase);
  EXPECT_EQ(code_of(wallet->secret(key)), RejectCode::kWalletLocked);
  ASSERT_TRUE(wallet->unlock("open", seconds(5)));
  EXPECT_EQ(wallet->secret(key)->public_key(), key);
  ASSERT_TRUE(wallet->lock());
  EXPECT_EQ(code_of(wallet->secret(key)), RejectCode::kWalletLocked);
}

TEST_F(WalletLockTest, AnUnlockEndsBySteadyTime) {
  auto wallet = open();
  const auto key = wallet->new_key("").value();
  ASSERT_TRUE(wallet->encrypt("open"));
  ASSERT_TRUE(wallet->unlock("open", seconds(60)));
  clock_.seconds += 100'000;  // somebody set the wall clock
  steady_.time += seconds(59);
  EXPECT_TRUE(wallet->secret(key));
  steady_.time += seconds(1);
  EXPECT_EQ(code_of(wallet->secret(key)), RejectCode::kWalletLocked);
  EXPECT_EQ(code_of(wallet->new_key("")), RejectCode::kWalletLocked);
  ASSERT_TRUE(wallet->view().unlocked_until);
  wallet->lock_where_due();
  EXPECT_FALSE(wallet->view().unlocked_until);
  // A wrong guess does not end an unlock; another right one begins it anew.
  ASSERT_TRUE(wallet->unlock("open", seconds(10)));
  EXPECT_FALSE(wallet->unlock("wrong", seconds(10)));
  EXPECT_TRUE(wallet->secret(key));
  wallet->lock_where_due();
  EXPECT_TRUE(wallet->secret(key));
  for (const seconds span : {seconds(0), seconds(-1), seconds(24 * 3600 + 1)})
    EXPECT_EQ(code_of(wallet->unlock("open", span)), RejectCode::kConfig);
}

TEST_F(WalletLockTest, KeysThatAreMadeWhileItIsUnlockedStayInIt) {
  auto wallet = open();
  ASSERT_TRUE(wallet->encrypt("open"));
  ASSERT_TRUE(wallet->unlock("open", seconds(60)));
  const auto key = wallet->new_key("new").value();
  EXPECT_TRUE(wallet->secret(key));
  wallet.reset();
  wallet = open();
  ASSERT_TRUE(wallet->unlock("open", seconds(60)));
  EXPECT_EQ(wallet->secret(key)->public_key(), key);
}

TEST_F(WalletLockTest, APlainWalletHasNothingToUnlock) {
  auto wallet = open();
  EXPECT_EQ(code_of(wallet->unlock("x", seconds(1))), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->lock()), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->change_passphrase("x", "y")), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->encrypt("")), RejectCode::kConfig);
  EXPECT_EQ(code_of(wallet->encrypt(std::string(1025, 'x'))), RejectCode::kConfig);
  EXPECT_FALSE(on_disk().encrypted());
}

TEST_F(WalletLockTest, EncryptionThatCannotBeWrittenLeavesThePlainWallet) {
  auto wallet = open();
  const auto key = wallet->new_key("").value();
  {
    const test::FileSizeLimit full(40);
    EXPECT_EQ(code_of(wallet->encrypt("open")), RejectCode::kStorage);
  }
  EXPECT_TRUE(wallet->secret(key));
  EXPECT_FALSE(wallet->view().encrypted);
  EXPECT_FALSE(on_disk().encrypted());
}

TEST_F(WalletLockTest, EncryptionZeroesThePlainFile) {
  auto wallet = open();
  wallet->new_key("").value();
  // An open file sees what becomes of the bytes that had the name.
  const FileDescriptor old(::open((folder_ / "wallet.dat").c_str(), O_RDONLY));
  ASSERT_TRUE(wallet->encrypt("open"));
  std::array<char, 4096> bytes{};
  const ssize_t size = ::pread(old.get(), bytes.data(), bytes.size(), 0);
  ASSERT_GT(size, 100);
  EXPECT_EQ(std::count(bytes.begin(), bytes.begin() + size, '\0'), size);
  EXPECT_EQ(files(), 2U);
}

TEST_F(WalletLockTest, AChangedPassphraseIsTheOnlyOne) {
  auto wallet = open();
  const auto key = wallet->new_key("").value();
  ASSERT_TRUE(wallet->encrypt("old"));
  EXPECT_EQ(code_of(wallet->change_passphrase("no", "new")), RejectCode::kWrongPassphrase);
  EXPECT_EQ(code_of(wallet->change_passphrase("old", "")), RejectCode::kConfig);
  ASSERT_TRUE(wallet->change_passphrase("old", "new"));
  EXPECT_EQ(code_of(wallet->secret(key)), RejectCode::kWalletLocked);
  wallet.reset();
  wallet = open();
  EXPECT_EQ(code_of(wallet->unlock("old", seconds(5))), RejectCode::kWrongPassphrase);
  ASSERT_TRUE(wallet->unlock("new", seconds(5)));
  // While it is unlocked: keys that are made after the change belong to the new passphrase.
  ASSERT_TRUE(wallet->change_passphrase("new", "newest"));
  const auto later = wallet->new_key("").value();
  wallet.reset();
  wallet = open();
  ASSERT_TRUE(wallet->unlock("newest", seconds(5)));
  EXPECT_TRUE(wallet->secret(key));
  EXPECT_TRUE(wallet->secret(later));
}

TEST_F(WalletLockTest, TheMinersKeyIsTakenInOnceOrWaitsForTheUnlock) {
  const SecretKey miner = test::secret_of(5);
  auto wallet = open();
  ASSERT_TRUE(wallet->adopt(miner, "mining"));
  ASSERT_TRUE(wallet->adopt(miner, "mining"));
  EXPECT_EQ(on_disk().entries.size(), 1U);
  ASSERT_TRUE(wallet->encrypt("open"));
  const SecretKey other = test::secret_of(6);
  ASSERT_TRUE(wallet->adopt(other, "mining"));
  ASSERT_TRUE(wallet->adopt(other, "mining"));
  EXPECT_EQ(wallet->view().entries.size(), 2U);
  EXPECT_EQ(code_of(wallet->secret(other.public_key())), RejectCode::kWalletLocked);
  EXPECT_EQ(on_disk().entries.size(), 1U);
  {
    // Where it cannot be written, the unlock counts all the same.
    const test::FileSizeLimit full(40);
    ASSERT_TRUE(wallet->unlock("open", seconds(5)));
  }
  EXPECT_TRUE(wallet->secret(other.public_key()));
  EXPECT_EQ(on_disk().entries.size(), 1U);
  ASSERT_TRUE(wallet->unlock("open", seconds(5)));
  EXPECT_EQ(on_disk().entries.size(), 2U);
  EXPECT_TRUE(wallet->secret(other.public_key()));
  EXPECT_EQ(wallet->view().entries.size(), 2U);
}

}  // namespace
}  // namespace freezenet::daemon
