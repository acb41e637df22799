#include "daemon/wallet/wallet_service.h"

#include <future>
#include <sstream>

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "tests/unit/daemon/wallet/wallet_fixture.h"

namespace freezenet::daemon {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class WalletServiceTest : public ::testing::Test {
 protected:
  ~WalletServiceTest() override {
    work_.reset();
    caller_.join();
  }

  template <typename F>
  auto run(F step) {
    return boost::asio::co_spawn(io_, service_.run(std::move(step)), boost::asio::use_future);
  }
  Result<> lock() { return boost::asio::co_spawn(io_, service_.lock(), boost::asio::use_future).get(); }

  test::TemporaryFolder folder_;
  test::TestClock clock_;
  test::TestSteadyClock steady_;
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> log_ =
      std::make_shared<spdlog::logger>("wallet", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
  // Whoever asks: RPC's thread in a node.
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread caller_{[this] { io_.run(); }};
  WalletService service_{*Wallet::open({folder_ / "wallet.dat", "regtest", test::kCheap}, clock_, steady_), steady_,
                         log_};
};

TEST_F(WalletServiceTest, TheViewShowsWhatAStepDidBeforeItsCallerKnows) {
  EXPECT_TRUE(service_.view()->entries.empty());
  const auto key = run([](Wallet& wallet) { return wallet.new_key("rent"); }).get();
  ASSERT_TRUE(key);
  ASSERT_EQ(service_.view()->entries.size(), 1U);
  EXPECT_EQ(service_.view()->entries[0].key, *key);
}

TEST_F(WalletServiceTest, GuessesTakeTurnsAndTheirNumberIsBounded) {
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  std::atomic<int> at_once = 0, most = 0;
  std::vector<std::future<Result<>>> answers;
  for (std::size_t i = 0; i < WalletService::kMaxWaiting + 3; ++i) {
    answers.push_back(run([&](Wallet&) -> Result<> {
      most = std::max(most.load(), ++at_once);
      gate.wait();
      --at_once;
      return {};
    }));
  }
  // Those beyond the bound are answered while the others wait.
  std::size_t refused = 0;
  for (std::size_t i = WalletService::kMaxWaiting; i < answers.size(); ++i) {
    const bool answered = answers[i].wait_for(seconds(30)) == std::future_status::ready;
    EXPECT_TRUE(answered);
    if (!answered) continue;
    const auto answer = answers[i].get();
    EXPECT_FALSE(answer);
    if (!answer && answer.error().code == RejectCode::kBusy) ++refused;
  }
  EXPECT_EQ(refused, 3U);
  EXPECT_TRUE(service_.view()->entries.empty()) << "what everybody may know is answered at once";
  go.set_value();
  for (std::size_t i = 0; i < WalletService::kMaxWaiting; ++i) EXPECT_TRUE(answers[i].get());
  EXPECT_EQ(most, 1);
  EXPECT_TRUE(run([](Wallet&) -> Result<> { return {}; }).get()) << "the places are free again";
}

TEST_F(WalletServiceTest, LockingIsNotRefusedForAFullQueue) {
  ASSERT_TRUE(run([](Wallet& wallet) { return wallet.encrypt("open"); }).get());
  ASSERT_TRUE(run([](Wallet& wallet) { return wallet.unlock("open", seconds(60)); }).get());
  EXPECT_EQ(service_.unlocked_seconds(*service_.view()), 60U);
  std::vector<std::future<Result<>>> fill;
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  for (std::size_t i = 0; i < WalletService::kMaxWaiting; ++i) {
    fill.push_back(run([gate](Wallet&) -> Result<> {
      gate.wait();
      return {};
    }));
  }
  auto locked = boost::asio::co_spawn(io_, service_.lock(), boost::asio::use_future);
  go.set_value();
  EXPECT_TRUE(locked.get());
  EXPECT_FALSE(service_.view()->unlocked_until);
  for (auto& f : fill) EXPECT_TRUE(f.get());
}

TEST_F(WalletServiceTest, SecondsThatAreLeftAreRoundedUpToTheEnd) {
  WalletView view;
  EXPECT_EQ(service_.unlocked_seconds(view), 0U);
  view.unlocked_until = steady_.time + std::chrono::milliseconds(1500);
  EXPECT_EQ(service_.unlocked_seconds(view), 2U);
  steady_.time += std::chrono::milliseconds(1500);
  EXPECT_EQ(service_.unlocked_seconds(view), 0U);
  steady_.time += seconds(5);
  EXPECT_EQ(service_.unlocked_seconds(view), 0U);
}

TEST_F(WalletServiceTest, WhatWaitsAtAStopIsRefused) {
  std::promise<void> entered, go;
  auto first = run([&](Wallet&) -> Result<> {
    entered.set_value();
    go.get_future().wait();
    return {};
  });
  entered.get_future().wait();
  auto second = run([](Wallet&) -> Result<> { return {}; });
  service_.begin_stop();
  go.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_EQ(second.get().error().code, RejectCode::kCancelled);
}

TEST_F(WalletServiceTest, TheLogRemindsOnceUntilABackupIsMade) {
  const auto new_key = [](Wallet& wallet) { return wallet.new_key(""); };
  (void)run(new_key).get();
  (void)run(new_key).get();
  EXPECT_THAT(text_.str(), HasSubstr("1 of 1 key of the wallet"));
  EXPECT_THAT(text_.str(), HasSubstr("stands in no backup: make one with backupwallet"));
  EXPECT_THAT(text_.str(), Not(HasSubstr("2 of 2")));
  EXPECT_THAT(backup_reminder(*service_.view()), HasSubstr("2 of 2 keys"));
  const auto copy = folder_ / "copy";
  ASSERT_TRUE(run([copy](Wallet& wallet) { return wallet.backup(copy); }).get());
  EXPECT_EQ(backup_reminder(*service_.view()), "");
  (void)run(new_key).get();
  EXPECT_THAT(text_.str(), HasSubstr("1 of 3 keys"));
}

TEST_F(WalletServiceTest, NoPassphraseReachesTheLog) {
  log_->set_level(spdlog::level::trace);
  (void)run([](Wallet& wallet) { return wallet.new_key(""); }).get();
  (void)run([](Wallet& wallet) { return wallet.encrypt("s3cret phrase"); }).get();
  (void)run([](Wallet& wallet) { return wallet.unlock("wr0ng phrase", seconds(1)); }).get();
  EXPECT_THAT(text_.str(), Not(HasSubstr("phrase")));
}

}  // namespace
}  // namespace freezenet::daemon
