#include "daemon/reward_keys.h"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "tests/unit/daemon/wallet/wallet_fixture.h"

namespace freezenet::daemon {
namespace {

using test::code_of;

/// The miner's key is 9; the wallet has the keys 1 and 2 under the passphrase "open", or plainly.
class RewardKeysTest : public ::testing::Test {
 protected:
  void open(const WalletFile& file) {
    ASSERT_TRUE(write_durably(folder_ / "wallet.dat", ByteView(file.encode()), 0600));
    auto wallet = Wallet::open({folder_ / "wallet.dat", "regtest", test::kCheap}, clock_, steady_);
    ASSERT_TRUE(wallet) << wallet.error().message();
    service_ = std::make_unique<WalletService>(std::move(*wallet), steady_, std::make_shared<spdlog::logger>("wallet"));
    keys_ = std::make_unique<RewardKeys>(miner_, service_.get());
  }
  template <typename T>
  T wait(boost::asio::awaitable<T> work) {
    auto done = boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future);
    io_.restart();
    io_.run();
    return done.get();
  }
  bool unlock() {
    auto step = [](Wallet& wallet) { return wallet.unlock("open", std::chrono::seconds(60)); };
    return wait(service_->run(std::move(step))).has_value();
  }
  /// The public key of the secret that is given out.
  Result<XOnlyKey> taken(XOnlyKey key) {
    auto take = [](const RewardKeys& keys, XOnlyKey wanted) -> boost::asio::awaitable<Result<XOnlyKey>> {
      const Result<SecretKey> secret = co_await keys.secret(wanted);
      if (!secret) co_return tl::unexpected(secret.error());
      co_return secret->public_key();
    };
    return wait(take(*keys_, key));
  }
  void expect_signed_by(const SecretKey& secret) {
    const auto signature = wait(keys_->sign(secret.public_key(), block_));
    ASSERT_TRUE(signature) << signature.error().message();
    EXPECT_TRUE(verify_schnorr(secret.public_key(), block_, *signature));
    EXPECT_EQ(taken(secret.public_key()).value(), secret.public_key());
  }

  test::TemporaryFolder folder_;
  test::TestClock clock_;
  test::TestSteadyClock steady_;
  boost::asio::io_context io_;
  const SecretKey miner_ = test::secret_of(9), own_ = test::secret_of(2), foreign_ = test::secret_of(3);
  const Hash256 block_{{7}};
  std::unique_ptr<WalletService> service_;
  std::unique_ptr<RewardKeys> keys_;
};

TEST_F(RewardKeysTest, SignsForTheMinerAndForAnOpenWallet) {
  open(test::plain_file());
  EXPECT_EQ(keys_->miner(), miner_.public_key());
  for (const SecretKey& key : {miner_, own_}) {
    EXPECT_TRUE(keys_->holds(key.public_key()).value());
    expect_signed_by(key);
  }
}

TEST_F(RewardKeysTest, SignsForNobodyElse) {
  open(test::plain_file());
  const XOnlyKey key = foreign_.public_key();
  EXPECT_FALSE(keys_->holds(key).value());
  EXPECT_EQ(code_of(wait(keys_->sign(key, block_))), RejectCode::kNotFound);
  EXPECT_EQ(code_of(taken(key)), RejectCode::kNotFound);
}

TEST_F(RewardKeysTest, ALockedWalletSignsForTheMinerAlone) {
  open(test::sealed_file());
  const XOnlyKey key = own_.public_key();
  EXPECT_EQ(code_of(keys_->holds(key)), RejectCode::kWalletLocked);
  EXPECT_EQ(code_of(wait(keys_->sign(key, block_))), RejectCode::kWalletLocked);
  EXPECT_EQ(code_of(taken(key)), RejectCode::kWalletLocked);
  EXPECT_FALSE(keys_->holds(foreign_.public_key()).value()) << "a lock is no reason for what the wallet never had";
  expect_signed_by(miner_);

  ASSERT_TRUE(unlock());
  expect_signed_by(own_);
  steady_.time += std::chrono::seconds(61);
  EXPECT_EQ(code_of(keys_->holds(key)), RejectCode::kWalletLocked) << "its time is over";
  EXPECT_EQ(code_of(wait(keys_->sign(key, block_))), RejectCode::kWalletLocked);
}

TEST_F(RewardKeysTest, ANodeWithoutAWalletHasTheMinersKey) {
  keys_ = std::make_unique<RewardKeys>(miner_, nullptr);
  EXPECT_FALSE(keys_->holds(own_.public_key()).value());
  EXPECT_EQ(code_of(wait(keys_->sign(own_.public_key(), block_))), RejectCode::kNotFound);
  expect_signed_by(miner_);
}

}  // namespace
}  // namespace freezenet::daemon
