#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/wallet/wallet.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon::test {

/// scrypt at its cheapest: what is tested is not how long a guess takes.
inline constexpr ScryptCost kCheap{10, 1, 1};

class TestClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t unix_seconds() const override { return seconds; }
  std::uint64_t seconds = 1'700'000'000;
};

class TestSteadyClock final : public SteadyClock {
 public:
  [[nodiscard]] TimePoint now() const override { return time; }
  TimePoint time{};
};

inline SecretKey secret_of(std::uint8_t number) { return *SecretKey::from_bytes(Bytes(32, number)); }

inline unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777U;
}

/// Two keys, one of them with a label.
inline WalletFile plain_file() {
  WalletFile file;
  file.network = "regtest";
  std::vector<SecretKey> secrets{secret_of(1), secret_of(2)};
  file.entries = {{secrets[0].public_key(), "", 5, true},
                  {secrets[1].public_key(),
                   "r\xc3\xa9"
                   "nt",
                   6, false}};
  file.secrets = std::move(secrets);
  return file;
}

/// The same under the passphrase "open".
inline WalletFile sealed_file() {
  WalletFile file = plain_file();
  const auto secrets = std::get<std::vector<SecretKey>>(file.secrets);
  (void)seal_anew(file, secrets, "open", kCheap).value();
  return file;
}

class WalletTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Wallet>> try_open(const std::string& name = "wallet.dat", const char* network = "regtest") {
    return Wallet::open({folder_ / name, network, kCheap}, clock_, steady_);
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

  TemporaryFolder folder_;
  TestClock clock_;
  TestSteadyClock steady_;
};

inline RejectCode code_of(const auto& result) {
  EXPECT_FALSE(result);
  return result ? RejectCode::kTruncated : result.error().code;
}

}  // namespace freezenet::daemon::test
