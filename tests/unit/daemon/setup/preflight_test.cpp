#include "daemon/preflight.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "daemon/data_dir.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using ::testing::HasSubstr;

class FixedClock final : public Clock {
 public:
  std::uint64_t now = 1'800'000'000;
  [[nodiscard]] std::uint64_t unix_seconds() const override { return now; }
};

/// A socket that listens on a port which the system chose.
class TakenPort {
 public:
  TakenPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_.get(), 1);
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  FileDescriptor socket_;
  std::uint16_t port_ = 0;
};

class PreflightTest : public ::testing::Test {
 protected:
  PreflightTest() {
    options_ = default_options("regtest");
    options_.datadir = folder_ / "d";
    options_.port = 0;
    options_.rpc_port = 0;
  }
  std::string report() {
    items_ = run_preflight(
        {options_, clock_, [] { return Result<std::string>("portable"); }, [this] { return self_test_; }});
    return preflight_report(items_);
  }

  test::TemporaryFolder folder_;
  Options options_;
  FixedClock clock_;
  Result<std::string> self_test_{"golden digest and one step against LibTorch"};
  std::vector<CheckItem> items_;
};

TEST_F(PreflightTest, ASoundMachinePassesAndNothingOfTheNodeIsLeft) {
  const std::string text = report();
  if (text.find("at least 1.0 GiB") != std::string::npos) GTEST_SKIP() << "this disk is nearly full";
  EXPECT_TRUE(all_ok(items_)) << text;
  EXPECT_THAT(text, HasSubstr("ok    kernel path     portable\n"));
  EXPECT_THAT(text, HasSubstr("A node can run here."));
  EXPECT_FALSE(std::filesystem::exists(options_.datadir / "chain.sqlite"));
  EXPECT_FALSE(std::filesystem::exists(options_.datadir / "genesis.json"));
  EXPECT_FALSE(std::filesystem::exists(options_.datadir / "freezenetd.check"));
}

TEST_F(PreflightTest, EachFailureIsShownAndTheRestStillRuns) {
  const TakenPort taken;
  options_.rpc_port = taken.port();
  clock_.now = 1000;
  self_test_ = reject(RejectCode::kSelfTestFailed, "step 1 differs from LibTorch");
  const std::string text = report();
  EXPECT_FALSE(all_ok(items_));
  EXPECT_THAT(text, HasSubstr("FAIL  port for RPC    127.0.0.1 port " + std::to_string(taken.port()) +
                              " cannot be used: Address already in use"));
  EXPECT_THAT(text, HasSubstr("use another --rpc-port"));
  EXPECT_THAT(text, HasSubstr("ok    port for peers"));
  EXPECT_THAT(text, HasSubstr("FAIL  clock"));
  EXPECT_THAT(text, HasSubstr("FAIL  self-test       step 1 differs from LibTorch"));
  EXPECT_THAT(text, HasSubstr("3 checks failed."));
}

TEST_F(PreflightTest, AFolderInUseAndAnUnknownNetworkAreShown) {
  const auto held = DataDir::open(options_.datadir);
  ASSERT_TRUE(held);
  options_.network = "regtets";
  const std::string text = report();
  EXPECT_THAT(text, HasSubstr("is in use by process"));
  EXPECT_THAT(text, HasSubstr("did you mean regtest?"));
}

TEST_F(PreflightTest, AnAddressThatIsNoneIsNamed) {
  options_.listen = "localhost.example";
  EXPECT_THAT(report(), HasSubstr("'localhost.example' is not an IP address"));
}

}  // namespace
}  // namespace freezenet::daemon
