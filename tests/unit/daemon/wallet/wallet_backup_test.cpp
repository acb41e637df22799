#include <gmock/gmock.h>

#include "daemon/wallet/wallet.h"
#include "tests/unit/daemon/setup/file_size_limit.h"
#include "tests/unit/daemon/wallet/wallet_fixture.h"

namespace freezenet::daemon {
namespace {

using std::chrono::seconds;
using test::code_of;

class WalletBackupTest : public test::WalletTest {};

TEST_F(WalletBackupTest, ABackupIsMadeLockedAndEndsTheReminder) {
  auto wallet = open();
  const auto key = wallet->new_key("rent").value();
  ASSERT_TRUE(wallet->encrypt("open"));
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
  ASSERT_TRUE(wallet->backup(folder_ / "copy"));
  EXPECT_EQ(test::mode_of(folder_ / "copy"), 0600U);
  EXPECT_EQ(wallet->view().not_backed_up(), 0U);
  EXPECT_TRUE(on_disk("copy").encrypted());
  const std::string copy = test::read_text(folder_ / "copy");
  EXPECT_EQ(code_of(wallet->backup(folder_ / "copy")), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->backup(folder_ / "wallet.dat")), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->backup("copy2")), RejectCode::kConfig);
  EXPECT_EQ(code_of(wallet->backup(folder_ / "none" / "copy")), RejectCode::kStorage);
  EXPECT_EQ(test::read_text(folder_ / "copy"), copy);
  ASSERT_TRUE(wallet->unlock("open", seconds(5)));
  wallet->new_key("").value();
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
  wallet.reset();
  EXPECT_EQ(open()->view().not_backed_up(), 1U);
  EXPECT_TRUE(on_disk().find(key)->backed_up);
}

TEST_F(WalletBackupTest, ABackupThatCannotBeWrittenLeavesNothingAndTheReminder) {
  auto wallet = open();
  wallet->new_key("").value();
  const test::FileSizeLimit full(40);
  EXPECT_EQ(code_of(wallet->backup(folder_ / "copy")), RejectCode::kStorage);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy"));
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
}

TEST_F(WalletBackupTest, ANewPassphraseAsksForANewBackup) {
  auto wallet = open();
  wallet->new_key("").value();
  ASSERT_TRUE(wallet->backup(folder_ / "plain"));
  ASSERT_TRUE(wallet->encrypt("open"));
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
  ASSERT_TRUE(wallet->backup(folder_ / "sealed"));
  ASSERT_TRUE(wallet->change_passphrase("open", "other"));
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
}

TEST_F(WalletBackupTest, ARestoreTakesInWhatIsMissing) {
  auto wallet = open();
  const auto key = wallet->new_key("rent").value();
  ASSERT_TRUE(wallet->backup(folder_ / "copy"));
  auto other = open("other.dat");
  const auto own = other->new_key("own").value();
  const auto restored = other->restore(folder_ / "copy", std::nullopt);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_EQ(restored->added, 1U);
  EXPECT_FALSE(restored->encrypted_now);
  const auto again = other->restore(folder_ / "copy", std::nullopt);
  EXPECT_EQ(again->added, 0U);
  EXPECT_EQ(again->known, 1U);
  other.reset();
  other = open("other.dat");
  EXPECT_TRUE(other->secret(own));
  EXPECT_TRUE(other->secret(key));
  EXPECT_EQ(other->view().entries[1].label, "rent");
  EXPECT_EQ(other->view().not_backed_up(), 1U);
}

TEST_F(WalletBackupTest, AnEncryptedBackupStaysEncrypted) {
  auto wallet = open();
  const auto key = wallet->new_key("").value();
  ASSERT_TRUE(wallet->encrypt("open"));
  ASSERT_TRUE(wallet->backup(folder_ / "copy"));
  auto other = open("other.dat");
  const auto own = other->new_key("").value();
  EXPECT_EQ(code_of(other->restore(folder_ / "copy", std::nullopt)), RejectCode::kWrongPassphrase);
  EXPECT_EQ(code_of(other->restore(folder_ / "copy", "wrong")), RejectCode::kWrongPassphrase);
  EXPECT_FALSE(on_disk("other.dat").encrypted());
  const auto restored = other->restore(folder_ / "copy", "open");
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_TRUE(restored->encrypted_now);
  EXPECT_TRUE(on_disk("other.dat").encrypted());
  EXPECT_EQ(code_of(other->secret(key)), RejectCode::kWalletLocked);
  ASSERT_TRUE(other->unlock("open", seconds(5)));
  EXPECT_TRUE(other->secret(key));
  EXPECT_TRUE(other->secret(own));
  // An encrypted wallet keeps its own passphrase, and takes in nothing while it is locked.
  auto third = open("third.dat");
  ASSERT_TRUE(third->encrypt("third"));
  EXPECT_EQ(code_of(third->restore(folder_ / "copy", "open")), RejectCode::kWalletLocked);
  ASSERT_TRUE(third->unlock("third", seconds(5)));
  EXPECT_FALSE(third->restore(folder_ / "copy", "open")->encrypted_now);
  third.reset();
  third = open("third.dat");
  EXPECT_EQ(code_of(third->unlock("open", seconds(5))), RejectCode::kWrongPassphrase);
  ASSERT_TRUE(third->unlock("third", seconds(5)));
  EXPECT_TRUE(third->secret(key));
}

TEST_F(WalletBackupTest, ABadBackupChangesNothing) {
  auto wallet = open();
  wallet->new_key("").value();
  const std::string before = test::read_text(folder_ / "wallet.dat");
  EXPECT_EQ(code_of(wallet->restore(folder_ / "none", std::nullopt)), RejectCode::kNotFound);
  EXPECT_EQ(code_of(wallet->restore("none", std::nullopt)), RejectCode::kConfig);
  EXPECT_EQ(code_of(wallet->restore(folder_.path(), std::nullopt)), RejectCode::kStorage);
  test::write_text(folder_ / "junk", "hello");
  EXPECT_FALSE(wallet->restore(folder_ / "junk", std::nullopt));
  WalletFile foreign = test::plain_file();
  foreign.network = "testnet";
  ASSERT_TRUE(write_durably(folder_ / "foreign", ByteView(foreign.encode()), 0600));
  EXPECT_EQ(code_of(wallet->restore(folder_ / "foreign", std::nullopt)), RejectCode::kConfig);
  EXPECT_EQ(test::read_text(folder_ / "wallet.dat"), before);
  EXPECT_EQ(wallet->view().entries.size(), 1U);
}

}  // namespace
}  // namespace freezenet::daemon
