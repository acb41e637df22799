#include "daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Action = CommandLine::Action;

class CommandLineTest : public ::testing::Test {
 protected:
  Result<CommandLine> parse(std::vector<std::string> arguments, Program program = Program::kNode) {
    return parse_command_line(program, arguments, {folder_.path() / "home", folder_.path()});
  }
  std::string error(std::vector<std::string> arguments, Program program = Program::kNode) {
    const auto parsed = parse(std::move(arguments), program);
    if (parsed) return "(accepted)";
    EXPECT_EQ(parsed.error().code, RejectCode::kConfig);
    EXPECT_EQ(parsed.error().detail.find('\n'), std::string::npos) << parsed.error().detail;
    return parsed.error().detail;
  }
  std::string config_error(const std::string& text) {
    test::write_text(folder_ / "freezenetd.json", text);
    return error({"--datadir", folder_.path().string()});
  }

  test::TemporaryFolder folder_;
};

TEST_F(CommandLineTest, NothingSaidIsLocalnetInTheHomeFolder) {
  const auto parsed = parse({});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->action, Action::kRun);
  EXPECT_EQ(parsed->options.network, "localnet");
  EXPECT_EQ(parsed->options.datadir, folder_.path() / "home/.freezenet/localnet");
  EXPECT_TRUE(parsed->options.mine);
}

TEST_F(CommandLineTest, OptionsAreTaken) {
  const auto parsed = parse({"--network=regtest", "--datadir", "node1", "--port", "0", "--rpc-port", "4321",
                             "--connect", "a:1", "--connect=b:2", "--no-mine", "--mining-threads", "2", "--check"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->action, Action::kCheck);
  EXPECT_EQ(parsed->options.network, "regtest");
  EXPECT_EQ(parsed->options.datadir, folder_.path() / "node1");
  EXPECT_EQ(parsed->options.port, 0);
  EXPECT_EQ(parsed->options.rpc_port, 4321);
  EXPECT_THAT(parsed->options.connect, ElementsAre("a:1", "b:2"));
  EXPECT_FALSE(parsed->options.mine);
  EXPECT_EQ(parsed->options.mining_threads, 2U);
  EXPECT_FALSE(parse({"--mine=off"})->options.mine);
  EXPECT_TRUE(parse({"--network", "testnet", "--mine"})->options.mine);
}

TEST_F(CommandLineTest, HelpVersionAndSampleWinOverMistakes) {
  EXPECT_EQ(parse({"--nonsense", "--help"})->action, Action::kHelp);
  EXPECT_EQ(parse({"--version"})->action, Action::kVersion);
  EXPECT_EQ(parse({"--print-config"})->action, Action::kPrintConfig);
}

TEST_F(CommandLineTest, MistakesAreOneLine) {
  EXPECT_EQ(error({"--netwrok", "regtest"}), "unknown option --netwrok; did you mean --network?");
  EXPECT_EQ(error({"--netwrok=regtest"}), "unknown option --netwrok; did you mean --network?");
  EXPECT_THAT(error({"regtest"}), HasSubstr("takes options only, not 'regtest'"));
  EXPECT_THAT(error({"--port", "70000"}), HasSubstr("port cannot be '70000'"));
  EXPECT_THAT(error({"--port"}), HasSubstr("--port"));
  EXPECT_THAT(error({"--port", "1", "--port", "2"}), HasSubstr("--port"));
  EXPECT_THAT(error({"--mine=perhaps"}), HasSubstr("on or off"));
  EXPECT_THAT(error({"--mine", "--no-mine"}), HasSubstr("contradict"));
  EXPECT_THAT(error({"--network", "../../etc"}), HasSubstr("network must be a name"));
  EXPECT_THAT(error({"--config", "none.json"}), HasSubstr("there is no configuration file"));
  EXPECT_THAT(error({"--genesis-time", "0"}), HasSubstr("genesis-time"));
}

TEST_F(CommandLineTest, CliKeepsTheMethodsArgumentsInOrder) {
  const auto parsed =
      parse({"--datadir", "d", "getmodel", "5", "--sealed", "--network", "regtest", "-1"}, Program::kCli);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_THAT(parsed->arguments, ElementsAre("getmodel", "5", "--sealed", "-1"));
  EXPECT_EQ(parsed->options.network, "regtest");
  EXPECT_EQ(error({"--rpcport", "5", "status"}, Program::kCli), "unknown option --rpcport; did you mean --rpc-port?");
  EXPECT_THAT(error({"--mine", "status"}, Program::kCli), HasSubstr("unknown option --mine"));
}

TEST_F(CommandLineTest, TheFileIsReadAndTheCommandLineWins) {
  test::write_text(folder_ / "freezenetd.json", R"({ // comment
    "network": "regtest", "max-inbound": 3, "max-outbound": 4, "mine": false, "connect": ["a:1", "b:2"], "miner-key": "keys/k",
    "datasets": "../data"})");
  const auto parsed = parse({"--datadir", ".", "--max-outbound", "5", "--connect", "c:3"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->options.network, "regtest");
  EXPECT_EQ(parsed->options.max_inbound, 3U);
  EXPECT_EQ(parsed->options.max_outbound, 5U);
  EXPECT_THAT(parsed->options.connect, ElementsAre("c:3"));
  EXPECT_FALSE(parsed->options.mine);
  EXPECT_EQ(parsed->options.miner_key, folder_ / "keys/k");  // relative to the file, not to whoever starts the node
  EXPECT_EQ(parsed->options.datasets, (folder_ / "../data").lexically_normal());
}

TEST_F(CommandLineTest, AFileElsewhereMayNameTheDataFolder) {
  std::filesystem::create_directory(folder_ / "etc");
  test::write_text(folder_ / "etc/node.json", R"({"network": "testnet", "datadir": "/srv/freezenet"})");
  const auto parsed = parse({"--config", "etc/node.json"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->options.datadir, "/srv/freezenet");
  EXPECT_FALSE(parsed->options.mine);
}

TEST_F(CommandLineTest, MistakesInTheFileNameItAndTheNearestKey) {
  const std::string file = folder_ / "freezenetd.json";
  EXPECT_EQ(config_error(R"({"minning-threads": 2})"),
            file + ": unknown key minning-threads; did you mean mining-threads?");
  EXPECT_THAT(config_error(R"({"port": "1"})"), HasSubstr("port must be a whole number, without quotes"));
  EXPECT_THAT(config_error(R"({"port": 1.5})"), HasSubstr("port must be a whole number"));
  EXPECT_THAT(config_error(R"({"port": 65536})"), HasSubstr("port cannot be '65536'"));
  EXPECT_THAT(config_error(R"({"port": 18446744073709551617})"), HasSubstr("port must be a whole number"));
  EXPECT_THAT(config_error(R"({"mine": "on"})"), HasSubstr("mine must be true or false"));
  EXPECT_THAT(config_error(R"({"connect": "a:1"})"), HasSubstr("connect must be a list"));
  EXPECT_THAT(config_error(R"({"connect": [1]})"), HasSubstr("connect must be a list of texts"));
  EXPECT_THAT(config_error(R"({"config": "x"})"), HasSubstr("command line only"));
  EXPECT_THAT(config_error(R"({"port": 1, "port": 2})"), HasSubstr("stands twice"));
  EXPECT_THAT(config_error(R"([1])"), HasSubstr("must hold one object"));
  EXPECT_THAT(config_error("{\n  \"port\": 1,,\n}"), HasSubstr("line 2"));
  EXPECT_THAT(config_error(""), HasSubstr(file));
  EXPECT_THAT(config_error(std::string(100'000, '[')), HasSubstr("nested deeper"));
}

TEST_F(CommandLineTest, AHomeFolderIsNeededOnlyWithoutDatadir) {
  const std::vector<std::string> none;
  const auto parsed = parse_command_line(Program::kNode, none, {{}, folder_.path()});
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().detail, HasSubstr("--datadir"));
}

TEST_F(CommandLineTest, TheSampleFileIsAcceptedAndChangesNothing) {
  test::write_text(folder_ / "freezenetd.json", sample_config());
  const auto with = parse({"--datadir", "."});
  ASSERT_TRUE(with) << with.error().detail;
  EXPECT_EQ(with->options.max_inbound, default_options("localnet").max_inbound);
  EXPECT_EQ(with->options.mine, default_options("localnet").mine);
}

}  // namespace
}  // namespace freezenet::daemon
