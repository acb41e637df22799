#include "daemon/rpc/arguments.h"

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using nlohmann::json;

const Signature kCall{"paint",
                      "test",
                      "",
                      {{"height", ArgumentType::kInteger, true, ""},
                       {"colour", ArgumentType::kText, true, "", {"red", "green", "blue"}},
                       {"where", ArgumentType::kBlock, false, ""},
                       {"wet", ArgumentType::kBoolean, false, ""}},
                      "",
                      ""};
const std::string kHash(64, 'a');

std::string error_of(json params) {
  const auto bound = Arguments::bind(kCall, std::move(params));
  EXPECT_FALSE(bound.has_value());
  return bound ? "" : bound.error();
}

TEST(Arguments, ByPositionAndByName) {
  for (const json& params : {json::array({7, "red", kHash, true}),
                             json{{"wet", true}, {"where", kHash}, {"colour", "red"}, {"height", 7}}}) {
    const auto bound = Arguments::bind(kCall, params);
    ASSERT_TRUE(bound.has_value()) << bound.error();
    EXPECT_EQ(bound->integer("height"), 7U);
    EXPECT_EQ(bound->text("colour"), "red");
    EXPECT_TRUE(bound->boolean("wet"));
    EXPECT_TRUE(std::holds_alternative<Hash256>(bound->block("where")));
  }
}

TEST(Arguments, OptionalOnesMayBeLeftOutOrNull) {
  const auto bound = Arguments::bind(kCall, json::array({7, "red", nullptr}));
  ASSERT_TRUE(bound.has_value()) << bound.error();
  EXPECT_FALSE(bound->has("where"));
  EXPECT_FALSE(bound->has("wet"));
  EXPECT_EQ(bound->text_or("wet", "dry"), "dry");
}

TEST(Arguments, ABlockIsAHeightOrAHash) {
  EXPECT_EQ(std::get<std::uint64_t>(Arguments::bind(kCall, json::array({1, "red", 42}))->block("where")), 42U);
  EXPECT_NE(error_of(json::array({1, "red", "42"})).find("a height or a hash"), std::string::npos);
  EXPECT_NE(error_of(json::array({1, "red", -1})).find("a height or a hash"), std::string::npos);
}

TEST(Arguments, SayWhatIsWrong) {
  EXPECT_EQ(error_of(json::array({7})),
            "the argument 'colour' is missing; usage: paint HEIGHT red|green|blue [WHERE] [WET]");
  EXPECT_NE(error_of(json::array({-7, "red"})).find("'height' must be an integer, 0 or more"), std::string::npos);
  EXPECT_NE(error_of(json::array({7.5, "red"})).find("'height' must be an integer"), std::string::npos);
  EXPECT_NE(error_of(json::array({7, "mauve"})).find("must be red, green or blue"), std::string::npos);
  EXPECT_NE(error_of(json::array({7, 3})).find("'colour' must be text"), std::string::npos);
  EXPECT_NE(error_of(json::array({7, "red", 1, true, 5})).find("at most 4 arguments, 5 were given"), std::string::npos);
  EXPECT_NE(error_of(json{{"heigth", 7}, {"colour", "red"}}).find("did you mean height?"), std::string::npos);
  EXPECT_NE(error_of("text").find("neither a list nor an object"), std::string::npos);
  EXPECT_NE(error_of(nullptr).find("'height' is missing"), std::string::npos);
}

}  // namespace
}  // namespace freezenet::daemon
