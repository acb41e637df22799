#include "daemon/wallet/wallet.h"

#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consensus/base/hex.h"
#include "tests/unit/daemon/setup/file_size_limit.h"
#include "tests/unit/daemon/wallet/wallet_fixture.h"

namespace freezenet::daemon {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class WalletTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Wallet>> try_open(const std::string& name = "wallet.dat", const char* network = "regtest") {
    return Wallet::open({folder_ / name, network, test::kCheap}, clock_, steady_);
  }
  std::unique_ptr<Wallet> open(const std::string& name = "wallet.dat") {
    auto wallet = try_open(name);
    EXPECT_TRUE(wallet) << wallet.error().message();
    return wallet ? std::move(*wallet) : nullptr;
  }
  WalletFile on_disk(const std::string& name = "wallet.dat") {
    return WalletFile::decode(read_file(folder_ / name, kMaxWalletBytes).value()).value();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator()));
  }

  test::TemporaryFolder folder_;
  test::TestClock clock_;
  test::TestSteadyClock steady_;
};

RejectCode code_of(const auto& result) {
  EXPECT_FALSE(result);
  return result ? RejectCode::kTruncated : result.error().code;
}

TEST_F(WalletTest, IsMadeForItsOwnerAloneAndOpenedAgain) {
  auto wallet = open();
  EXPECT_EQ(test::mode_of(folder_ / "wallet.dat"), 0600U);
  const auto key = wallet->new_key("rent");
  ASSERT_TRUE(key);
  clock_.seconds += 10;
  const auto second = wallet->new_key("");
  wallet.reset();
  wallet = open();
  const WalletView view = wallet->view();
  ASSERT_EQ(view.entries.size(), 2U);
  EXPECT_EQ(view.entries[0], (WalletEntry{*key, "rent", 1'700'000'000, false}));
  EXPECT_EQ(view.entries[1], (WalletEntry{*second, "", 1'700'000'010, false}));
  EXPECT_EQ(wallet->secret(*key)->public_key(), *key);
  EXPECT_EQ(code_of(wallet->secret(test::secret_of(9).public_key())), RejectCode::kNotFound);
}

TEST_F(WalletTest, AFileOfOthersOrOfAnotherNetworkIsRefused) {
  open().reset();
  EXPECT_THAT(try_open("wallet.dat", "testnet").error().detail, HasSubstr("of the network regtest"));
  ::chmod((folder_ / "wallet.dat").c_str(), 0640);
  EXPECT_THAT(try_open().error().detail, HasSubstr("chmod 600"));
  ::chmod((folder_ / "wallet.dat").c_str(), 0600);
  const auto held = open();
  EXPECT_THAT(try_open().error().detail, HasSubstr("in use by another process"));
}

TEST_F(WalletTest, ADamagedFileIsNamedAndLeftAsItIs) {
  open()->new_key("").value();
  std::string text = test::read_text(folder_ / "wallet.dat");
  text[30] = static_cast<char>(text[30] ^ 4);
  test::write_text(folder_ / "wallet.dat", text);
  const auto refused = try_open();
  EXPECT_EQ(code_of(refused), RejectCode::kBadEncoding);
  EXPECT_THAT(refused.error().detail, HasSubstr((folder_ / "wallet.dat").string()));
  EXPECT_THAT(refused.error().detail, HasSubstr("restorewallet"));
  EXPECT_EQ(test::read_text(folder_ / "wallet.dat"), text);
}

TEST_F(WalletTest, AKeyThatCannotBeWrittenIsNotGiven) {
  auto wallet = open();
  const auto first = wallet->new_key("").value();
  const std::string before = test::read_text(folder_ / "wallet.dat");
  // The write fails at each of its bytes in turn.
  for (rlim_t bytes = 0; bytes < before.size(); bytes += 7) {
    const test::FileSizeLimit full(bytes);
    const auto refused = wallet->new_key("");
    EXPECT_EQ(code_of(refused), RejectCode::kStorage) << bytes;
  }
  EXPECT_EQ(test::read_text(folder_ / "wallet.dat"), before);
  EXPECT_EQ(wallet->view().entries.size(), 1U);
  EXPECT_EQ(files(), 2U) << "the wallet and its lock, no half-written secrets";
  ASSERT_TRUE(wallet->new_key(""));
  EXPECT_EQ(on_disk().entries.size(), 2U);
  EXPECT_EQ(on_disk().entries[0].key, first);
}

TEST_F(WalletTest, WhatACrashLeftBesideTheFileIsRemoved) {
  open().reset();
  test::write_text(folder_ / "wallet.dat.tmp-abcdef", "secrets");
  test::write_text(folder_ / "other.dat.tmp-abcdef", "somebody else's");
  const auto wallet = open();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "wallet.dat.tmp-abcdef"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "other.dat.tmp-abcdef"));
}

TEST_F(WalletTest, AnAddressThatWasShownOutlivesAKill) {
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      auto wallet = Wallet::open({folder_ / "wallet.dat", "regtest", test::kCheap}, clock_, steady_);
      while (wallet) {
        const auto key = (*wallet)->new_key("");
        if (!key || ::write(pipe[1], key->bytes.data(), 32) != 32) break;
      }
      ::_exit(1);
    }
    ::close(pipe[1]);
    std::vector<XOnlyKey> shown;
    XOnlyKey key;
    // Killed in the midst of making the next ones.
    while (shown.size() < static_cast<std::size_t>(round + 1) && ::read(pipe[0], key.bytes.data(), 32) == 32)
      shown.push_back(key);
    ::usleep(static_cast<useconds_t>(37 * round));
    ::kill(child, SIGKILL);
    while (::read(pipe[0], key.bytes.data(), 32) == 32) shown.push_back(key);
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    auto wallet = open();
    ASSERT_TRUE(wallet);
    for (const XOnlyKey& k : shown) EXPECT_TRUE(wallet->secret(k)) << to_hex(k) << " in round " << round;
  }
}

TEST_F(WalletTest, LockedItShowsKeysAndGivesOutNoSecret) {
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

TEST_F(WalletTest, AnUnlockEndsBySteadyTime) {
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

TEST_F(WalletTest, KeysThatAreMadeWhileItIsUnlockedStayInIt) {
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

TEST_F(WalletTest, APlainWalletHasNothingToUnlock) {
  auto wallet = open();
  EXPECT_EQ(code_of(wallet->unlock("x", seconds(1))), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->lock()), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->change_passphrase("x", "y")), RejectCode::kWalletState);
  EXPECT_EQ(code_of(wallet->encrypt("")), RejectCode::kConfig);
  EXPECT_EQ(code_of(wallet->encrypt(std::string(1025, 'x'))), RejectCode::kConfig);
  EXPECT_FALSE(on_disk().encrypted());
}

TEST_F(WalletTest, EncryptionThatCannotBeWrittenLeavesThePlainWallet) {
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

TEST_F(WalletTest, EncryptionZeroesThePlainFile) {
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

TEST_F(WalletTest, AChangedPassphraseIsTheOnlyOne) {
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

TEST_F(WalletTest, TheMinersKeyIsTakenInOnceOrWaitsForTheUnlock) {
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

TEST_F(WalletTest, ABackupIsMadeLockedAndEndsTheReminder) {
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

TEST_F(WalletTest, ABackupThatCannotBeWrittenLeavesNothingAndTheReminder) {
  auto wallet = open();
  wallet->new_key("").value();
  const test::FileSizeLimit full(40);
  EXPECT_EQ(code_of(wallet->backup(folder_ / "copy")), RejectCode::kStorage);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy"));
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
}

TEST_F(WalletTest, ANewPassphraseAsksForANewBackup) {
  auto wallet = open();
  wallet->new_key("").value();
  ASSERT_TRUE(wallet->backup(folder_ / "plain"));
  ASSERT_TRUE(wallet->encrypt("open"));
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
  ASSERT_TRUE(wallet->backup(folder_ / "sealed"));
  ASSERT_TRUE(wallet->change_passphrase("open", "other"));
  EXPECT_EQ(wallet->view().not_backed_up(), 1U);
}

TEST_F(WalletTest, ARestoreTakesInWhatIsMissing) {
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

TEST_F(WalletTest, AnEncryptedBackupStaysEncrypted) {
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

TEST_F(WalletTest, ABadBackupChangesNothing) {
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
