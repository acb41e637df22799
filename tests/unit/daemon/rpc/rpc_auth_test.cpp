#include "daemon/rpc/rpc_auth.h"

#include <vector>

#include <gtest/gtest.h>

#include "daemon/rpc/basic_auth.h"

namespace freezenet::daemon {
namespace {

constexpr auto kLine =
    "alice:00112233445566778899aabbccddeeff$"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(RpcAuth, ALineIsReadAndWrittenBack) {
  const Result<RpcUser> user = parse_rpc_user(kLine);
  ASSERT_TRUE(user) << user.error().detail;
  EXPECT_EQ(user->name, "alice");
  EXPECT_EQ(rpc_user_line(*user), kLine);
}

TEST(RpcAuth, OtherLinesAreRefusedWithoutShowingThem) {
  const std::string line = kLine;
  for (const std::string& bad : std::vector<std::string>{
           std::string(), line.substr(5), "a b" + line.substr(5), "__cookie__" + line.substr(5), line + "0",
           line.substr(0, line.size() - 1), line.substr(0, 10) + line.substr(11), "alice:secret", "alice:$",
           "ALICE:" + line.substr(6, 31) + "G" + line.substr(38), std::string(65, 'a') + line.substr(5)}) {
    const Result<RpcUser> user = parse_rpc_user(bad);
    ASSERT_FALSE(user) << bad;
    EXPECT_EQ(user.error().code, RejectCode::kConfig);
    EXPECT_EQ(user.error().detail.find("0123456789abcdef"), std::string::npos) << user.error().detail;
    EXPECT_EQ(user.error().detail.find("secret"), std::string::npos) << user.error().detail;
  }
}

// HMAC-SHA256, computed with `printf %s PASSWORD | openssl dgst -sha256 -hmac SALT`.
TEST(RpcAuth, TheHashIsHmacUnderTheSalt) {
  EXPECT_EQ(rpc_password_hash("key", "The quick brown fox jumps over the lazy dog"),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

TEST(RpcAuth, EveryPasswordAndSaltIsNew) {
  const NewRpcUser a = *new_rpc_user("alice"), b = *new_rpc_user("alice");
  EXPECT_EQ(a.password.size(), 64U);
  EXPECT_NE(a.password, b.password);
  EXPECT_NE(a.user.salt, b.user.salt);
  EXPECT_EQ(parse_rpc_user(rpc_user_line(a.user))->hash, rpc_password_hash(a.user.salt, a.password));
  EXPECT_EQ(rpc_user_line(a.user).find(a.password), std::string::npos);
  EXPECT_FALSE(new_rpc_user("a:b"));
  EXPECT_FALSE(new_rpc_user(""));
}

TEST(BasicAuthUsers, SaysWhoItIs) {
  const NewRpcUser alice = *new_rpc_user("alice");
  const BasicAuth auth("__cookie__:secret", {alice.user});
  EXPECT_EQ(auth.user_of(auth.header()), "__cookie__");
  const std::string shown = BasicAuth("alice:" + alice.password).header();
  EXPECT_EQ(auth.user_of(shown), "alice");
  EXPECT_EQ(auth.user_of("bASIC" + shown.substr(5)), "alice");
  EXPECT_EQ(auth.user_of(shown.substr(6)), std::nullopt);
  EXPECT_EQ(auth.user_of(shown + "="), std::nullopt);
  EXPECT_EQ(auth.user_of(BasicAuth("alice:" + alice.user.hash).header()), std::nullopt);
}

}  // namespace
}  // namespace freezenet::daemon
