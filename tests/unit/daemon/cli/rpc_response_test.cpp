#include "daemon/cli/rpc_response.h"

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using Kind = CallError::Kind;

std::string nested(std::size_t depth) {
  return R"({"result":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

TEST(RpcResponse, ResultOrTheNodesOwnWords) {
  const auto result = read_response(200, R"({"jsonrpc":"2.0","id":1,"result":[1]})", "here");
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, nlohmann::json::parse("[1]"));
  const auto refused = read_response(200, R"({"id":1,"error":{"code":-1,"message":"no block"}})", "here");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::kRefused);
  EXPECT_EQ(refused.error().message, "no block");
}

TEST(RpcResponse, WhatIsNoAnswerIsBroken) {
  for (const char* body : {"", "{", "[]", "1", "{\"error\":1}", "{\"error\":{\"message\":1}}"}) {
    const auto broken = read_response(200, body, "here");
    ASSERT_FALSE(broken) << body;
    EXPECT_EQ(broken.error().kind, Kind::kBroken);
    EXPECT_NE(broken.error().message.find("here"), std::string::npos);
  }
}

/// A value is printed by recursion: a million brackets would end the process.
TEST(RpcResponse, NestingIsBounded) {
  EXPECT_TRUE(read_response(200, nested(30), "here"));
  EXPECT_FALSE(read_response(200, nested(40), "here"));
  EXPECT_FALSE(read_response(200, nested(1'000'000), "here"));
}

TEST(RpcResponse, TextOfAStrangerIsPlain) {
  EXPECT_NE(read_response(401, "", "here").error().message.find("cookie"), std::string::npos);
  EXPECT_EQ(read_response(413, "too \x1b[2Jlarge\n", "here").error().message,
            "the node at here answers HTTP 413: too ?[2Jlarge");
}

}  // namespace
}  // namespace freezenet::daemon
