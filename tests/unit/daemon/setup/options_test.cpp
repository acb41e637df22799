#include "daemon/options.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/strict_json.h"

namespace freezenet::daemon {
namespace {

using ::testing::HasSubstr;

TEST(OptionTable, NamesAreUniqueAndDefaultsPassTheirOwnLimits) {
  std::set<std::string_view> names;
  for (const OptionSpec& spec : option_table()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_FALSE(spec.help.empty()) << spec.name;
    EXPECT_NE(spec.programs, 0) << spec.name;
    for (const std::string_view text : {spec.fallback, spec.local_fallback}) {
      Options options;
      if (text.empty()) continue;
      EXPECT_TRUE(set_option(options, spec, text)) << spec.name << " = " << text;
    }
  }
}

TEST(OptionTable, DefaultsDependOnTheNetwork) {
  const Options local = default_options("localnet");
  EXPECT_TRUE(local.mine);
  EXPECT_EQ(local.listen, "127.0.0.1");
  const Options test = default_options("testnet");
  EXPECT_FALSE(test.mine);
  EXPECT_EQ(test.listen, "0.0.0.0");
  EXPECT_EQ(test.rpc_bind, "127.0.0.1");
  EXPECT_FALSE(test.port.has_value());
}

TEST(OptionTable, NumbersAreBounded) {
  Options options;
  const OptionSpec& port = *find_option("port");
  for (const char* bad : {"", "-1", "65536", "99999999999999999999999", "80 ", " 80", "0x50", "8e1", "eighty"}) {
    const auto set = set_option(options, port, bad);
    ASSERT_FALSE(set) << bad;
    EXPECT_EQ(set.error().code, RejectCode::kConfig);
    EXPECT_THAT(set.error().detail, HasSubstr("0 to 65535"));
  }
  EXPECT_TRUE(set_option(options, port, "65535"));
  EXPECT_EQ(options.port, 65535);
  EXPECT_FALSE(set_option(options, *find_option("mining-nice"), "20"));
}

TEST(OptionTable, TextsAreCheckedAgainstChoicesAndControlCharacters) {
  Options options;
  const auto set = set_option(options, *find_option("models"), "derived");
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().detail, HasSubstr("one of send derive; did you mean derive?"));
  EXPECT_FALSE(set_option(options, *find_option("log-file"), std::string_view("a\0b", 3)));
  EXPECT_FALSE(set_option(options, *find_option("listen"), "127.0.0.1\n"));
  EXPECT_FALSE(set_option(options, *find_option("listen"), std::string(5000, 'x')));
}

TEST(OptionTable, UnknownNameSuggestsTheNearest) {
  EXPECT_THAT(unknown_option("option --", "netwrok", Program::kNode).detail,
              HasSubstr("unknown option --netwrok; did you mean --network?"));
  EXPECT_THAT(unknown_option("key ", "rpcport", Program::kNode).detail,
              HasSubstr("unknown key rpcport; did you mean rpc-port?"));
  const std::string strange = unknown_option("option --", "qqqqqqqqqqqq", Program::kNode).detail;
  EXPECT_EQ(strange, "unknown option --qqqqqqqqqqqq");
  // Nothing that a terminal would obey is printed back.
  EXPECT_THAT(unknown_option("key ", "a\x1b[2J\nb", Program::kNode).detail, HasSubstr("a?[2J?b"));
}

TEST(HelpText, NamesEveryOptionOfTheProgramAndNoOther) {
  const std::string node = help_text(Program::kNode);
  const std::string cli = help_text(Program::kCli);
  for (const OptionSpec& spec : option_table()) {
    const std::string name = "--" + std::string(spec.name);
    EXPECT_EQ(node.find("  " + name) != std::string::npos, spec.is_for(Program::kNode)) << name;
    EXPECT_EQ(cli.find("  " + name) != std::string::npos, spec.is_for(Program::kCli)) << name;
  }
}

TEST(SampleConfig, IsJsonThatHoldsEveryPlainDefault) {
  const std::string sample = sample_config();
  const auto json = parse_strict_json(sample);
  ASSERT_TRUE(json) << json.error().detail << "\n" << sample;
  for (const OptionSpec& spec : option_table()) {
    if (!spec.in_file) continue;
    EXPECT_THAT(sample, HasSubstr("\"" + std::string(spec.name) + "\": "));
    EXPECT_EQ(json->contains(std::string(spec.name)), !spec.fallback.empty() && spec.local_fallback.empty())
        << spec.name;
  }
  EXPECT_EQ(json->at("max-inbound"), 64);
}

}  // namespace
}  // namespace freezenet::daemon
