#include "daemon/cli/commands.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/rpc/base64.h"
#include "daemon/rpc/rpc_auth.h"
#include "daemon/rpc/rpc_server.h"
#include "tests/unit/daemon/rpc/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

/// The commands against a real server whose methods answer what the test expects.
class CommandsTest : public testing::Test {
 protected:
  void SetUp() override {
    MethodTable methods;
    methods.add("uptime", [](Arguments) -> Answer { co_return json(42); });
    methods.add("getbestblockhash", [](Arguments) -> Answer { co_return json("00ff"); });
    methods.add("getblockhash",
                [](Arguments) -> Answer { co_return reject(RejectCode::kNotFound, "no block of height 9"); });
    methods.add("getmodel", [](Arguments a) -> Answer {
      const std::string kind = a.text_or("kind", "sealed");
      co_return json{{"filename", "../" + kind + ".safetensors"}, {"kind", kind}, {"data", "Zm9vYmFy"}};
    });
    methods.add("verifymodel", [](Arguments a) -> Answer {
      const auto file = from_base64(a.text("data"));
      const bool valid = file && std::string(file->begin(), file->end()) == "foobar";
      co_return json{{"valid", valid}};
    });
    methods.add("status", [](Arguments) -> Answer { co_return json{{"network", "regtest"}}; });
    server_ = std::make_unique<RpcServer>(
        RpcServerConfig{.address = "127.0.0.1", .port = 0, .paths = DataPaths(folder_.path()), .limits = {}},
        std::move(methods), tools_);
    ASSERT_TRUE(server_->start().has_value());
    access_ = *find_rpc_access(DataPaths(folder_.path()), std::nullopt, "127.0.0.1", 1);
  }

  ExitCode run(const std::string& method, const std::vector<std::string>& words = {}) {
    out_.str("");
    err_.str("");
    return run_command(RpcClient(access_), "network regtest, data folder /d", method, words, {out_, err_});
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  static std::string content(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  RpcTools tools_{{}, 1 << 26, nullptr};
  std::unique_ptr<RpcServer> server_;
  RpcAccess access_;
  std::ostringstream out_, err_;
};

TEST_F(CommandsTest, PrintsTextsBareAndTheRestAsJson) {
  EXPECT_EQ(run("getbestblockhash"), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "00ff\n");
  EXPECT_EQ(run("uptime"), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "42\n");
}

TEST_F(CommandsTest, ARefusalIsOneLine) {
  EXPECT_EQ(run("getblockhash", {"9"}), ExitCode::kNo);
  EXPECT_EQ(err_.str(), "freezenet-cli: no block of height 9\n");
  EXPECT_EQ(run("uptimee"), ExitCode::kNo);
  EXPECT_EQ(err_.str(), "freezenet-cli: no method uptimee; did you mean uptime?\n");
  EXPECT_EQ(run("getblockhash", {"x"}), ExitCode::kUsage);
}

TEST_F(CommandsTest, WithoutANodeItSaysWhatToLookAt) {
  server_->stop();
  EXPECT_EQ(run("uptime"), ExitCode::kNoNode);
  const std::string start = "freezenet-cli: no node answers at 127.0.0.1:" + std::to_string(access_.port);
  EXPECT_EQ(err_.str().substr(0, start.size()), start);
  EXPECT_NE(err_.str().find("is freezenetd running for network regtest, data folder /d?"), std::string::npos)
      << err_.str();
}

TEST_F(CommandsTest, AWrongCookieIsNamed) {
  access_.credentials += "x";
  EXPECT_EQ(run("uptime"), ExitCode::kNo);
  EXPECT_NE(err_.str().find("refuses the cookie"), std::string::npos) << err_.str();
}

TEST_F(CommandsTest, AWrongPasswordIsNamed) {
  access_.credentials = "alice:wrong";
  EXPECT_EQ(run("uptime"), ExitCode::kNo);
  EXPECT_NE(err_.str().find("knows no user alice with this password"), std::string::npos) << err_.str();
  EXPECT_EQ(err_.str().find("wrong"), std::string::npos) << err_.str();
}

TEST_F(CommandsTest, RpcauthMakesALineAndAPasswordFile) {
  const Terminal terminal{out_, err_};
  const std::vector<std::string> words = {"alice", path("password")};
  out_.str("");
  EXPECT_EQ(run_rpcauth(words, terminal), ExitCode::kDone);
  const std::string printed = out_.str();
  const std::size_t begin = printed.find("[\"") + 2;
  const Result<RpcUser> user = parse_rpc_user(printed.substr(begin, printed.find("\"]") - begin));
  ASSERT_TRUE(user) << printed;
  const Result<std::string> password = read_rpc_password(path("password"));
  ASSERT_TRUE(password) << password.error().detail;
  EXPECT_EQ(rpc_password_hash(user->salt, *password), user->hash);
  EXPECT_EQ(printed.find(*password), std::string::npos);
  std::filesystem::permissions(path("password"), std::filesystem::perms(0644));
  EXPECT_FALSE(read_rpc_password(path("password")));
  EXPECT_EQ(run_rpcauth({}, terminal), ExitCode::kUsage);
  EXPECT_EQ(run_rpcauth(std::vector<std::string>{"a:b"}, terminal), ExitCode::kUsage);
}

TEST_F(CommandsTest, GetModelWritesTheFileThatIsAskedFor) {
  EXPECT_EQ(run("getmodel", {"3", "--out", path("model")}), ExitCode::kDone);
  EXPECT_EQ(content(path("model")), "foobar");
  EXPECT_EQ(json::parse(out_.str()), (json{{"kind", "sealed"}, {"file", path("model")}}));
  EXPECT_EQ(run("getmodel", {"3", "--canonical", "--out=" + path("other")}), ExitCode::kDone);
  EXPECT_EQ(json::parse(out_.str())["kind"], "canonical");
  EXPECT_EQ(run("getmodel", {"3", "--canonical", "--sealed"}), ExitCode::kUsage);
  EXPECT_EQ(run("getmodel", {"3", "--out"}), ExitCode::kUsage);
  EXPECT_EQ(run("getmodel", {"3", "--out", path("no/such/folder")}), ExitCode::kNo);
}

TEST_F(CommandsTest, TheNodeChoosesNoFolder) {
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directory(folder_.path() / "inner");
  std::filesystem::current_path(folder_.path() / "inner");
  EXPECT_EQ(run("getmodel", {"3"}), ExitCode::kDone);
  std::filesystem::current_path(before);
  EXPECT_EQ(content(path("inner/sealed.safetensors")), "foobar");
}

TEST_F(CommandsTest, VerifyModelEndsAsTheVerdictSays) {
  std::ofstream(path("right"), std::ios::binary) << "foobar";
  std::ofstream(path("wrong"), std::ios::binary) << "foobas";
  EXPECT_EQ(run("verifymodel", {path("right")}), ExitCode::kDone);
  EXPECT_EQ(run("verifymodel", {path("wrong")}), ExitCode::kNo);
  EXPECT_EQ(run("verifymodel", {path("missing")}), ExitCode::kNo);
  EXPECT_NE(err_.str().find("missing"), std::string::npos);
  EXPECT_EQ(run("verifymodel"), ExitCode::kUsage);
}

TEST_F(CommandsTest, StatusIsAScreenOrJson) {
  EXPECT_EQ(run("status"), ExitCode::kDone);
  EXPECT_EQ(out_.str().substr(0, 17), "FreezeNet regtest");
  EXPECT_EQ(run("status", {"--json"}), ExitCode::kDone);
  EXPECT_EQ(json::parse(out_.str())["network"], "regtest");
  EXPECT_EQ(run("status", {"--wach"}), ExitCode::kUsage);
}

TEST(Help, NeedsNoNode) {
  std::ostringstream out, err;
  EXPECT_EQ(run_help(std::vector<std::string>{"getblock"}, {out, err}), ExitCode::kDone);
  EXPECT_NE(out.str().find("getblock BLOCK"), std::string::npos);
  EXPECT_EQ(run_help(std::vector<std::string>{"getblok"}, {out, err}), ExitCode::kUsage);
  EXPECT_NE(err.str().find("did you mean getblock?"), std::string::npos);
}

}  // namespace
}  // namespace freezenet::daemon
