#include "daemon/rpc/bounded_json.h"

#include <string>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

RejectCode code_of(const std::string& text, const JsonLimits& limits = {}) {
  const auto parsed = parse_bounded_json(text, limits);
  EXPECT_FALSE(parsed.has_value()) << text.substr(0, 60);
  return parsed ? RejectCode::kDuplicate : parsed.error().code;
}

TEST(BoundedJson, TakesWhatIsWithinTheLimits) {
  const auto parsed = parse_bounded_json(R"({"a":[1,2,{"b":null}],"c":"text","d":-1.5,"e":true})");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ((*parsed)["a"][2]["b"], nullptr);
  EXPECT_EQ((*parsed)["d"], -1.5);
}

TEST(BoundedJson, DepthIsExact) {
  const JsonLimits limits{.depth = 5, .values = 100};
  EXPECT_TRUE(parse_bounded_json("[[[[[1]]]]]", limits).has_value());
  EXPECT_EQ(code_of("[[[[[[1]]]]]]", limits), RejectCode::kTooLarge);
  EXPECT_TRUE(parse_bounded_json(R"({"a":[{"a":[{}]}]})", limits).has_value());
}

TEST(BoundedJson, AHundredThousandBracketsEndAtTheLimit) {
  EXPECT_EQ(code_of(repeated("[", 100'000)), RejectCode::kTooLarge);
  EXPECT_EQ(code_of(repeated("[", 100'000) + repeated("]", 100'000)), RejectCode::kTooLarge);
  EXPECT_EQ(code_of(repeated(R"({"a":)", 100'000)), RejectCode::kTooLarge);
}

TEST(BoundedJson, CountsValuesAndKeys) {
  const JsonLimits limits{.depth = 5, .values = 10};
  EXPECT_TRUE(parse_bounded_json("[1,2,3,4,5,6,7,8,9]", limits).has_value());
  EXPECT_EQ(code_of("[1,2,3,4,5,6,7,8,9,10]", limits), RejectCode::kTooLarge);
  EXPECT_EQ(code_of("[[],[],[],[],[],[],[],[],[],[]]", limits), RejectCode::kTooLarge);
}

TEST(BoundedJson, RefusesWhatIsNotOneValue) {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\"}", "1 2", "nul", "\"\xff\"", "{'a':1}", "[1] // comment",
                           "\"\\u12\"", "1e999", "NaN"}) {
    EXPECT_EQ(code_of(text), RejectCode::kBadEncoding) << text;
  }
}

TEST(BoundedJson, NothingHidesBehindAZeroByte) {
  using std::string_literals::operator""s;
  EXPECT_EQ(code_of("{\"method\":\"help\"}\0{\"method\":\"stop\"}"s), RejectCode::kBadEncoding);
  EXPECT_EQ(code_of("1\0"s), RejectCode::kBadEncoding);
}

TEST(BoundedJson, AKeyStandsOnce) {
  EXPECT_EQ(code_of(R"({"method":"stop","method":"help"})"), RejectCode::kBadEncoding);
  EXPECT_TRUE(parse_bounded_json(R"([{"a":1},{"a":2},{"b":{"a":3}}])").has_value());
}

}  // namespace
}  // namespace freezenet::daemon
