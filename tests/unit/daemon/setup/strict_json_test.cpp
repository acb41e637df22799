#include "daemon/strict_json.h"

#include <string>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using std::string_literals::operator""s;

std::string refusal_of(const std::string& text, int depth = 16) {
  const auto parsed = parse_strict_json(text, depth);
  EXPECT_FALSE(parsed.has_value()) << text.substr(0, 60);
  EXPECT_TRUE(parsed || parsed.error().code == RejectCode::kConfig);
  return parsed ? "" : parsed.error().detail;
}

TEST(StrictJson, TakesComments) {
  const auto parsed = parse_strict_json("{\"a\": [1, /* two */ 2] // three\n}");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(*parsed, nlohmann::json::parse(R"({"a":[1,2]})"));
}

TEST(StrictJson, RefusesRepeatedKeysDepthAndMore) {
  EXPECT_NE(refusal_of(R"({"a":1,"a":2})").find("stands twice"), std::string::npos);
  EXPECT_NE(refusal_of("[[[[1]]]]", 3).find("nested deeper"), std::string::npos);
  EXPECT_NE(refusal_of("1 2").find("line 1"), std::string::npos);
  EXPECT_NE(refusal_of(std::string(1'000'000, '[')).find("nested deeper"), std::string::npos);
}

TEST(StrictJson, NothingHidesBehindAZeroByte) {
  EXPECT_NE(refusal_of("{}\0{"s).find("zero byte"), std::string::npos);
  EXPECT_NE(refusal_of("{} // comment\0 and more"s).find("zero byte"), std::string::npos);
}

}  // namespace
}  // namespace freezenet::daemon
