#include "daemon/wallet/wallet.h"

#include <array>
#include <climits>
#include <csignal>

#include <gmock/gmock.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consensus/base/hex.h"
#include "tests/unit/daemon/setup/file_size_limit.h"
#include "tests/unit/daemon/wallet/wallet_fixture.h"

namespace freezenet::daemon {
namespace {

using test::code_of;
using ::testing::HasSubstr;

using test::WalletTest;

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

/// Until this happens to a file of the folder once more.
void wait_for_event(const std::filesystem::path& folder, std::uint32_t what) {
  const FileDescriptor watch(::inotify_init1(IN_CLOEXEC));
  ASSERT_TRUE(watch);
  ASSERT_GE(::inotify_add_watch(watch.get(), folder.c_str(), what), 0);
  std::array<char, sizeof(inotify_event) + NAME_MAX + 1> event{};
  ASSERT_GT(::read(watch.get(), event.data(), event.size()), 0);
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
    // Killed in the midst of making the next ones: when its temporary file is there, is whole, or has its name.
    while (shown.size() < static_cast<std::size_t>(round + 1) && ::read(pipe[0], key.bytes.data(), 32) == 32)
      shown.push_back(key);
    constexpr std::array<std::uint32_t, 3> kMoments{IN_CREATE, IN_CLOSE_WRITE, IN_MOVED_TO};
    ASSERT_NO_FATAL_FAILURE(
        wait_for_event(folder_.path(), kMoments[static_cast<std::size_t>(round) % kMoments.size()]));
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

}  // namespace
}  // namespace freezenet::daemon
