#include "daemon/worker/worker_options.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/durable_file.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::worker {
namespace {

const daemon::Environment kEnvironment{"/home/somebody", "/here"};

Result<WorkerOptions> parse(const std::vector<std::string>& arguments) {
  return parse_worker_options(arguments, kEnvironment);
}

TEST(WorkerOptions, HaveDefaultsForTheNodeOnThisMachine) {
  const auto options = parse({"--network", "regtest"});
  ASSERT_TRUE(options) << options.error().message();
  EXPECT_EQ(options->datadir, "/home/somebody/.freezenet/regtest");
  EXPECT_EQ(options->datasets, "/home/somebody/.freezenet/regtest/datasets");
  EXPECT_EQ(options->threads, 1U);
  EXPECT_EQ(options->nice, 10U);
  EXPECT_EQ(options->blocks, 0U);
  EXPECT_EQ(parse({"--once"})->blocks, 1U);
  EXPECT_EQ(parse({"--datadir", "node"})->datadir, "/here/node");
}

TEST(WorkerOptions, RefuseWhatMakesNoSense) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"--threads", "0"},
                                             {"--nice", "20"},
                                             {"--blocks", "-1"},
                                             {"--no-such"},
                                             {"word"},
                                             {"--rpc-user", "u"},
                                             {"--rpc-password-file", "f"},
                                             {"--rpc-user", "u:v", "--rpc-password-file", "f"},
                                             {"--rpc-user", "u", "--rpc-password-file", "f", "--rpc-cookie-file", "c"},
                                             {"--rpc-connect", ":80"},
                                             {"--rpc-connect", "a:"},
                                             {"--rpc-connect", "a:0"},
                                             {"--rpc-connect", "a:65536"},
                                             {"--rpc-connect", "http://a"},
                                             {"--rpc-connect", "[::1"},
                                             {"--rpc-connect", "[::1]x"}}) {
    const auto options = parse(wrong);
    ASSERT_FALSE(options) << wrong.front() << " " << wrong.back();
    EXPECT_EQ(options.error().code, RejectCode::kConfig);
    EXPECT_FALSE(options.error().detail.empty());
  }
}

class NodeAccessTest : public testing::Test {
 protected:
  std::string file(const char* name, std::string_view text, mode_t mode = 0600) {
    const auto path = folder_ / name;
    EXPECT_TRUE(daemon::write_durably(path, text, mode));
    ::chmod(path.c_str(), mode);
    return path.string();
  }
  const daemon::test::TemporaryFolder folder_;
};

TEST_F(NodeAccessTest, ReadsUserAndPasswordAnewEachTime) {
  const std::string password = file("password", "first\n");
  const auto options = parse({"--rpc-connect", "10.0.0.2", "--rpc-user", "w", "--rpc-password-file", password});
  ASSERT_TRUE(options) << options.error().message();
  auto access = node_access(*options, 77);
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->host, "10.0.0.2");
  EXPECT_EQ(access->port, 77);
  EXPECT_EQ(access->credentials, "w:first");
  file("password", "second");
  EXPECT_EQ(node_access(*options, 77)->credentials, "w:second");
}

TEST_F(NodeAccessTest, ReadsACookieFileAndIPv6) {
  const std::string cookie = file("cookie", "__cookie__:12\n");
  const auto access = node_access(*parse({"--rpc-connect", "[::1]:99", "--rpc-cookie-file", cookie}), 77);
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->host, "::1");
  EXPECT_EQ(access->port, 99);
  EXPECT_EQ(access->credentials, "__cookie__:12");
}

TEST_F(NodeAccessTest, RefusesSecretsThatAreNone) {
  const auto with = [&](const std::string& path) {
    return node_access(*parse({"--rpc-connect", "a", "--rpc-user", "w", "--rpc-password-file", path}), 1);
  };
  EXPECT_EQ(with((folder_ / "none").string()).error().code, RejectCode::kNotFound);
  EXPECT_EQ(with(file("empty", "\n")).error().code, RejectCode::kConfig);
  EXPECT_EQ(with(file("open", "secret\n", 0644)).error().code, RejectCode::kConfig);
  EXPECT_EQ(with(file("long", std::string(2000, 'a'))).error().code, RejectCode::kTooLarge);
}

}  // namespace
}  // namespace freezenet::worker
