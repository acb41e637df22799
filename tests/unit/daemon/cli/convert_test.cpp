#include "daemon/cli/convert.h"

#include <vector>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

json converted(const char* method, const Words& words) {
  const auto params = params_from_words(*find_signature(method), words);
  EXPECT_TRUE(params.has_value()) << params.error();
  return params.value_or(json());
}
std::string error_of(const char* method, const Words& words) {
  const auto params = params_from_words(*find_signature(method), words);
  EXPECT_FALSE(params.has_value());
  return params ? "" : params.error();
}

TEST(ParamsFromWords, FollowTheSignature) {
  EXPECT_EQ(converted("getblockhash", {"12"}), json::array({12}));
  EXPECT_EQ(converted("setmining", {"true"}), json::array({true}));
  EXPECT_EQ(converted("setmining", {"off"}), json::array({false}));
  EXPECT_EQ(converted("addnode", {"127.0.0.1:9555", "onetry"}), json::array({"127.0.0.1:9555", "onetry"}));
  EXPECT_EQ(converted("help", {"12"}), json::array({"12"}));
  EXPECT_EQ(converted("uptime", {}), json::array());
}

TEST(ParamsFromWords, ABlockIsAHeightOrAHashEvenOfDigitsOnly) {
  const std::string digits(64, '7');
  EXPECT_EQ(converted("getblock", {"7"}), json::array({7}));
  EXPECT_EQ(converted("getblock", {digits}), json::array({digits}));
  EXPECT_NE(error_of("getblock", {"abc"}).find("is not a height or a block hash; usage: getblock BLOCK"),
            std::string::npos);
}

TEST(ParamsFromWords, NamedArguments) {
  EXPECT_EQ(converted("getmodel", {"kind=canonical", "block=3"}), (json{{"kind", "canonical"}, {"block", 3}}));
  // Not all of them are names of the method: then they are texts.
  EXPECT_EQ(converted("addnode", {"x=y", "add"}), json::array({"x=y", "add"}));
}

TEST(ParamsFromWords, WhatIsWrongIsNamed) {
  EXPECT_NE(error_of("getblockhash", {"-1"}).find("not an integer"), std::string::npos);
  EXPECT_NE(error_of("getblockhash", {"18446744073709551616"}).find("not an integer"), std::string::npos);
  EXPECT_NE(error_of("setmining", {"maybe"}).find("not true or false"), std::string::npos);
  EXPECT_NE(error_of("uptime", {"1"}).find("too many arguments"), std::string::npos);
}

TEST(ParamsFromWords, ForAnUnknownMethodTheyAreGuessed) {
  EXPECT_EQ(params_from_words(Words{"1", "true", "text", "[1,2]", "{\"a\":3}", "[broken", "-5"}),
            json::array({1, true, "text", json::array({1, 2}), json{{"a", 3}}, "[broken", "-5"}));
}

}  // namespace
}  // namespace freezenet::daemon
